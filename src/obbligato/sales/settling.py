"""Give back what a bounded line was quoted too much: the buyer pays min(quote, actual). It never asks for more."""

from django.db import transaction
from django.db.models import F

from obbligato.kernel import clock
from obbligato.kernel.money import round_to_minor
from obbligato.kernel.sentences import Sentence
from obbligato.ledger.transfers import post
from obbligato.sales.documents import invoicing
from obbligato.sales.models import Order, OrderLine, Purchase, Settlement
from obbligato.sales.offers import rates_of
from obbligato.sales.postings import return_key, return_moves
from obbligato.sales.pricing import difference

SMALLER = Sentence("Encoded smaller than quoted.")


@transaction.atomic
def settle(line: OrderLine, *, actual_bytes: int) -> Settlement:
    """Compare a paid line's true size with its quote and return the difference to the wallet, once.

    What was refunded or charged back meanwhile is not given back again.
    """
    order = Order.objects.select_for_update().get(pk=line.order_id)
    assert order.paid_at is not None
    before = Settlement.objects.filter(line=line).first()
    if before is not None:
        return before
    line.refresh_from_db()
    returned = 0 if line.is_exact else min(_overpaid(order, line, actual_bytes), line.left_micro)
    now = clock.now()
    if returned:
        # Where a share was paid out already, its account goes below zero and the next shares fill it.
        made = post(return_moves(order, line, amount_micro=returned, key=return_key(order, line)))
        OrderLine.objects.filter(pk=line.pk).update(returned_micro=F("returned_micro") + returned)
        now = made[0].created_at
    Purchase.objects.filter(line=line).update(size_bytes=min(actual_bytes, line.size_bytes))
    settlement = Settlement.objects.create(
        line=line, actual_bytes=actual_bytes, returned_micro=returned, created_at=now
    )
    if returned:
        invoicing.credit(order, {line.pk: returned}, cause=f"settlement:{settlement.pk}", reason=SMALLER)
    return settlement


def _overpaid(order: Order, line: OrderLine, actual_bytes: int) -> int:
    """What the line cost too much: its price less what the true size costs, as it was quoted then.

    By the tariff it was quoted under, above what she owned then, and in the proportion an album's maximum left. What
    she gave above the tariff stays given.
    """
    rates = rates_of(line.track.edition.release, at=line.quoted_at)
    asked_micro = line.price_micro - line.given_micro
    if rates is None or actual_bytes >= line.size_bytes or not asked_micro:
        return 0
    quoted = max(1, difference(line.size_bytes, line.owned_bytes, rates))
    true_price = difference(actual_bytes, line.owned_bytes, rates) * asked_micro // quoted
    return asked_micro - min(asked_micro, round_to_minor(true_price, order.currency))
