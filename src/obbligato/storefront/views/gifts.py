"""A gift as whoever has its link sees it, and taking it: as who is signed in, or as a guest. It decides nothing."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from obbligato.kernel.refusals import Refused
from obbligato.sales import checkout
from obbligato.sales.gifts import giving
from obbligato.sales.gifts.models import Gift
from obbligato.sales.guests.taking import take_as_guest
from obbligato.sales.guests.welcoming import BadAddress
from obbligato.sales.models import OrderLine
from obbligato.storefront.acting import act_from
from obbligato.storefront.addresses import origins_of
from obbligato.storefront.guest_sessions import enter
from obbligato.storefront.visitors import buyer_of, person_of, territory_of


@never_cache
@require_safe
def gift(request: HttpRequest, number: str, proof: str) -> HttpResponse:
    """What it is, from whom, and a button; whoever is not signed in comes back here, or gives an address."""
    return _page(request, giving.gift_with(number, proof))


@never_cache
@require_POST
def guest_taking(request: HttpRequest, number: str, proof: str) -> HttpResponse:
    """It goes to somebody who gives an e-mail address alone."""
    found = giving.gift_with(number, proof)
    if person_of(request) or not settings.SENDS_MAIL:
        return redirect("gift", number, proof)
    typed, origin = request.POST.get("email", ""), origins_of(request)[0]
    try:
        guest = take_as_guest(found, typed, country=territory_of(request), origin=origin)
    except BadAddress as refusal:
        return _page(request, found, typed, trouble=refusal)
    enter(request, guest)
    messages.success(request, gettext("It is yours now, for ever. A mail brings you back to it."))
    return redirect("library")


@never_cache
@act_from("gift")
def taking(request: HttpRequest, number: str, proof: str) -> HttpResponse:
    """It is hers from now on."""
    return _taken(request, giving.gift_with(number, proof))


@act_from("order")
def keeping(request: HttpRequest, number: str) -> HttpResponse:
    """Who bought it keeps it herself, while nobody has taken it."""
    order = checkout.order_of(buyer_of(request), number)
    if not order.is_gift:
        raise giving.NoSuchGift(gettext("This order is no gift."))
    return _taken(request, order.gift)


def _taken(request: HttpRequest, found: Gift) -> HttpResponse:
    giving.take(found, buyer_of(request))
    messages.success(request, gettext("It is yours now, for ever."))
    return redirect("library")


def _page(request: HttpRequest, found: Gift, typed: str = "", *, trouble: Refused | None = None) -> HttpResponse:
    lines = OrderLine.objects.filter(order=found.order).select_related("track__edition__release__artist")
    editions = {line.track.edition_id: line.track.edition for line in lines.order_by("pk")}
    shown = {"gift": found, "editions": editions.values(), "is_hers": found.is_of(person_of(request))}
    context = {**shown, "typed": typed, "trouble": trouble}
    return render(request, "gift.html", context, status=trouble.status if trouble else 200)
