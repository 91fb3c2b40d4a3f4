"""Put together what the store knows of a disputed payment: text for whoever answers the payer's bank. It sends none.

It holds no name, address or number of the payer, so that it can be handed on as it is; the company knows its payer.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from obbligato.kernel.money import format_money
from obbligato.payments.models import Attempt, Dispute, Refund
from obbligato.sales.documents import receipting
from obbligato.sales.models import ClawBackLine

NOT_KEPT = (
    "What is bought can be fetched from that moment on. The store keeps no network addresses and no list of downloads."
)


def evidence(dispute: Dispute) -> str:
    """The payment, what else its payer paid, and what she bought with it since; times in UTC."""
    attempt = dispute.attempt
    parts = [
        _paragraph(f"Dispute {dispute.reference}", _of_dispute(dispute)),
        _paragraph("The payment", _of_payment(attempt)),
        _paragraph("Its payer", _of_payer(attempt)),
        _paragraph("What she bought with it", [*_of_orders(dispute), NOT_KEPT]),
    ]
    return "\n\n".join(parts) + "\n"


def _of_dispute(dispute: Dispute) -> Iterator[str]:
    reason = f", because: {dispute.reason}" if dispute.reason else ""
    yield f"{_money(dispute.amount_micro, dispute.attempt)} since {_at(dispute.opened_at)}{reason}."
    if dispute.respond_by is not None:
        yield f"An answer is due by {_at(dispute.respond_by)}."


def _of_payment(attempt: Attempt) -> Iterator[str]:
    yield f"{attempt.provider} {attempt.provider_reference}, the store's number {attempt.number}."
    yield f"{_money(attempt.captured_micro, attempt)}, begun {_at(attempt.created_at)}, paid {_at(attempt.settled_at)}."
    if attempt.payer_country:
        yield f"The card or bank account is of {attempt.payer_country}."
    for refund in attempt.refunds.filter(state=Refund.State.DONE).order_by("pk"):
        yield f"{refund.amount} of it was sent back {_at(refund.settled_at)}, asked for {_at(refund.created_at)}."


def _of_payer(attempt: Attempt) -> Iterator[str]:
    yield f"She has an account since {_at(attempt.person.date_joined)}."
    others = Attempt.objects.filter(person_id=attempt.person_id, settled_at__isnull=False).exclude(pk=attempt.pk)
    undisputed = others.filter(disputes__isnull=True).order_by("settled_at", "pk")
    for one in undisputed:
        yield f"Paid {_at(one.settled_at)} and not disputed: {_money(one.captured_micro, one)} by {one.provider}."
    if not undisputed:
        yield "No other payment of hers stands undisputed."


def _of_orders(dispute: Dispute) -> Iterator[str]:
    """The lines on which the dispute is laid, order by order, the oldest first."""
    laid = ClawBackLine.objects.filter(claw_back__dispute=dispute).select_related("line__track", "line__order")
    for order, lines in groupby(laid.order_by("line__order_id", "line_id"), lambda one: one.line.order):
        receipt = receipting.receipt_of(order)
        yield f"Order {order.number}, placed {_at(order.created_at)}, paid {_at(order.paid_at)}, {receipt}."
        for piece in order.evidence.order_by("pk"):
            yield f"  {piece} ({piece.source})."
        for one in lines:
            line = one.line
            price, part = (format_money(micro, order.currency) for micro in (line.price_micro, one.amount_micro))
            yield f"  “{line.track.title}” as {line.format_name} for {price}, of which {part} with this payment."


def _paragraph(title: str, sentences: Iterable[str]) -> str:
    return "\n".join([title, *sentences])


def _money(micro: int, attempt: Attempt) -> str:
    return format_money(micro, attempt.currency)


def _at(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment:%Y-%m-%d %H:%M:%S}"
