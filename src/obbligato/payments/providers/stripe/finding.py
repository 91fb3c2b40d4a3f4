"""Find a payment or refund at Stripe, by its own number or by our key. All of one question is asked within one time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from obbligato.kernel import clock
from obbligato.payments.contract import Fact, RefundFact, RefundRequest
from obbligato.payments.models import Attempt
from obbligato.payments.providers.stripe import charges, declines, news
from obbligato.payments.providers.stripe.calls import V1

PATIENCE = timedelta(hours=24)
"""Stripe keeps an unfinished payment open for ever; after this it is given up, and expires."""
NEWEST = 100


def fact_of(v1: V1, reference: str, key: str) -> Fact:
    """A payment as it stands; one left unfinished too long is given up first. Raises StripeError."""
    intent = intent_of(v1, reference) if reference else _intent_of_key(v1, key)
    return charges.fact_of(_given_up(v1, intent)) if intent else Fact(Attempt.State.NOT_SENT)


def intent_of(v1: V1, reference: str) -> dict[str, Any] | None:
    """A payment by its number; None where Stripe has none such. Raises StripeError."""
    try:
        return v1.payment_intents.retrieve(reference, {"expand": ["latest_charge"]}).to_dict()
    except stripe.InvalidRequestError as no:
        if not declines.is_missing(no):
            raise
        return None


def refund_fact_of(v1: V1, request: RefundRequest) -> RefundFact:
    """A refund as it stands. Raises StripeError."""
    made = v1.refunds.list({"payment_intent": request.reference, "limit": NEWEST})
    ours = (one for one in map(_plain, made.auto_paging_iter()) if charges.key_of(one) == request.idempotency_key)
    found = next(ours, None)
    return charges.refund_of(found) if found else RefundFact(Attempt.State.NOT_SENT)


def events_since(v1: V1, since: int) -> list[dict[str, Any]]:
    """News of what is only told, since that second of 1970, oldest first. Stripe keeps it for 30 days."""
    told = v1.events.list({"types": list(news.ONLY_TOLD), "created": {"gte": since}, "limit": NEWEST})
    return [_plain(one) for one in told.auto_paging_iter()][::-1]


def _intent_of_key(v1: V1, key: str) -> dict[str, Any] | None:
    """By Stripe's search, which lags by a minute (in bad hours by an hour), and in the newest ones, which do not."""
    try:
        found = v1.payment_intents.search({"query": f"metadata['{charges.KEY}']:'{key}'", "limit": 1}).data
    except stripe.InvalidRequestError:  # Accounts of some countries cannot search.
        found = []
    newest = found or v1.payment_intents.list({"limit": NEWEST}).data
    return next((one for one in map(_plain, newest) if charges.key_of(one) == key), None)


def _given_up(v1: V1, intent: dict[str, Any]) -> dict[str, Any]:
    """Stripe refuses to give up what was paid meanwhile; that is then heard when it is asked next."""
    made_at = datetime.fromtimestamp(intent["created"], UTC)
    if intent["status"] not in charges.PAYABLE or clock.now() - made_at < PATIENCE:
        return intent
    return v1.payment_intents.cancel(intent["id"], {"cancellation_reason": "abandoned"}).to_dict()


def _plain(one: stripe.StripeObject) -> dict[str, Any]:
    return one.to_dict()
