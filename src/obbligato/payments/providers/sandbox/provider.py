"""Our side of the sandbox: speaks to its processor and reports facts. It never decides an outcome."""

from obbligato.payments.contract import Fact, Request
from obbligato.payments.models import Attempt, SandboxCharge
from obbligato.payments.providers.sandbox import processor

STATES = {
    "open": Attempt.State.ACTION_REQUIRED,
    "challenge": Attempt.State.ACTION_REQUIRED,
    "delayed": Attempt.State.ACTION_REQUIRED,
    "captured": Attempt.State.SUCCEEDED,
    "declined": Attempt.State.DECLINED,
    "expired": Attempt.State.EXPIRED,
}
REASONS = {"declined": "The card was declined.", "expired": "The payment was not finished within an hour."}


class SandboxProvider:
    """Plays a card processor with a hosted payment page."""

    name = "sandbox"
    label = "Sandbox card"
    description = "A practice card processor. No real money moves."

    def request(self, request: Request) -> Fact:
        charge = processor.create(
            idempotency_key=request.idempotency_key,
            amount_micro=request.amount_micro,
            currency=request.currency,
            return_url=request.return_url,
        )
        return _fact(charge)

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        charge = processor.find(reference=reference, idempotency_key=idempotency_key)
        return _fact(charge) if charge else Fact(state=Attempt.State.NOT_SENT)


def _fact(charge: SandboxCharge) -> Fact:
    return Fact(
        state=STATES[charge.state],
        reference=charge.reference,
        amount_micro=charge.amount_micro,
        currency=charge.currency,
        next_url=f"/sandbox/{charge.reference}",
        reason=REASONS.get(charge.state, ""),
    )
