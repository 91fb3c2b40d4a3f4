"""Guests and what they bought, for tests of buying without an account."""

from typing import Any

from obbligato.catalog.models import Release
from obbligato.sales import baskets, checkout
from obbligato.sales.guests import buying
from obbligato.sales.guests.models import Guest
from obbligato.sales.models import Basket, Order, Purchase
from obbligato.sales.quoting import format_named
from tests.makers import fill_wallet

CAROL = "carol@example.org"
HOME = "network 192.0.2.0/24"


def a_basket(release: Release) -> Basket:
    """A visitor's, with all of a release in it."""
    basket = baskets.basket_with(None, None)
    baskets.add_release(basket, release, format_named("flac"))
    return basket


def ordered(basket: Basket, address: str = CAROL, **others: Any) -> Order:
    """What a visitor orders by an address; it waits for its money."""
    words: dict[str, Any] = {"country": "FR", "origin": HOME, **others}
    total_micro = words.pop("expected_total_micro", None) or baskets.contents(basket).total_micro
    return buying.buy(basket, address, expected_total_micro=total_micro, **words)


def paid_guest(release: Release, address: str = CAROL) -> Guest:
    """A guest who owns all of a release."""
    order = ordered(a_basket(release), address)
    fill_wallet(order.person, "5")
    checkout.pay(order)
    return order.person.guest


def owned(person: Any) -> int:
    """How many tracks she owns."""
    return Purchase.objects.standing().filter(person=person).count()
