"""Give back what a bounded line was quoted too much: the buyer pays min(quote, actual). It never asks for more."""

from django.db import IntegrityError, transaction

from obbligato.kernel.money import round_to_minor
from obbligato.ledger.transfers import NotEnoughMoney, post
from obbligato.sales.models import Order, OrderLine, Purchase, Settlement
from obbligato.sales.offers import rates_of
from obbligato.sales.postings import return_from_store, return_moves
from obbligato.sales.pricing import track_price


def settle(line: OrderLine, *, actual_bytes: int) -> Settlement:
    """Compare a paid line's true size with its quote and return the difference to the wallet, once."""
    try:
        with transaction.atomic():
            return _settle(line, actual_bytes)
    except IntegrityError:  # Two readers finished at once; the other one settled it.
        return Settlement.objects.get(line=line)


def _settle(line: OrderLine, actual_bytes: int) -> Settlement:
    order = Order.objects.select_for_update().get(pk=line.order_id)
    assert order.paid_at is not None
    before = Settlement.objects.filter(line=line).first()
    if before is not None:
        return before
    returned = 0 if line.is_exact else _overpaid(order, line, actual_bytes)
    if returned:
        _give_back(order, line, returned)
    Purchase.objects.filter(line=line).update(size_bytes=min(actual_bytes, line.size_bytes))
    return Settlement.objects.create(line=line, actual_bytes=actual_bytes, returned_micro=returned)


def _overpaid(order: Order, line: OrderLine, actual_bytes: int) -> int:
    """What the line's price falls by at its true size, in the proportion in which it was charged."""
    rates = rates_of(line.track.edition.release, at=order.created_at)
    if rates is None or actual_bytes >= line.size_bytes or not line.list_price_micro:
        return 0
    saved = max(0, line.list_price_micro - track_price(actual_bytes, rates))
    return round_to_minor(saved * line.price_micro // line.list_price_micro, order.currency)


def _give_back(order: Order, line: OrderLine, amount_micro: int) -> None:
    key = f"order:{order.number}:return:{line.pk}"
    try:
        post(return_moves(order, amount_micro=amount_micro, key=key))
    except NotEnoughMoney:  # A share was paid out already: the store, not the buyer, bears the difference.
        post([return_from_store(order, amount_micro=amount_micro, key=key)])
