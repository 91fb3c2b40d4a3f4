"""Read news from Stripe: proven by its signature over the raw bytes, of the right mode, and in time. It asks nobody.

Source: https://docs.stripe.com/webhooks/signature. The SDK's own check takes any time of the future, and works on text.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from obbligato.kernel import clock
from obbligato.payments.contract import Event, Forged, Untimely
from obbligato.payments.providers.stripe import charges
from obbligato.payments.providers.stripe.charges import Said

TOLERANCE = timedelta(minutes=5)
"""Into the past and into the future."""
HEADER = "stripe-signature"
MOST_SIGNATURES = 20
NONSENSE = "This is no news that Stripe would send."
LATE = (
    "News of Stripe was signed at {moment:%Y-%m-%d %H:%M:%S} UTC, more than five minutes from this machine's clock."
    " If this goes on, set the clock; until then payments are found by asking."
)
ONLY_TOLD = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""What the store does not ask about by itself, and so asks again for where it may have been lost."""


class Reader:
    """Reads the news of one account: any of its signing keys proves them, while they are renewed."""

    def __init__(self, signing_keys: tuple[str, ...], *, is_live: bool) -> None:
        self._keys, self._is_live = signing_keys, is_live

    def read(self, headers: Mapping[str, str], body: bytes) -> Event:
        """What news says that somebody sent. Raises Forged, or Untimely where only its time is wrong."""
        said_at, signatures = _signed(headers.get(HEADER, ""))
        if not _is_right(str(said_at).encode() + b"." + body, signatures, self._keys):
            raise Forged("The signature is not right.")
        try:
            event = self.event_of(json.loads(body))
        except (ValueError, RecursionError):
            raise Forged(NONSENSE) from None
        moment = datetime.fromtimestamp(said_at, UTC)
        if abs(clock.now() - moment) > TOLERANCE:
            raise Untimely(LATE.format(moment=moment), event)
        return event

    def event_of(self, said: Said) -> Event:
        """What an event says, of whatever origin. Raises Forged where it is none, or is of the other mode."""
        try:
            return self._event(said)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Forged(NONSENSE) from None

    def _event(self, said: Said) -> Event:
        number, thing = said["id"], said["data"]["object"]
        if said["object"] != "event" or not isinstance(number, str) or not number:
            raise TypeError
        if said["livemode"] is not self._is_live:
            raise Forged("It is of test payments and this rail is not, or the other way round.")
        reader = READERS.get(thing["object"])
        return (reader(number, thing) if reader else None) or Event(id=number, says_nothing=True)


def _of_payment(number: str, intent: Said) -> Event | None:
    """Payments that others made at the same account have no key of ours."""
    key = charges.key_of(intent)
    return (
        Event(id=number, reference=intent["id"], idempotency_key=key, charge=charges.fact_of(intent)) if key else None
    )


def _of_refund(number: str, refund: Said) -> Event | None:
    reference = refund.get("payment_intent")
    if not reference:
        return None
    fact, key = charges.refund_of(refund), charges.key_of(refund)
    return Event(id=number, reference=reference, refund=fact, refund_key=key)


def _of_dispute(number: str, dispute: Said) -> Event | None:
    reference, fact = dispute.get("payment_intent"), charges.dispute_of(dispute)
    return Event(id=number, reference=reference, dispute=fact) if reference and fact else None


def _signed(header: str) -> tuple[int, list[bytes]]:
    """When it was signed, in seconds since 1970, and each signature of the scheme v1."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 10):
        raise Forged("It is not signed.")
    signatures = [value.encode() for name, _, value in pairs if name == "v1"]
    return int(times[0]), signatures[:MOST_SIGNATURES]


def _is_right(signed: bytes, signatures: list[bytes], keys: Iterable[str]) -> bool:
    """Whether any key made any of the signatures; all are compared, so that time tells nothing."""
    wanted = [hmac.new(one.encode(), signed, hashlib.sha256).hexdigest().encode() for one in keys]
    return True in [hmac.compare_digest(one, other) for one in wanted for other in signatures]


READERS: dict[str, Callable[[str, Said], Event | None]] = {
    "payment_intent": _of_payment,
    "refund": _of_refund,
    "dispute": _of_dispute,
}
