"""What every page shows around its content: the store's name, the wallet, the basket. It reads only."""

from functools import partial

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext

from obbligato.kernel.countries import country_name
from obbligato.kernel.money import format_money
from obbligato.sales import wallets
from obbligato.sales.models import BasketLine, Order
from obbligato.storefront.guest_sessions import is_guest
from obbligato.storefront.visitors import THEMES, here_of, person_of, territory_of, theme_of


def surroundings(request: HttpRequest) -> dict[str, object]:
    """Context for every template. What costs a query is a function: only a template that shows it pays for it."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "basket_count": partial(_basket_count, request),
        "wallet_balance": partial(_wallet_balance, request),
        "here": here_of(request),
        "theme": theme_of(request),
        "themes": [(value, gettext(name)) for value, name in THEMES.items()],
        "languages": settings.LANGUAGES,
        "country_name": partial(_country_name, request),
        "is_guest": partial(is_guest, request),
        "sends_mail": settings.SENDS_MAIL,
    }


def _basket_count(request: HttpRequest) -> int:
    key = request.session.get("basket")
    if not key:
        return 0
    ordered = Order.objects.filter(key=OuterRef("basket__key"))
    lines = BasketLine.objects.filter(~Exists(ordered), basket__key=key)
    return lines.values("bundle").distinct().count()


def _wallet_balance(request: HttpRequest) -> str:
    person = person_of(request)
    return format_money(wallets.balance(person, settings.CURRENCY), settings.CURRENCY) if person else ""


def _country_name(request: HttpRequest) -> str:
    return country_name(territory_of(request))
