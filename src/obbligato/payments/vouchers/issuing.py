"""Make a batch of vouchers: its value is set aside at once, and its codes exist in this one answer alone.

Above a limit, over the batch's whole value, it takes two people.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from obbligato.kernel import chance, clock
from obbligato.kernel.money import LARGEST_MICRO, format_money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise
from obbligato.ledger.transfers import transfer
from obbligato.payments import two_people
from obbligato.payments.keys import own_key
from obbligato.payments.vouchers import books
from obbligato.payments.vouchers.fingerprints import code_under, fingerprint
from obbligato.payments.vouchers.models import Voucher, VoucherBatch

Kind, State = VoucherBatch.Kind, VoucherBatch.State
MOST = 500
"""Vouchers in a batch: what can be printed while somebody waits."""
SHORTEST_KEY = 16
"""Characters: a form's own key has 128 random bits in 22 of them, and the codes follow from it."""


class BadBatch(Invalid):
    """The batch makes no sense."""


@dataclass(frozen=True)
class Issued:
    """A batch, and its codes in the order of their places: none where they were shown before or do not exist yet."""

    batch: VoucherBatch
    codes: tuple[str, ...] = ()


@transaction.atomic
def make(
    *,
    kind: VoucherBatch.Kind,
    face_micro: int,
    currency: str,
    count: int,
    key: str,
    by: str,
    reason: str,
    expires_at: datetime | None = None,
) -> Issued:
    """Make so many vouchers, or propose to where it takes two people. The same key gives the same batch and codes.

    Raises BadBatch, KeyUsedOtherwise.
    """
    _refuse_senseless(face_micro, currency, count)
    if kind == Kind.GIFT_CARD or not reason.strip():
        raise BadBatch("A batch needs a reason: what it is for, or the number of the receipt.")
    if expires_at is not None and expires_at <= clock.now():
        raise BadBatch("That day is over already.")
    values = {"kind": kind, "face_micro": face_micro, "currency": currency, "count": count, "expires_at": expires_at}
    batch, is_new = kept(f"{by}:{key}", key, {**values, "asked_by": by[:150], "reason": reason[:300]})
    if any(getattr(batch, name) != value for name, value in values.items()):
        raise KeyUsedOtherwise(f"This was sent before, for {batch}.")
    if not is_new:
        return shown_again(batch, key)
    is_enough = two_people.may_alone(by, batch.whole_micro, currency, reference=f"vouchers:{batch.number}")
    return made(batch, key) if is_enough else Issued(batch)


@transaction.atomic
def approve(batch: VoucherBatch, *, key: str, by: str) -> Issued:
    """The second person's word: the vouchers are made, and she has their codes. Raises SecondPersonNeeded."""
    batch = VoucherBatch.objects.select_for_update().get(pk=batch.pk)
    two_people.refuse_the_same(by, batch.asked_by, "batch")
    if batch.state != State.PROPOSED:
        return shown_again(batch, key)
    _refuse_short(key)
    batch.approved_by = by[:150]
    return made(batch, key)


@transaction.atomic
def reject(batch: VoucherBatch, *, by: str) -> VoucherBatch:
    """A proposed batch is not made."""
    batch = VoucherBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state == State.PROPOSED:
        batch.state = State.REJECTED
        batch.reason = f"{batch.reason[:200]} (rejected by {by[:80]})"
        batch.save()
    return batch


def kept(owner: str, key: str, values: dict[str, object]) -> tuple[VoucherBatch, bool]:
    """The batch of an owner's key, proposed; and whether it is new. Raises BadBatch where the key is too short."""
    _refuse_short(key)
    defaults = {"number": chance.token(8), **values}
    return VoucherBatch.objects.get_or_create(key=own_key(0, owner), defaults=defaults)


def made(batch: VoucherBatch, key: str) -> Issued:
    """Set the value aside and make the vouchers. Raises NotEnoughMoney where a buyer's wallet does not reach."""
    transfer(books.issue(batch))
    codes = _codes(batch, key)
    Voucher.objects.bulk_create(
        Voucher(
            batch=batch,
            place=place,
            code_hash=fingerprint(code),
            last_four=code[-4:],
            value_micro=batch.face_micro,
            left_micro=batch.face_micro,
            expires_at=batch.expires_at,
        )
        for place, code in enumerate(codes, start=1)
    )
    batch.state, batch.made_at = State.MADE, clock.now()
    batch.save()
    return Issued(batch, codes)


def shown_again(batch: VoucherBatch, key: str) -> Issued:
    """The codes once more for whoever sends the same form again: a double click must not cost them."""
    first = batch.vouchers.filter(place=1).first()
    codes = _codes(batch, key) if first is not None else ()
    return Issued(batch, codes if first is not None and fingerprint(codes[0]) == first.code_hash else ())


def _codes(batch: VoucherBatch, key: str) -> tuple[str, ...]:
    return tuple(code_under(key, batch.number, place) for place in range(1, batch.count + 1))


def _refuse_senseless(face_micro: int, currency: str, count: int) -> None:
    if not 0 < count <= MOST:
        raise BadBatch(f"A batch has from 1 to {MOST} vouchers.")
    if not 0 < face_micro <= LARGEST_MICRO // MOST or face_micro % minor_unit_micro(currency):
        most = format_money(LARGEST_MICRO // MOST, currency)
        raise BadBatch(f"A voucher is worth a whole amount of {currency}, at most {most}.")


def _refuse_short(key: str) -> None:
    if len(key) < SHORTEST_KEY:
        raise BadBatch("The form came back incomplete. Please go back, reload the page and try again.")
