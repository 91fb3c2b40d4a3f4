"""What ranking three samples round after round says: exact arithmetic on answers. It knows nobody and hears nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import comb

TOLD_BY_CHANCE_AT_MOST = Fraction(1, 20)


class Kind(StrEnum):
    """What a sample is."""

    LOW = "low"
    HIGH = "high"
    EXACT = "exact"


PLACES = "abc"
"""How the three samples of a round are called."""


@dataclass(frozen=True)
class Ranking:
    """One answer: the places of the sample that sounded best and of the one that sounded worst."""

    best: str
    worst: str

    def __post_init__(self) -> None:
        assert self.best != self.worst, "two different places"
        assert {self.best, self.worst} <= set(PLACES), "places of samples"

    def is_above(self, one: str, other: str) -> bool:
        """Whether the sample at one place was ranked above that at another."""
        return self._rank(one) > self._rank(other)

    def _rank(self, place: str) -> int:
        return {self.best: 2, self.worst: 0}.get(place, 1)


@dataclass(frozen=True)
class Told:
    """In how many of all rounds the exact copy was ranked above a coded one."""

    right: int
    rounds: int

    @property
    def by_chance(self) -> Fraction:
        """How likely somebody who only guesses gets at least so many right."""
        return at_least(self.right, self.rounds)

    @property
    def better_than_chance_percent(self) -> int:
        """In whole percent, rounded down; what is left is how likely guessing alone would do it."""
        return int(100 * (1 - self.by_chance))

    @property
    def is_told(self) -> bool:
        """Whether guessing would hardly do it: at most one time in twenty."""
        return self.by_chance <= TOLD_BY_CHANCE_AT_MOST


def at_least(right: int, rounds: int) -> Fraction:
    """The chance of so many or more heads in so many throws of a coin: the binomial distribution's upper tail."""
    assert 0 <= right <= rounds, "nobody is right more often than asked"
    return Fraction(sum(comb(rounds, number) for number in range(right, rounds + 1)), 2**rounds)


def told(kind: Kind, orders: Sequence[Sequence[Kind]], rankings: Sequence[Ranking]) -> Told:
    """How often a coded sample was told from the exact one; orders say what stood at each place of a round."""
    right = 0
    for order, ranking in zip(orders, rankings, strict=True):
        place = dict(zip(order, PLACES, strict=True))
        right += ranking.is_above(place[Kind.EXACT], place[kind])
    return Told(right, len(rankings))


def cheapest(low: Told, high: Told) -> Kind:
    """The smallest of the three that was not told from the exact copy."""
    if not low.is_told:
        return Kind.LOW
    return Kind.EXACT if high.is_told else Kind.HIGH
