"""Tell what of a wallet came by payments, as a bonus, as a gift or from elsewhere, by folding its transfers. It reads.

What was given is spent first and a bonus last. So nobody buys with a bonus and has the payment back it came with, and
nothing that never came by a card goes back to one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from obbligato.ledger.accounts import wallet_name
from obbligato.ledger.models import Account, Transfer


class Pot(StrEnum):
    """Where money in a wallet comes from."""

    GIVEN = "given"
    """By the store for nothing: promotional vouchers, goodwill. It cannot go back, nor become a gift card."""
    ELSEWHERE = "elsewhere"
    """Cash, vouchers that were sold, gift cards: it cannot go back by a rail."""
    PAID = "paid"
    """By payments: it can go back to where it came from."""
    BONUS = "bonus"
    """With payments, on top: it cannot go back, nor become a gift card."""


INTO = {
    "top_up": Pot.PAID,
    "bank_transfer": Pot.PAID,
    "refund_back": Pot.PAID,
    "bonus": Pot.BONUS,
    "promotion": Pot.GIVEN,
    "goodwill": Pot.GIVEN,
}
"""By the kind of a transfer; whatever is not named came from elsewhere."""
BACK_AS_SPENT = {"returned", "refunded", "voucher_annulled", "dispute_restored"}
"""What comes back goes where it was taken from, by its reference."""
SPENT = (Pot.GIVEN, Pot.ELSEWHERE, Pot.PAID, Pot.BONUS)
PAID_FIRST = (Pot.PAID, Pot.ELSEWHERE, Pot.GIVEN, Pot.BONUS)
ELSEWHERE_FIRST = (Pot.ELSEWHERE, Pot.PAID, Pot.GIVEN, Pot.BONUS)
OUT_OF = {
    "refund_due": PAID_FIRST,
    "dispute_reclaimed": PAID_FIRST,
    "bonus_back": (Pot.BONUS, Pot.PAID, Pot.ELSEWHERE, Pot.GIVEN),
    "gift_card": ELSEWHERE_FIRST,
    "voucher_back": ELSEWHERE_FIRST,
}


@dataclass(frozen=True)
class Step:
    """One movement of a wallet: micro-units, positive where they came in."""

    amount_micro: int
    kind: str
    reference: str = ""


def pots(person_id: int, currency: str) -> Counter[Pot]:
    """What is in each pot of a person's wallet, in micro-units; together, its balance. Looking opens none."""
    wallet = Account.objects.filter(name=wallet_name(person_id), currency=currency).first()
    if wallet is None:
        return Counter()
    made = Transfer.objects.filter(Q(source=wallet) | Q(target=wallet)).order_by("pk")
    rows = made.values_list("target_id", "amount_micro", "kind", "reference")
    return fold(
        Step(amount if target == wallet.pk else -amount, kind, reference) for target, amount, kind, reference in rows
    )


def fold(steps: Iterable[Step]) -> Counter[Pot]:
    """What is in each pot after these movements, in their order. Pure."""
    held: Counter[Pot] = Counter()
    spent: defaultdict[str, Counter[Pot]] = defaultdict(Counter)
    for step in steps:
        if step.amount_micro < 0:
            taken = _taken(held, -step.amount_micro, OUT_OF.get(step.kind, SPENT))
            held -= taken
            spent[step.reference] += taken
        elif step.kind in BACK_AS_SPENT:
            back = _taken(spent[step.reference], step.amount_micro, SPENT[::-1])
            spent[step.reference] -= back
            back[Pot.ELSEWHERE] += step.amount_micro - back.total()
            held += back
        else:
            held[INTO.get(step.kind, Pot.ELSEWHERE)] += step.amount_micro
    return held


def _taken(held: Counter[Pot], amount_micro: int, order: tuple[Pot, ...]) -> Counter[Pot]:
    """What of an amount each pot gives, in this order, as far as they reach."""
    taken: Counter[Pot] = Counter()
    for pot in order:
        taken[pot] = min(held[pot], amount_micro)
        amount_micro -= taken[pot]
    return taken
