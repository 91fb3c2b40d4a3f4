"""Turn the items of a request into an order, once per key. Prices and rules are those of the sales folder."""

from collections.abc import Sequence

from django.db import transaction

from obbligato.api.endpoints.quotes import track_numbered
from obbligato.api.idempotency import fingerprint
from obbligato.api.schemas.buying import ItemIn, OrderIn
from obbligato.kernel.refusals import KeyUsedOtherwise
from obbligato.people import turns
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, quoting
from obbligato.sales.documents.locating import Piece
from obbligato.sales.models import Basket, Order
from obbligato.sales.offers import known_release


@transaction.atomic
def order_once(person: Person, wanted: OrderIn, *, key: str, country: str, evidence: Sequence[Piece] = ()) -> Order:
    """The order of that key: placed and, where the wallet reaches, paid. Sending it again changes nothing.

    Raises KeyUsedOtherwise, and what sales.checkout raises; then nothing is kept.
    """
    # Two requests of one person are taken one after the other, so that one key cannot make two orders.
    turns.wait_for(person.pk)
    body = wanted.model_dump(include={"items", "expected_total", "country"})
    of_key, of_body = fingerprint(person.pk, key, body)
    before = Order.objects.filter(person=person, key__startswith=of_key).first()
    if before is not None:
        if before.key != of_key + of_body:
            raise KeyUsedOtherwise("This key was already used for another order.")
        return checkout.pay_where_it_reaches(before)
    basket = Basket.objects.create(key=of_key + of_body, person=person)
    for item in wanted.items:
        _add(basket, item, country)
    _refuse_other_currency(basket, wanted)
    total_micro = wanted.expected_total.micro
    return checkout.buy(basket, person, expected_total_micro=total_micro, country=country, evidence=evidence)


def _add(basket: Basket, item: ItemIn, country: str) -> None:
    format_ = quoting.format_named(item.format)
    offered_micro = item.offered.micro if item.offered else None
    if item.release is not None:
        release = known_release(item.release)
        baskets.add_release(basket, release, format_, territory=country, offered_micro=offered_micro)
    else:
        assert item.track is not None
        track = track_numbered(item.track)
        baskets.add_track(basket, track, format_, territory=country, offered_micro=offered_micro)


def _refuse_other_currency(basket: Basket, wanted: OrderIn) -> None:
    sold_in = baskets.contents(basket).currency
    for amount in (wanted.expected_total, *(item.offered for item in wanted.items if item.offered)):
        if amount.currency != sold_in:
            raise baskets.OneCurrency(
                "This is sold in {sold_in}, not in {currency}.", sold_in=sold_in, currency=amount.currency
            )
