"""What anyone may know of claims: numbers, laws, states, decisions. No person, no address, no word of a notice."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Prefetch

from obbligato.claims.models import Claim, ClaimStep
from obbligato.claims.regimes.steps import LABELS, State
from obbligato.kernel.refusals import Missing


class NoSuchEntry(Missing):
    """There is no claim of that number in the register."""


@dataclass(frozen=True)
class Figures:
    """How many claims there are, by state and by law."""

    total: int
    by_state: list[tuple[str, int]]
    by_law: list[tuple[str, int]]


def figures() -> Figures:
    """Counts of all claims ever."""
    states, laws = Counter[str](), Counter[str]()
    for state, law, count in Claim.objects.order_by().values_list("state", "regime_name").annotate(Count("pk")):
        states[LABELS[State(state)]] += count
        laws[Claim(regime_name=law).get_regime_name_display()] += count
    return Figures(sum(states.values()), states.most_common(), laws.most_common())


def latest(limit: int, *, before: int | None = None) -> list[Claim]:
    """The newest claims, or those before one."""
    ended = Prefetch("steps", ClaimStep.objects.filter(order__isnull=False).select_related("order"), "ended_by")
    found = Claim.objects.select_related("label").prefetch_related("statements", ended).order_by("-pk")
    return list((found.filter(pk__lt=before) if before else found)[:limit])


def entry(number: str) -> Claim:
    """One claim, for what is public of it. Raises NoSuchEntry."""
    claim = Claim.objects.select_related("label").prefetch_related("statements").filter(number=number[:20]).first()
    if claim is None:
        raise NoSuchEntry("There is no claim of that number.")
    return claim
