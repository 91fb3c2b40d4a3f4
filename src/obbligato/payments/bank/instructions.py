"""What a buyer needs to make her transfer: to whom, how much, by which reference; also as a code to scan. It reads."""

from dataclasses import dataclass
from decimal import Decimal

import segno
from django.conf import settings
from django.db.models import F, Q, QuerySet

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO, format_money, plain_amount
from obbligato.payments.bank import own_account, references
from obbligato.payments.bank.models import PATIENCE, RAIL
from obbligato.payments.models import LIVE, Attempt
from obbligato.people.models import Person

EPC_CURRENCY = "EUR"
MOST_EPC_MICRO = 999_999_999_990_000


@dataclass(frozen=True)
class Instructions:
    """One transfer still to be made; amounts in micro-units. Holder and IBAN are empty while nobody confirmed them."""

    attempt: Attempt
    amount_micro: int
    came_micro: int
    holder: str
    iban: str
    bic: str
    reference: str

    @property
    def amount(self) -> str:
        return format_money(self.amount_micro, self.attempt.currency)

    @property
    def plain_amount(self) -> str:
        """As a bank's form takes it."""
        return plain_amount(self.amount_micro, self.attempt.currency)

    @property
    def came(self) -> str:
        return format_money(self.came_micro, self.attempt.currency)

    @property
    def grouped_iban(self) -> str:
        return own_account.grouped(self.iban)

    @property
    def grouped_reference(self) -> str:
        return references.grouped(self.reference)

    @property
    def code_svg(self) -> str:
        """The transfer as a QR code by EPC069-12, which banks' apps read; nothing where it is not in euros."""
        if not self.iban or self.attempt.currency != EPC_CURRENCY or self.amount_micro > MOST_EPC_MICRO:
            return ""
        code = segno.make_qr(epc_text(self), error="m", boost_error=False, encoding="utf-8")
        return str(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True, title="Transfer"))


def epc_text(what: Instructions) -> str:
    """The content of a code by EPC069-12, version 002: each line has its place, and the last ones may be left out."""
    amount = f"EUR{Decimal(what.amount_micro) / MICRO:.2f}"
    return "\n".join(["BCD", "002", "1", "SCT", what.bic, what.holder, what.iban, amount, "", what.reference])


def instructions_of(attempt: Attempt) -> Instructions | None:
    """What is still to be done for an attempt; None where nothing is, or no account is left to send to."""
    is_awaited = _awaited().filter(pk=attempt.pk).exists()
    return _instructions(attempt) if is_awaited else None


def awaited_of(person: Person) -> list[Instructions]:
    """The transfers a person set out to make and has not made in full, the newest first."""
    return [_instructions(one) for one in _awaited().filter(person=person).order_by("-pk")]


def _awaited() -> "QuerySet[Attempt]":
    """Not only what is open: somebody else may have sent a cent by the same reference, and the rest still comes."""
    if not settings.BANK_IBAN:
        return Attempt.objects.none()
    is_open = Q(state__in=LIVE)
    is_partly_paid = Q(state=Attempt.State.SUCCEEDED, reported_micro__lt=F("amount_micro"))
    found = Attempt.objects.filter(is_open | is_partly_paid, provider=RAIL, superseded_at__isnull=True)
    return found.filter(provider_reference__startswith="RF", created_at__gt=clock.now() - PATIENCE)


def _instructions(attempt: Attempt) -> Instructions:
    own_account.remember()
    account = own_account.told()
    return Instructions(
        attempt=attempt,
        amount_micro=attempt.amount_micro - attempt.captured_micro,
        came_micro=attempt.captured_micro,
        holder=account.name if account else "",
        iban=account.iban if account else "",
        bic=account.bic if account else "",
        reference=attempt.provider_reference,
    )
