"""Make facts of what BTCPay Server answers. Pure: it asks nothing, and what it cannot read is no answer.

What counts is the money that BTCPay Server saw arrive and holds for settled, in the invoice's currency and at its rate;
that somebody marked an invoice by hand moves none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from obbligato.kernel.money import LARGEST_MICRO, MICRO, minor_unit_micro, round_to_minor
from obbligato.kernel.refusals import Invalid
from obbligato.payments import reaching
from obbligato.payments.contract import Fact, NoAnswer, RefundFact
from obbligato.payments.models import Attempt, Refund

REFERENCE = re.compile(r"[A-Za-z0-9]{1,64}")
BY_HAND = "It was marked as settled by hand, and no money was seen."
INVALID = "It was called invalid although money was seen."
IN_PART = "It was claimed in part and then closed: a person has to send the rest."
CLOSED = "It was closed before anybody claimed it."
WAITING = {"AwaitingApproval", "AwaitingPayment", "InProgress"}
Answer = Mapping[str, Any]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Received:
    """What came in for an invoice, in micro-units of its currency: settled, and seen but not settled."""

    settled_micro: int
    pending_micro: int


def of_invoice(invoice: Answer, methods: Sequence[Answer], *, address: str, now: datetime) -> Fact:
    """What an invoice and what was paid by each of its payment methods say. Raises NoAnswer."""
    return _read(lambda: _fact(invoice, _received(methods, invoice["currency"]), address, now))


def of_refund(pull: Answer, payouts: Sequence[Answer], amount_micro: int, *, address: str, now: datetime) -> RefundFact:
    """What a pull payment and what was claimed of it say. Raises NoAnswer."""
    return _read(lambda: _refund(pull, payouts, amount_micro, address, now))


def amount_of(text: object, currency: str) -> int:
    """An amount as BTCPay Server writes it, to the nearest minor unit, in micro-units. Raises NoAnswer."""
    return _read(lambda: _micro(Decimal(str(text)), currency))


def _read(made: Callable[[], Made]) -> Made:
    try:
        return made()
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, Invalid):
        raise NoAnswer from None


def _fact(invoice: Answer, came: Received, address: str, now: datetime) -> Fact:
    state, reference, currency = invoice["status"], invoice["id"], invoice["currency"]
    if not REFERENCE.fullmatch(reference):
        raise ValueError
    link = reaching.link_of(invoice.get("checkoutLink"), also_below=address)
    open_still = Fact(Attempt.State.ACTION_REQUIRED, reference, next_url=link)
    if state in {"New", "Processing"} or (came.pending_micro and state != "Invalid"):
        return open_still
    if state == "Settled":
        if came.settled_micro:
            return Fact(Attempt.State.SUCCEEDED, reference, came.settled_micro, currency)
        asked_micro = _micro(Decimal(invoice["amount"]), currency)
        return Fact(Attempt.State.MISMATCH, reference, asked_micro, currency, reason=BY_HAND)
    if state == "Invalid":
        seen_micro = came.settled_micro + came.pending_micro
        if seen_micro:
            return Fact(Attempt.State.MISMATCH, reference, seen_micro, currency, reason=INVALID)
        return Fact(Attempt.State.VOIDED, reference)
    if state != "Expired":
        raise ValueError
    return _expired(invoice, came, open_still, now)


def _expired(invoice: Answer, came: Received, open_still: Fact, now: datetime) -> Fact:
    """Its time is over; what comes while BTCPay Server still looks is the buyer's: all at once, a part in the end."""
    watched_until = datetime.fromtimestamp(int(invoice["monitoringExpiration"]), UTC)
    is_watched = now < watched_until
    if came.settled_micro and (invoice.get("additionalStatus") == "PaidLate" or not is_watched):
        return Fact(Attempt.State.SUCCEEDED, open_still.reference, came.settled_micro, invoice["currency"])
    until = watched_until if is_watched else None
    if came.settled_micro:
        return Fact(open_still.state, open_still.reference, next_url=open_still.next_url, ask_again_at=until)
    return Fact(Attempt.State.EXPIRED, open_still.reference, ask_again_at=until)


def _received(methods: Sequence[Answer], currency: str) -> Received:
    settled = pending = Decimal(0)
    for method in methods:
        for payment in method["payments"]:
            worth = (Decimal(payment["value"]) - Decimal(payment.get("fee") or 0)) * Decimal(method["rate"])
            settled += worth if payment["status"] == "Settled" else 0
            pending += worth if payment["status"] == "Processing" else 0
    return Received(_micro(settled, currency), _micro(pending, currency))


def _refund(pull: Answer, payouts: Sequence[Answer], amount_micro: int, address: str, now: datetime) -> RefundFact:
    reference, currency = str(pull["id"])[:120], pull["currency"]
    paid = sum((Decimal(one["originalAmount"]) for one in payouts if one["state"] == "Completed"), Decimal(0))
    paid_micro = _micro(paid, currency)
    if paid_micro >= amount_micro:
        return RefundFact(Refund.State.DONE, reference)
    ends_at = pull.get("expiresAt")
    is_over = pull["archived"] is True or (ends_at is not None and int(ends_at) <= now.timestamp())
    if not is_over or any(one["state"] in WAITING for one in payouts):
        link = reaching.link_of(pull.get("viewLink"), also_below=address)
        return RefundFact(Refund.State.DISPATCHED, reference, next_url=link)
    if paid_micro:
        return RefundFact(Refund.State.UNKNOWN, reference, IN_PART)
    return RefundFact(Refund.State.FAILED, reference, CLOSED)


def _micro(amount: Decimal, currency: str) -> int:
    """To the nearest minor unit: a satoshi is worth less than a cent, and was rounded before."""
    minor_unit_micro(currency)
    if not 0 <= amount * MICRO <= LARGEST_MICRO:
        raise ValueError
    return round_to_minor(int(amount * MICRO), currency)
