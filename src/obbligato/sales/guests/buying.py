"""Let a visitor buy by an e-mail address alone. It charges nobody: a wallet does, as for every buyer."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from obbligato.kernel import clock
from obbligato.sales import checkout
from obbligato.sales.documents.locating import Piece
from obbligato.sales.gifts.giving import Words
from obbligato.sales.guests import welcoming
from obbligato.sales.guests.models import Guest, Notice
from obbligato.sales.models import Basket, Order

SECOND_CLICK = timedelta(minutes=10)
"""So long the same form from the same browser is another click, and finds the order that the first one made."""


def buy(
    basket: Basket,
    address: str,
    *,
    expected_total_micro: int,
    country: str,
    origin: str,
    evidence: Sequence[Piece] = (),
    gift: Words = checkout.NO_WORDS,
) -> Order:
    """Make a visitor's basket the order of a new guest of that address; the guest is `order.person.guest`.

    `origin` names the network it came from, for counting. Raises BadAddress, TooManyAttempts, NoSuchOrder, and what
    checkout.buy() raises; then there is neither order nor guest.
    """
    address = welcoming.address_typed(address)
    welcoming.count_visitor(origin)
    with transaction.atomic():
        Basket.objects.select_for_update().only("pk").get(pk=basket.pk)
        before = Order.objects.select_related("person__guest").filter(key=basket.key).first()
        if before is not None:
            return _again(before, address)
        guest = welcoming.welcome(address, country)
        order = checkout.buy(
            basket,
            guest.person,
            expected_total_micro=expected_total_micro,
            country=country,
            evidence=evidence,
            gift=gift,
        )
        expect(guest, order)
    return order


def expect(guest: Guest, order: Order) -> None:
    """She is to be told by mail when this order is paid; asking again changes nothing."""
    Notice.objects.get_or_create(order=order, defaults={"guest": guest})


def _again(before: Order, address: str) -> Order:
    """The order of the click before this one: what proves that it is hers is the basket's key, which only she has."""
    guest = Guest.objects.of(address).filter(person_id=before.person_id, proven_at__isnull=True).first()
    if guest is None or clock.now() > before.created_at + SECOND_CLICK:
        raise checkout.NoSuchOrder("This was bought before. The link in your mail opens it.")
    return before
