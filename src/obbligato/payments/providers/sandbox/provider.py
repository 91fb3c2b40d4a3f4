"""Our side of the sandbox: speaks to its processor and reports facts. It never decides an outcome."""

from collections.abc import Mapping
from datetime import timedelta

from obbligato.kernel.sentences import Sentence
from obbligato.payments.contract import (
    Capabilities,
    Decline,
    Event,
    Fact,
    Forged,
    Method,
    PayPage,
    RefundFact,
    RefundRequest,
    Request,
)
from obbligato.payments.models import Attempt, Refund, SandboxCharge
from obbligato.payments.providers.sandbox import processor

STATES = {
    "open": Attempt.State.ACTION_REQUIRED,
    "challenge": Attempt.State.ACTION_REQUIRED,
    "delayed": Attempt.State.ACTION_REQUIRED,
    "captured": Attempt.State.SUCCEEDED,
    "declined": Attempt.State.DECLINED,
    "expired": Attempt.State.EXPIRED,
    "voided": Attempt.State.VOIDED,
}
REASONS = {"declined": "The card was declined.", "expired": "The payment was not finished within an hour."}


class SandboxProvider:
    """Plays a card processor with a hosted payment page."""

    name = "sandbox"
    label: str = Sentence("Sandbox card")
    description: str = Sentence("A practice card processor. No real money moves.")
    capabilities = Capabilities(
        methods=frozenset({Method.CARD}),
        domains=("processor:sandbox",),
        idempotency=timedelta(hours=24),
        settling=timedelta(0),
    )

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

    def refund(self, request: RefundRequest) -> RefundFact:
        made = processor.refund(
            reference=request.reference, idempotency_key=request.idempotency_key, amount_micro=request.amount_micro
        )
        if made is None:
            return RefundFact(
                Refund.State.FAILED, reason=Sentence("The processor knows no such payment or has no such amount.")
            )
        return RefundFact(Refund.State.DONE, reference=made)

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        made = processor.find_refund(reference=request.reference, idempotency_key=request.idempotency_key)
        return RefundFact(Refund.State.DONE, reference=made) if made else RefundFact(Attempt.State.NOT_SENT)

    def void(self, reference: str) -> None:
        processor.void(reference)

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        return None

    def balance(self, currency: str) -> int | None:
        return processor.balance_micro(currency)

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        raise Forged("The sandbox sends no news: it is asked.")


def _fact(charge: SandboxCharge) -> Fact:
    return Fact(
        state=STATES[charge.state],
        reference=charge.reference,
        amount_micro=charge.amount_micro,
        currency=charge.currency,
        next_url=f"/sandbox/{charge.reference}",
        reason=REASONS.get(charge.state, ""),
        decline=Decline.HARD if charge.state == "declined" else "",
    )
