"""Batches, codes and payments that tests of vouchers share."""

from datetime import datetime
from typing import Any

from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import top_ups
from obbligato.payments.models import Attempt
from obbligato.payments.vouchers import issuing, redeeming
from obbligato.payments.vouchers.issuing import Issued
from obbligato.payments.vouchers.models import Redemption, Voucher, VoucherBatch
from obbligato.people.models import Person

KEY = "a form's own key of 128 bits"
HOME = "192.0.2.7"


def a_batch(
    kind: VoucherBatch.Kind = VoucherBatch.Kind.SOLD,
    *,
    euros: int = 10,
    count: int = 2,
    key: str = KEY,
    by: str = "dana",
    expires_at: datetime | None = None,
    **others: Any,
) -> Issued:
    """So many vouchers, and their codes."""
    words: dict[str, Any] = {"currency": "EUR", "reason": "Receipt 17", **others}
    return issuing.make(
        kind=kind, face_micro=euros * MICRO, count=count, key=key, by=by, expires_at=expires_at, **words
    )


def redeem(person: Person, code: str, *, key: str = "r", euros: int | None = None, **others: Any) -> Redemption:
    """Redeem a code, all of it or so many euros."""
    most_micro = euros * MICRO if euros is not None else None
    words: dict[str, Any] = {"currency": "EUR", "address": HOME, "most_micro": most_micro, **others}
    return redeeming.redeem(person, code, key=key, **words)


def left(batch: VoucherBatch) -> tuple[int, int]:
    """What is left on the vouchers of a batch, and what is in its account: the same, always."""
    account = Account.objects.get(name=batch.account_name)
    return sum(batch.vouchers.values_list("left_micro", flat=True)), accounts.balance_micro(account)


def voucher(issued: Issued, place: int = 1) -> Voucher:
    """One of a batch."""
    return issued.batch.vouchers.get(place=place)


def paid(person: Person, euros: int = 50, key: str = "k") -> Attempt:
    """A payment by the first rail there is."""
    return top_ups.start(person, amount_micro=euros * MICRO, currency="EUR", key=key, return_url="/")


def spend(person: Person, euros: int, key: str = "") -> None:
    """Buy something for so many euros."""
    revenue = accounts.open_account("revenue", currency="EUR", kind=Account.Kind.REVENUE)
    wallet = accounts.wallet_of(person.pk, "EUR")
    transfer(Move(f"spent:{person.pk}:{key}", wallet, revenue, euros * MICRO, "sale", f"order:{key}"))


def held(name: str) -> int:
    """What an account of that name holds, in euros' micro-units."""
    account = Account.objects.filter(name=name, currency="EUR").first()
    return accounts.balance_micro(account) if account else 0
