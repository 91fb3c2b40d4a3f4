"""Make facts of what Mollie answers (Payments API v2). Pure: it asks nothing, and what it cannot read is no answer."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from obbligato.kernel.money import parse_amount
from obbligato.kernel.refusals import Invalid
from obbligato.payments import reaching
from obbligato.payments.contract import Decline, DisputeFact, Fact, NoAnswer, RefundFact
from obbligato.payments.models import Attempt, Dispute, Refund

REFERENCE = re.compile(r"tr_[A-Za-z0-9]{4,60}")
STATES = {
    "open": Attempt.State.ACTION_REQUIRED,
    "pending": Attempt.State.ACTION_REQUIRED,
    "authorized": Attempt.State.ACTION_REQUIRED,
    "paid": Attempt.State.SUCCEEDED,
    "failed": Attempt.State.DECLINED,
    "canceled": Attempt.State.VOIDED,
    "expired": Attempt.State.EXPIRED,
}
DECLINES = {
    "authentication_abandoned": Decline.BUYER_FIX,
    "authentication_failed": Decline.BUYER_FIX,
    "authentication_required": Decline.BUYER_FIX,
    "authentication_unavailable_acs": Decline.TECHNICAL,
    "card_declined": Decline.BUYER_FIX,
    "card_expired": Decline.BUYER_FIX,
    "inactive_card": Decline.HARD,
    "insufficient_funds": Decline.BUYER_FIX,
    "invalid_cvv": Decline.BUYER_FIX,
    "invalid_card_holder_name": Decline.BUYER_FIX,
    "invalid_card_number": Decline.BUYER_FIX,
    "invalid_card_type": Decline.BUYER_FIX,
    "possible_fraud": Decline.HARD,
    "refused_by_issuer": Decline.BUYER_FIX,
}
"""Mollie's words for why a card was not charged (details.failureReason); any other is unmapped."""
REASONS = {
    Decline.HARD: "The bank does not allow this card here.",
    Decline.BUYER_FIX: "The bank declined it.",
    Decline.TECHNICAL: "The bank could not be reached.",
    Decline.UNMAPPED: "It was declined.",
}
REFUND_STATES = {
    "queued": Refund.State.DISPATCHED,
    "pending": Refund.State.DISPATCHED,
    "processing": Refund.State.DISPATCHED,
    "refunded": Refund.State.DONE,
    "failed": Refund.State.FAILED,
    "canceled": Refund.State.FAILED,
}
Answer = Mapping[str, Any]
Made = TypeVar("Made")


def of_payment(answer: Answer, *, address: str) -> Fact:
    """What a payment's answer says. Raises NoAnswer where it is none."""
    return _read(lambda: _fact(answer, address))


def of_refund(answer: Answer) -> RefundFact:
    """What a refund's answer says. Raises NoAnswer where it is none."""
    return _read(
        lambda: RefundFact(REFUND_STATES[answer["status"]], str(answer["id"])[:120], _refund_reason(answer["status"]))
    )


def of_chargebacks(answer: Answer) -> list[DisputeFact]:
    """What payers took back of a payment that was asked for with its chargebacks. Raises NoAnswer."""
    return _read(
        lambda: [_dispute(one, answer["amount"]["currency"]) for one in answer["_embedded"].get("chargebacks", [])]
    )


def charged_back(answer: Answer) -> list[str]:
    """The names of payments in a list of chargebacks. Raises NoAnswer."""
    return _read(lambda: [str(one["paymentId"]) for one in answer["_embedded"]["chargebacks"]])


def balance_micro(answer: Answer, currency: str) -> int:
    """What a list of balances comes to in that currency, available or not yet. Raises NoAnswer."""
    return _read(
        lambda: sum(
            _signed(one[name], currency)
            for one in answer["_embedded"]["balances"]
            for name in ("availableAmount", "pendingAmount")
            if one["currency"] == currency
        )
    )


def key_of(answer: Answer) -> str:
    """The store's own key, which it had written into a payment or refund; empty where there is none."""
    metadata = answer.get("metadata")
    return str(metadata.get("key", "")) if isinstance(metadata, dict) else ""


def _read(made: Callable[[], Made]) -> Made:
    try:
        return made()
    except (KeyError, TypeError, AttributeError, ValueError, Invalid):
        raise NoAnswer from None


def _fact(answer: Answer, address: str) -> Fact:
    state = STATES[answer["status"]]
    if not REFERENCE.fullmatch(answer["id"]):
        raise ValueError
    if state == Attempt.State.SUCCEEDED:
        captured = answer.get("amountCaptured") or answer["amount"]
        amount_micro = parse_amount(captured["value"], captured["currency"])
        return Fact(state, answer["id"], amount_micro, captured["currency"], country=_country(answer))
    if state == Attempt.State.DECLINED:
        details = answer.get("details") or {}
        decline = DECLINES.get(str(details.get("failureReason")), Decline.UNMAPPED)
        return Fact(state, answer["id"], reason=REASONS[decline], decline=decline)
    link = (answer.get("_links") or {}).get("checkout") or {}
    return Fact(state, answer["id"], next_url=reaching.link_of(link.get("href"), also_below=address))


def _country(answer: Answer) -> str:
    """Of the card, else of the bank account by its IBAN."""
    details = answer.get("details") or {}
    return str(details.get("cardCountryCode") or details.get("consumerAccount") or "")[:2].upper()


def _signed(amount: Answer, currency: str) -> int:
    """A balance may be below zero."""
    if amount["currency"] != currency:
        raise ValueError
    text = amount["value"]
    return -parse_amount(text[1:], currency) if text.startswith("-") else parse_amount(text, currency)


def _refund_reason(status: str) -> str:
    return {"failed": "The bank sent it back.", "canceled": "It was cancelled at Mollie."}.get(status, "")


def _dispute(one: Answer, currency: str) -> DisputeFact:
    if one["amount"]["currency"] != currency:
        raise ValueError
    reason = one.get("reason") or {}
    return DisputeFact(
        state=Dispute.State.WON if one.get("reversedAt") else Dispute.State.OPEN,
        reference=str(one["id"])[:120],
        amount_micro=parse_amount(one["amount"]["value"], currency),
        reason=str(reason.get("description", ""))[:200],
    )
