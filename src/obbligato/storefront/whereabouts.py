"""What a request tells of where a buyer lives, and the one question about it at checkout. It stops nobody."""

from django.http import HttpRequest
from django.utils.translation import gettext

from obbligato.kernel.countries import country_name
from obbligato.sales.documents import locating
from obbligato.sales.documents.locating import Piece


def pieces_of(request: HttpRequest) -> list[Piece]:
    """Plain values for the order; the address itself is left behind."""
    return locating.pieces(request.headers, time_zone=request.POST.get("time_zone", "")[:64])


def question(request: HttpRequest, country: str) -> str:
    """What to ask her where her connection seems to be elsewhere; nothing where all fits."""
    elsewhere = locating.contradictions(country, pieces_of(request))
    if not elsewhere:
        return ""
    words = gettext(
        "Your connection seems to come from %(other)s. If you live in %(name)s, just go on; else choose your country."
    )
    return words % {"other": country_name(elsewhere[0].country), "name": country_name(country)}


def has_moved(request: HttpRequest, country: str) -> bool:
    """Whether the form was filled while the page showed another country's tax."""
    return request.POST.get("seen_country", country) != country
