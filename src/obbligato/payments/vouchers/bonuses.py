"""Give a bonus on top of a payment, and take it back as far as the payment goes back. The ledger alone remembers it.

Of a payment of 50 with a bonus of 5, a refund of 20 takes 2 of the bonus back; never more than the wallet still holds.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from obbligato.kernel import clock
from obbligato.kernel.money import LARGEST_MICRO, minor_unit_micro
from obbligato.kernel.refusals import Invalid
from obbligato.ledger import accounts
from obbligato.ledger.models import Account, Transfer
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments.models import Attempt
from obbligato.payments.vouchers.models import BonusTier


class BadTier(Invalid):
    """The bonus makes no sense."""


def set_tier(*, currency: str, from_micro: int, bonus_micro: int, by: str) -> BonusTier:
    """Give such a bonus from now on; it takes the place of the one for the same amount. Raises BadTier."""
    unit = minor_unit_micro(currency)
    if not 0 < from_micro <= LARGEST_MICRO or from_micro % unit or bonus_micro % unit:
        raise BadTier(f"{currency} has no such amount.")
    if not 0 < bonus_micro <= from_micro:
        raise BadTier("A bonus is more than nothing and at most as much as the payment it comes with.")
    with transaction.atomic():
        for before in tiers(currency, clock.now()).filter(from_micro=from_micro):
            end_tier(before, by=by)
        return BonusTier.objects.create(
            currency=currency, from_micro=from_micro, bonus_micro=bonus_micro, set_by=by[:150]
        )


def end_tier(tier: BonusTier, *, by: str) -> BonusTier:
    """Give it no more. A payment that was begun before still brings it."""
    BonusTier.objects.filter(pk=tier.pk, valid_until__isnull=True).update(valid_until=clock.now(), ended_by=by[:150])
    tier.refresh_from_db()
    return tier


def tiers(currency: str, at: datetime) -> QuerySet[BonusTier]:
    """What was given at that moment, the least payment first."""
    begun = BonusTier.objects.filter(currency=currency, valid_from__lte=at)
    return begun.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at)).order_by("from_micro", "pk")


def bonus_micro(amount_micro: int, currency: str, at: datetime) -> int:
    """What a payment of that amount brought on top at that moment, in micro-units."""
    return reached(tiers(currency, at), amount_micro)


def reached(given: Iterable[BonusTier], amount_micro: int) -> int:
    """The bonus of the highest of these tiers that a payment reaches, in micro-units; 0 where it reaches none. Pure."""
    found = [one for one in given if one.from_micro <= amount_micro]
    return max(found, key=lambda one: one.from_micro).bonus_micro if found else 0


def grant(attempt: Attempt, amount_micro: int) -> int:
    """Give what was promised when its buyer set out to pay, by what came in. Once for each attempt."""
    given_micro = bonus_micro(amount_micro, attempt.currency, attempt.intent.created_at)
    if given_micro:
        _move(attempt, f"bonus:{attempt.number}", given_micro)
    return given_micro


def take_back(attempt: Attempt, *, gone_micro: int, most_micro: int, key: str) -> None:
    """Take back what due_micro() says. The caller holds the attempt's lock and the wallet's."""
    amount_micro = due_micro(attempt, gone_micro=gone_micro, most_micro=most_micro)
    if amount_micro:
        _move(attempt, key, -amount_micro)


def due_micro(attempt: Attempt, *, gone_micro: int, most_micro: int) -> int:
    """What is to be taken back of a payment's bonus when `gone_micro` of the payment are gone.

    As much of the bonus as of the payment, less what was taken before; at most what the wallet has, `most_micro`.
    """
    given = Transfer.objects.filter(key=f"bonus:{attempt.number}").first()
    if given is None:
        return 0
    part_micro = given.amount_micro * min(gone_micro, attempt.captured_micro) // attempt.captured_micro
    part_micro -= part_micro % minor_unit_micro(attempt.currency)
    taken_micro = given.amount_micro - _kept_micro(attempt)
    return max(0, min(part_micro - taken_micro, most_micro))


def give_again(key: str) -> None:
    """What was taken back under a key is given again: the refund failed, the dispute was won."""
    taken = Transfer.objects.select_related("source", "target").filter(key=key).first()
    if taken is not None:
        again = f"{key}:again"
        transfer(Move(again, taken.target, taken.source, taken.amount_micro, "bonus", taken.reference))


def _kept_micro(attempt: Attempt) -> int:
    """What of a payment's bonus was not taken back."""
    moved = Transfer.objects.filter(reference=f"bonus:{attempt.number}")
    sums = moved.aggregate(
        given=Sum("amount_micro", filter=Q(kind="bonus")), back=Sum("amount_micro", filter=Q(kind="bonus_back"))
    )
    return (sums["given"] or 0) - (sums["back"] or 0)


def _move(attempt: Attempt, key: str, amount_micro: int) -> None:
    """Into the wallet; where the amount is negative, out of it."""
    marketing = accounts.open_account("bonus", currency=attempt.currency, kind=Account.Kind.MARKETING)
    wallet = accounts.wallet_of(attempt.person_id, attempt.currency)
    reference = f"bonus:{attempt.number}"
    if amount_micro > 0:
        transfer(Move(key, marketing, wallet, amount_micro, "bonus", reference))
    else:
        transfer(Move(key, wallet, marketing, -amount_micro, "bonus_back", reference))
