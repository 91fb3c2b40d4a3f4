"""Where a buyer is, for licences and tax. It never trusts an address on the network."""

from django.conf import settings
from django.http import HttpRequest

from obbligato.api.bearer import visitor_of


def territory_of(request: HttpRequest, asked: str | None) -> str:
    """ISO 3166-1 alpha-2: the person's own country, else the one asked for, else the store's."""
    person = visitor_of(request)
    return (person.country if person else "") or asked or str(settings.HOME_COUNTRY)
