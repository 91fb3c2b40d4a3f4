"""End a voucher: annul what is left on it by a person's word, or when its time is over. Where it goes, `books` says."""

from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.ledger import accounts
from obbligato.ledger.transfers import Move, post
from obbligato.payments.models import Dispute
from obbligato.payments.vouchers import books, freezing, handling
from obbligato.payments.vouchers.models import Handling, Voucher, VoucherBatch

What = handling.What


class NothingLeft(Refused):
    """There is nothing on it that could be annulled."""


class DisputeUndecided(Refused):
    """Whose money is on the gift card is not known yet."""


@transaction.atomic
def annul(voucher: Voucher, *, key: str, by: str, reason: str) -> Handling:
    """What is left goes back to where it came from, and the code is good for nothing any more. Once per key.

    A gift card that was frozen for a dispute which is lost makes good what the dispute took first. Raises NothingLeft,
    DisputeUndecided, ReasonNeeded, KeyUsedOtherwise.
    """
    voucher = handling.locked(voucher)
    before = handling.before(voucher, key, What.ANNULLED)
    if before is not None:
        return before
    if voucher.left_micro == 0:
        raise NothingLeft("Nothing is left on it.")
    if voucher.frozen_by is not None and voucher.frozen_by.state == Dispute.State.OPEN:
        raise DisputeUndecided("The dispute it was frozen for is not decided; until then it is nobody's to annul.")
    noted = handling.noted(voucher, key, What.ANNULLED, by=by, reason=reason, amount_micro=voucher.left_micro)

    # All refusals are above; from here on the money moves.
    good_micro = min(voucher.left_micro, _still_missing_micro(voucher.frozen_by))
    moves = [_made_good(voucher, good_micro)] if good_micro else []
    if rest_micro := voucher.left_micro - good_micro:
        moves.append(books.end(voucher, books.source_of(voucher.batch), rest_micro, "voucher_annulled"))
    _end(voucher, moves)
    return noted


@transaction.atomic
def annul_batch(batch: VoucherBatch, *, key: str, by: str, reason: str) -> list[Handling]:
    """Annul every voucher of a batch on which something is left. Raises what annul() does, and then none is."""
    left = batch.vouchers.filter(left_micro__gt=0).order_by("pk")
    return [annul(one, key=f"{key}:{one.place}", by=by, reason=reason) for one in left]


def expire_due(limit: int) -> int:
    """End vouchers whose time is over, the oldest first; frozen ones wait. Gives how many were ended."""
    due = Voucher.objects.filter(expires_at__lte=clock.now(), left_micro__gt=0, frozen_at__isnull=True)
    found = list(due.order_by("expires_at", "pk")[:limit])
    for one in found:
        _expire(one)
    return len(found)


@transaction.atomic
def _expire(voucher: Voucher) -> None:
    voucher = handling.locked(voucher)
    if voucher.left_micro == 0 or voucher.frozen_at is not None:
        return  # Somebody was faster.
    handling.noted(
        voucher, "expired", What.EXPIRED, by="store", reason="Its time is over.", amount_micro=voucher.left_micro
    )
    _end(voucher, [books.end(voucher, books.expired_to(voucher.batch), voucher.left_micro, "voucher_expired")])


def _end(voucher: Voucher, moves: list[Move]) -> None:
    post(moves)
    voucher.left_micro, voucher.ended_at = 0, clock.now()
    voucher.save(update_fields=["left_micro", "ended_at"])


def _still_missing_micro(dispute: Dispute | None) -> int:
    """What a lost dispute took and neither a wallet nor a gift card has made good."""
    if dispute is None:
        return 0
    return dispute.amount_micro - dispute.reclaimed_micro - freezing.made_good_micro(dispute)


def _made_good(voucher: Voucher, amount_micro: int) -> Move:
    """The store's loss by the dispute is so much less."""
    assert voucher.frozen_by is not None
    batch = voucher.batch
    return Move(
        key=f"dispute:{voucher.frozen_by.pk}:made-good:{voucher.pk}",
        source=books.account_of(batch),
        target=accounts.chargeback_loss(batch.currency),
        amount_micro=amount_micro,
        kind="dispute_made_good",
        reference=f"dispute:{voucher.frozen_by.pk}",
    )
