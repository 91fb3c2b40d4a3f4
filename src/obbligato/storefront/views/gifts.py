"""A gift as whoever has its link sees it, and taking it. Whose it becomes is decided by signing in alone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from obbligato.sales import checkout
from obbligato.sales.gifts import giving
from obbligato.sales.gifts.models import Gift
from obbligato.sales.models import OrderLine
from obbligato.storefront.acting import act_from
from obbligato.storefront.visitors import buyer_of, person_of


@never_cache
@require_safe
def gift(request: HttpRequest, number: str, proof: str) -> HttpResponse:
    """What it is, from whom, and a button; whoever is not signed in comes back here."""
    found = giving.gift_with(number, proof)
    lines = OrderLine.objects.filter(order=found.order).select_related("track__edition__release__artist")
    editions = {line.track.edition_id: line.track.edition for line in lines.order_by("pk")}
    context = {"gift": found, "editions": editions.values(), "is_hers": found.is_of(person_of(request))}
    return render(request, "gift.html", context)


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
        raise giving.NoSuchGift("This order is no gift.")
    return _taken(request, order.gift)


def _taken(request: HttpRequest, found: Gift) -> HttpResponse:
    giving.take(found, buyer_of(request))
    messages.success(request, "It is yours now, for ever.")
    return redirect("library")
