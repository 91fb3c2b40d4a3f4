"""An operator gives back an order or some of its lines, to the wallet: never more than was paid, once per key.

What each account got of a line it gives back pro rata. To a card or bank it goes from there, by payments.refunds.
"""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F, Sum

from obbligato.kernel import chance, clock
from obbligato.kernel.money import Money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise, Refused
from obbligato.ledger.transfers import post
from obbligato.payments import two_people
from obbligato.payments.keys import own_key
from obbligato.sales import ending
from obbligato.sales.documents import invoicing
from obbligato.sales.models import Order, OrderLine, OrderRefund, RefundedLine
from obbligato.sales.postings import return_key, return_moves

State = OrderRefund.State


class BadRefund(Invalid):
    """The refund makes no sense."""


class NotPaid(Refused):
    """Nothing was paid for the order, so there is nothing to give back."""


class MoreThanIsLeft(Refused):
    """Of a line more was asked back than the store still has of it."""


def left(order: Order) -> dict[int, int]:
    """By line id, what can still be refunded, in micro-units; proposals that wait count as given."""
    waiting = dict(
        RefundedLine.objects.filter(refund__order=order, refund__state=State.PROPOSED)
        .order_by()
        .values_list("line")
        .annotate(Sum("amount_micro"))
    )
    found = {line.pk: line.left_micro - waiting.get(line.pk, 0) for line in order.lines.order_by("pk")}
    return {pk: amount for pk, amount in found.items() if amount > 0}


@transaction.atomic
def refund(
    order: Order, amounts_micro: Mapping[int, int], *, key: str, by: str, reason: str, keeps_purchases: bool = False
) -> OrderRefund:
    """Give back so much of each line (by its id), or propose to where it takes two people.

    A line of which nothing is left ends its purchase, unless she keeps it as goodwill. The same key gives the same
    refund. Raises BadRefund, NotPaid, MoreThanIsLeft, KeyUsedOtherwise; then nothing has moved.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    wanted = {pk: amount for pk, amount in sorted(amounts_micro.items()) if amount}
    key = own_key(order.pk, key)
    before = OrderRefund.objects.filter(key=key).first()
    if before is not None:
        return _same(before, wanted)
    if not reason.strip():
        raise BadRefund("A refund needs a reason.")
    _refuse(order, wanted)
    total_micro = sum(wanted.values())

    # All refusals are above; from here on there is a refund.
    made = OrderRefund.objects.create(
        number=chance.token(8),
        key=key,
        order=order,
        total_micro=total_micro,
        reason=reason[:200],
        keeps_purchases=keeps_purchases,
        asked_by=by[:150],
    )
    RefundedLine.objects.bulk_create(
        RefundedLine(refund=made, line_id=pk, amount_micro=amount) for pk, amount in wanted.items()
    )
    is_enough = two_people.may_alone(by, total_micro, order.currency, reference=f"order refund:{made.number}")
    return _given(made) if is_enough else made


@transaction.atomic
def approve(refund: OrderRefund, *, by: str) -> OrderRefund:
    """The second person's word: the money is in the wallet. Raises SecondPersonNeeded, MoreThanIsLeft."""
    Order.objects.select_for_update().get(pk=refund.order_id)
    refund = OrderRefund.objects.select_for_update().get(pk=refund.pk)
    two_people.refuse_the_same(by, refund.asked_by, "refund")
    if refund.state != State.PROPOSED:
        return refund
    for one in refund.lines.select_related("line__track"):
        if one.amount_micro > one.line.left_micro:
            raise _more_than_is_left(one.line, one.line.left_micro, refund.order.currency)
    refund.approved_by = by[:150]
    return _given(refund)


@transaction.atomic
def reject(refund: OrderRefund, *, by: str) -> OrderRefund:
    """A proposed refund is not made."""
    refund = OrderRefund.objects.select_for_update().get(pk=refund.pk)
    if refund.state == State.PROPOSED:
        refund.state, refund.settled_at = State.REJECTED, clock.now()
        refund.reason = f"{refund.reason[:110]} (rejected by {by[:70]})"
        refund.save()
    return refund


def _same(before: OrderRefund, wanted: Mapping[int, int]) -> OrderRefund:
    if dict(before.lines.values_list("line", "amount_micro")) != wanted:
        raise KeyUsedOtherwise("This was sent before, for {amount}.", amount=before.amount)
    return before


def _refuse(order: Order, wanted: Mapping[int, int]) -> None:
    if order.paid_at is None:
        raise NotPaid("This order was not paid.")
    if not wanted:
        raise BadRefund("Say which lines are refunded, and how much of each.")
    lines = {line.pk: line for line in order.lines.select_related("track")}
    available = left(order)
    for pk, amount in wanted.items():
        if pk not in lines:
            raise BadRefund("This line is not of this order.")
        has = available.get(pk, 0)
        if amount < 0 or (amount % minor_unit_micro(order.currency) and amount != has):
            raise BadRefund("{currency} has no such amount to give back.", currency=order.currency)
        if amount > has:
            raise _more_than_is_left(lines[pk], has, order.currency)


def _more_than_is_left(line: OrderLine, left_micro: int, currency: str) -> MoreThanIsLeft:
    return MoreThanIsLeft(
        "Of “{title}” {amount} can be refunded.", title=line.track.title, amount=Money(left_micro, currency)
    )


def _given(refund: OrderRefund) -> OrderRefund:
    order = refund.order
    parts = list(refund.lines.select_related("line__track").order_by("pk"))
    moves = [
        move
        for one in parts
        for move in return_moves(
            order,
            one.line,
            amount_micro=one.amount_micro,
            key=f"{return_key(order, one.line)}:refund:{refund.number}",
            kind="refunded",
        )
    ]
    # Where a share was paid out already, its account goes below zero and the next shares fill it.
    refund.settled_at = post(moves)[0].created_at
    for one in parts:
        OrderLine.objects.filter(pk=one.line_id).update(returned_micro=F("returned_micro") + one.amount_micro)
        if one.amount_micro == one.line.left_micro and not refund.keeps_purchases:
            one.has_ended_purchase = ending.end(one.line, by=refund.asked_by, reason=f"Refunded: {refund.reason}")
            one.save(update_fields=["has_ended_purchase"])
    refund.state = State.DONE
    refund.save()
    invoicing.credit(
        order,
        {one.line_id: one.amount_micro for one in parts},
        cause=f"refund:{refund.number}",
        reason=refund.reason,
    )
    return refund
