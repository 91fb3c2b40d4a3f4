"""Say what a code is worth before it is used. It takes nothing, and tells no more than redeeming would."""

from dataclasses import dataclass
from datetime import datetime

from obbligato.kernel.money import format_money
from obbligato.payments.vouchers import codes, guessing
from obbligato.payments.vouchers.fingerprints import fingerprint
from obbligato.payments.vouchers.models import Voucher, VoucherBatch
from obbligato.payments.vouchers.redeeming import SENTENCE, NotRedeemable, refuse_unusable
from obbligato.people.models import Person


@dataclass(frozen=True)
class Worth:
    """What is left on a code, in micro-units, and until when (None: for ever)."""

    shown: str
    amount_micro: int
    currency: str
    is_promotional: bool
    expires_at: datetime | None

    @property
    def amount(self) -> str:
        """The same in words."""
        return format_money(self.amount_micro, self.currency)


def look(text: str, *, person: Person | None, currency: str, address: str) -> Worth:
    """What redeeming this code would give; each look counts as a try at a code.

    `address` is where the request came from. Raises TooManyAttempts, NotRedeemable, NotAnyMore, OnePerPerson.
    """
    code = codes.read(text)
    known_as = fingerprint(code or codes.code_of(0))
    guessing.count_try(person.pk if person else None, address)
    if code is None:
        raise NotRedeemable(SENTENCE)
    found = Voucher.objects.select_related("batch").filter(code_hash=known_as).first()
    voucher = refuse_unusable(found, person, currency)
    return Worth(
        shown=codes.shown(code),
        amount_micro=voucher.left_micro,
        currency=currency,
        is_promotional=voucher.batch.kind == VoucherBatch.Kind.PROMOTIONAL,
        expires_at=voucher.expires_at,
    )
