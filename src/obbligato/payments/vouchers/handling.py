"""Write down what was done to a voucher, once per key, under its lock. What is done is for the acts that use it."""

from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise
from obbligato.payments.keys import own_key
from obbligato.payments.vouchers.models import Handling, Voucher

What = Handling.What


class ReasonNeeded(Invalid):
    """Whoever acts on somebody's voucher says why."""


def locked(voucher: Voucher) -> Voucher:
    """The voucher as it is now, and nobody else's to change until the transaction ends."""
    return Voucher.objects.select_for_update(of=("self",)).select_related("batch").get(pk=voucher.pk)


def before(voucher: Voucher, key: str, what: What, amount_micro: int | None = None) -> Handling | None:
    """What was done under this key already. Raises KeyUsedOtherwise where that was something else."""
    found = Handling.objects.filter(key=own_key(voucher.pk, key)).first()
    if found is not None and (found.what != what or amount_micro not in {None, found.amount_micro}):
        raise KeyUsedOtherwise("This was sent before: {found}.", found=found)
    return found


def noted(voucher: Voucher, key: str, what: What, *, by: str, reason: str, amount_micro: int = 0) -> Handling:
    """Note an act. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded("Please say why: it is kept with the voucher.")
    return Handling.objects.create(
        voucher=voucher,
        key=own_key(voucher.pk, key),
        what=what,
        amount_micro=amount_micro,
        by=by[:150],
        reason=reason[:300],
    )
