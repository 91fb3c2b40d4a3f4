"""Read Stripe's payments, refunds and disputes as facts, whether they were asked for or came as news. Pure.

Amounts are what Stripe says it received, never what was asked for. A value of another kind than Stripe's raises
TypeError, KeyError or ValueError.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from obbligato.payments.contract import DisputeFact, Fact, RefundFact
from obbligato.payments.models import Attempt, Dispute, Refund
from obbligato.payments.providers.stripe import declines
from obbligato.payments.providers.stripe.amounts import from_stripe

Said = Mapping[str, Any]
KEY = "key"
"""Under which our own key stands in the metadata of payments and refunds."""
PAYABLE = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
"""The buyer can do something about it."""
STATES = {
    **dict.fromkeys(PAYABLE, Attempt.State.ACTION_REQUIRED),
    "processing": Attempt.State.ACTION_REQUIRED,
    "succeeded": Attempt.State.SUCCEEDED,
    "canceled": Attempt.State.VOIDED,
}
"""A word that is new to us says that nothing is decided."""
GIVEN_UP = frozenset({"abandoned", "automatic", "expired"})
PROCESSING = "The bank was asked for the money. A direct debit takes up to 14 days; it arrives by itself."
REFUNDS = {
    "succeeded": Refund.State.DONE,
    "pending": Refund.State.DISPATCHED,
    "failed": Refund.State.FAILED,
    "canceled": Refund.State.FAILED,
}
DISPUTES = {
    "needs_response": Dispute.State.OPEN,
    "under_review": Dispute.State.OPEN,
    "appeal_needs_response": Dispute.State.OPEN,
    "appeal_under_review": Dispute.State.OPEN,
    "won": Dispute.State.WON,
    "lost": Dispute.State.LOST,
}
"""An inquiry (warning_…) and a dispute that was prevented take no money, and so say nothing to the books."""


def fact_of(intent: Said) -> Fact:
    """A payment as it stands."""
    status, currency = intent["status"], intent["currency"].upper()
    state = STATES.get(status, Attempt.State.ACTION_REQUIRED)
    if status == "canceled" and intent.get("cancellation_reason") in GIVEN_UP:
        state = Attempt.State.EXPIRED
    error = intent.get("last_payment_error") or {}
    reason, instrument = "", ""
    if status == "processing":
        reason = PROCESSING
    elif status == "requires_payment_method" and error:
        reason = declines.sentence_of(error.get("code") or "", error.get("decline_code") or "")
        instrument = fingerprint_of(error.get("payment_method"))
    return Fact(
        state=state,
        reference=_text(intent["id"]),
        amount_micro=from_stripe(_number(intent["amount_received"]), currency),
        currency=currency,
        reason=reason,
        instrument=instrument,
        country=country_of(intent.get("latest_charge")),
    )


def country_of(charge: Said | str | None) -> str:
    """Of the card or the bank account that paid, where the charge was asked for with the payment; news has its id."""
    if not isinstance(charge, Mapping):
        return ""
    details = charge.get("payment_method_details") or {}
    return _text((details.get(details.get("type", "")) or {}).get("country") or "")


def fingerprint_of(payment_method: Said | None) -> str:
    """What tells one card or bank account from another and is the same whenever it is used at this account."""
    known = payment_method or {}
    return _text((known.get(known.get("type", "")) or {}).get("fingerprint") or "")


def refund_of(refund: Said) -> RefundFact:
    """A refund as it stands."""
    state = REFUNDS.get(refund["status"], Refund.State.DISPATCHED)
    reason = "The bank did not take it back." if state == Refund.State.FAILED else ""
    return RefundFact(state, reference=_text(refund["id"]), reason=reason)


def dispute_of(dispute: Said) -> DisputeFact | None:
    """A dispute as it stands; None where no money was taken."""
    state = DISPUTES.get(dispute["status"])
    if state is None:
        return None
    currency = dispute["currency"].upper()
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeFact(
        state=state,
        reference=_text(dispute["id"]),
        amount_micro=from_stripe(_number(dispute["amount"]), currency),
        currency=currency,
        reason=_text(dispute.get("reason") or ""),
        respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def key_of(said: Said) -> str:
    """Our own key of a payment or refund; empty where it is not ours."""
    return _text((said.get("metadata") or {}).get(KEY, ""))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value[:120]


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def balance_micro(told: Said, currency: str) -> int:
    """What it holds of a currency, whether it can be paid out already or not."""
    parts = [one for name in ("available", "pending") for one in told[name]]
    return sum(from_stripe(int(one["amount"]), currency) for one in parts if one["currency"] == currency.lower())
