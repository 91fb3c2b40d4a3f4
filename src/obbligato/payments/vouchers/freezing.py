"""Keep a voucher from being redeemed, for a reason, and let it go again. What is on it stays on it.

A gift card bought after a payment that its payer took back through her bank is kept too, as far as that payment is
missing.
"""

from django.db import transaction
from django.db.models import Sum

from obbligato.kernel import clock
from obbligato.kernel.money import format_money
from obbligato.kernel.sentences import ENGLISH
from obbligato.ledger.models import Transfer
from obbligato.payments.alerting import alert
from obbligato.payments.models import Attempt, Dispute
from obbligato.payments.vouchers import handling
from obbligato.payments.vouchers.models import Handling, Voucher, VoucherBatch

What = handling.What


@transaction.atomic
def freeze(voucher: Voucher, *, key: str, by: str, reason: str) -> Handling:
    """Nobody redeems it until it is thawed. Raises ReasonNeeded, KeyUsedOtherwise."""
    voucher = handling.locked(voucher)
    before = handling.before(voucher, key, What.FROZEN)
    if before is not None:
        return before
    noted = handling.noted(voucher, key, What.FROZEN, by=by, reason=reason)
    _freeze(voucher, reason, None)
    return noted


@transaction.atomic
def thaw(voucher: Voucher, *, key: str, by: str, reason: str) -> Handling:
    """It can be redeemed again. Raises ReasonNeeded, KeyUsedOtherwise."""
    voucher = handling.locked(voucher)
    before = handling.before(voucher, key, What.THAWED)
    if before is not None:
        return before
    noted = handling.noted(voucher, key, What.THAWED, by=by, reason=reason)
    voucher.frozen_at, voucher.frozen_reason, voucher.frozen_by = None, "", None
    voucher.save(update_fields=["frozen_at", "frozen_reason", "frozen_by"])
    return noted


def cards_bought_after(attempt: Attempt) -> list[Voucher]:
    """Gift cards that a payment's payer bought since and that are not spent, oldest first, and locked.

    Vouchers are locked before accounts everywhere, so that two acts never wait for one another.
    """
    bought = (
        Voucher.objects.select_for_update(of=("self",))
        .select_related("batch")
        .filter(
            batch__kind=VoucherBatch.Kind.GIFT_CARD,
            batch__buyer_id=attempt.person_id,
            batch__currency=attempt.currency,
            batch__made_at__gte=attempt.settled_at,
            frozen_at__isnull=True,
            left_micro__gt=0,
        )
    )
    return list(bought.order_by("pk"))


def freeze_for(dispute: Dispute, cards: list[Voucher], missing_micro: int) -> list[Voucher]:
    """Freeze as many of these cards as hold what a dispute could not take back, and put it before a person."""
    frozen = []
    for card in cards:
        if missing_micro <= 0:
            break
        reason = f"Bought after a payment whose payer took it back: dispute {dispute.reference}."
        handling.noted(card, f"dispute:{dispute.pk}", What.FROZEN, by="store", reason=reason)
        _freeze(card, reason, dispute)
        missing_micro -= card.left_micro
        frozen.append(card)
    if frozen:
        held = format_money(sum(card.left_micro for card in frozen), dispute.attempt.currency, ENGLISH)
        sentence = f"Gift cards worth {held} were bought with disputed money; they are frozen."
        alert("gift_cards_frozen", f"dispute {dispute.pk}", sentence)
    return frozen


def thaw_of(dispute: Dispute) -> None:
    """The dispute was won, so its payment is whole: what was frozen for it is usable again."""
    for card in Voucher.objects.filter(frozen_by=dispute).order_by("pk"):
        thaw(card, key=f"dispute:{dispute.pk}:won", by="store", reason=f"Dispute {dispute.reference} was won.")


def made_good_micro(dispute: Dispute) -> int:
    """What of a dispute gift cards have made good that were annulled for it, in micro-units."""
    good = Transfer.objects.filter(reference=f"dispute:{dispute.pk}", kind="dispute_made_good")
    return int(good.aggregate(total=Sum("amount_micro"))["total"] or 0)


def _freeze(voucher: Voucher, reason: str, dispute: Dispute | None) -> None:
    if voucher.frozen_at is None:
        voucher.frozen_at, voucher.frozen_reason, voucher.frozen_by = clock.now(), reason[:300], dispute
        voucher.save(update_fields=["frozen_at", "frozen_reason", "frozen_by"])
