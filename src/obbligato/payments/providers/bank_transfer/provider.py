"""Our side of a bank transfer: it gives a reference, and reports what the imported statements say. It calls nobody."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence
from obbligato.payments.bank import references
from obbligato.payments.bank.models import PATIENCE, RAIL, BankEntry, OutgoingTransfer
from obbligato.payments.contract import (
    Capabilities,
    Event,
    Fact,
    Forged,
    Method,
    PayPage,
    RefundFact,
    RefundRequest,
    Request,
)
from obbligato.payments.models import Attempt, Refund

FOR_EVER = timedelta(days=36_500)
Sent = OutgoingTransfer.State
REFUND_STATES = {
    Sent.TO_SEND: Refund.State.DISPATCHED,
    Sent.DONE: Refund.State.DONE,
    Sent.CANCELLED: Refund.State.FAILED,
    Sent.RETURNED: Refund.State.FAILED,
}
NO_WAY_BACK = "No account it was paid from is known that paid so much and was not paid back."


class BankTransferProvider:
    """The store's bank account. The same key has the same reference, for ever."""

    name = RAIL
    label: str = Sentence("Bank transfer")
    description: str = Sentence("You send it from your bank; it takes one to three banking days.")

    def __init__(self) -> None:
        iban, bic = settings.BANK_IBAN, settings.BANK_BIC
        self.capabilities = Capabilities(
            methods=frozenset({Method.BANK_TRANSFER}),
            currencies=frozenset({settings.CURRENCY}),
            domains=(f"bank:{bic[:8] or iban[:8]}", f"country:{iban[:2]}"),
            idempotency=FOR_EVER,
            takes_any_amount=True,
        )

    def request(self, request: Request) -> Fact:
        return Fact(
            Attempt.State.ACTION_REQUIRED,
            reference=references.of_key(request.idempotency_key),
            next_url=f"/wallet/top-ups/{request.number}/transfer",
        )

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        """What the statements say: the first entry of it, if one came."""
        attempt = Attempt.objects.filter(provider=RAIL, key=idempotency_key).first()
        if attempt is None:
            return Fact(Attempt.State.NOT_SENT)
        reference = reference or references.of_key(idempotency_key)
        entry = BankEntry.objects.filter(attempt=attempt, state=BankEntry.State.MATCHED).order_by("pk").first()
        if entry is not None:
            country = entry.payer_iban[:2]
            return Fact(Attempt.State.SUCCEEDED, reference, entry.amount_micro, entry.currency, country=country)
        if clock.now() >= attempt.created_at + PATIENCE:
            return Fact(Attempt.State.EXPIRED, reference, reason=Sentence("No transfer came within sixty days."))
        return Fact(Attempt.State.ACTION_REQUIRED, reference)

    @transaction.atomic
    def refund(self, request: RefundRequest) -> RefundFact:
        """Put a transfer before an operator, to an account by which the attempt was paid and for no more than that."""
        made = OutgoingTransfer.objects.filter(key=request.idempotency_key).first()
        if made is None:
            attempt = Attempt.objects.select_for_update().get(provider=RAIL, provider_reference=request.reference)
            payer = next(
                (one for one in _payers(attempt) if _left_micro(attempt, one[0]) >= request.amount_micro), None
            )
            if payer is None:
                return RefundFact(Refund.State.FAILED, reason=NO_WAY_BACK)
            made = OutgoingTransfer.objects.create(
                key=request.idempotency_key,
                end_to_end_id=references.of_key(f"out:{request.idempotency_key}"),
                attempt=attempt,
                amount_micro=request.amount_micro,
                currency=request.currency,
                iban=payer[0],
                name=payer[1],
            )
        return _refund_fact(made)

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        made = OutgoingTransfer.objects.filter(key=request.idempotency_key).first()
        return _refund_fact(made) if made else RefundFact(Attempt.State.NOT_SENT)

    def void(self, reference: str) -> None:
        """There is nothing to give up: a transfer is made or not made."""

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        return None

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        raise Forged("A bank sends no news: its statements are imported.")


def _refund_fact(made: OutgoingTransfer) -> RefundFact:
    return RefundFact(REFUND_STATES[Sent(made.state)], made.end_to_end_id, made.reason)


def _payers(attempt: Attempt) -> list[tuple[str, str]]:
    """Accounts by which it was paid, the first one first."""
    paid = BankEntry.objects.filter(attempt=attempt, state=BankEntry.State.MATCHED).exclude(payer_iban="")
    return list(dict(paid.order_by("pk").values_list("payer_iban", "payer_name")).items())


def _left_micro(attempt: Attempt, iban: str) -> int:
    """What came from an account and was not sent back to it yet."""
    came = BankEntry.objects.filter(attempt=attempt, state=BankEntry.State.MATCHED, payer_iban=iban)
    went = OutgoingTransfer.objects.filter(attempt=attempt, iban=iban, state__in=[Sent.TO_SEND, Sent.DONE])
    sums = [one.aggregate(total=Sum("amount_micro"))["total"] or 0 for one in (came, went)]
    return int(sums[0] - sums[1])
