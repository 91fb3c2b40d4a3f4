"""Who is looking at a page, from where, and with which basket: what the session knows. It decides nothing."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.refusals import Invalid
from obbligato.people.models import Person
from obbligato.sales import baskets
from obbligato.sales.models import Basket

THEMES = {"": _("As the system"), "light": _("Light"), "dark": _("Dark")}


class NoSuchCountry(Invalid):
    """The text is not a country one can choose."""


def person_of(request: HttpRequest) -> Person | None:
    """The signed-in person, or None for a visitor."""
    return request.user if isinstance(request.user, Person) else None


def buyer_of(request: HttpRequest) -> Person:
    """The signed-in person of a page that only signed-in people reach."""
    assert isinstance(request.user, Person), "the view lacks login_required"
    return request.user


def territory_of(request: HttpRequest) -> str:
    """ISO 3166-1 alpha-2: the person's own country, else the one chosen in this session, else the store's."""
    person = person_of(request)
    chosen = (person.country if person else "") or request.session.get("country")
    return str(chosen or settings.HOME_COUNTRY)


def choose_country(request: HttpRequest, country: str) -> None:
    """Remember the country in the session and, for a signed-in person, with her. Raises NoSuchCountry."""
    if country not in COUNTRIES:
        raise NoSuchCountry(gettext("“%(code)s” is not a country this store knows.") % {"code": country[:8]})
    request.session["country"] = country
    if person := person_of(request):
        person.country = country
        person.save(update_fields=["country"])


def theme_of(request: HttpRequest) -> str:
    """The colours she chose: light, dark, or "" for those of her system. A cookie has it, so no page waits for it."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def basket_of(request: HttpRequest) -> Basket | None:
    """The basket of this session, or None where nothing was ever put in one."""
    return basket_to_fill(request) if request.session.get("basket") else None


def basket_to_fill(request: HttpRequest) -> Basket:
    """The basket of this session, made where there is none; it stays the same one through sign-up."""
    basket = baskets.basket_with(request.session.get("basket"), person_of(request))
    if request.session.get("basket") != basket.key:
        request.session["basket"] = basket.key
    return basket


def basket_asked(request: HttpRequest) -> Basket | None:
    """The basket a checkout form names, also once it was ordered: a second click must find the same order."""
    basket = Basket.objects.filter(key=request.POST.get("basket", "")[:43]).first()
    person = person_of(request)
    is_hers = basket is not None and basket.person_id in {None, person.pk if person else None}
    return basket if is_hers else None


def next_of(request: HttpRequest, default: str) -> str:
    """Where a form wants to go afterwards, if that is a page of this store: a path, and not the name of a view."""
    wanted = request.POST.get("next", "")
    return wanted if _is_ours(request, wanted) and wanted.startswith("/") else default


def here_of(request: HttpRequest) -> str:
    """Where this page can be looked at again. What answers a form may have no page: then it is the form's."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    page = urlsplit(came_from)._replace(scheme="", netloc="").geturl() if _is_ours(request, came_from) else ""
    return page if page.startswith("/") else reverse("home")


def _is_ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
