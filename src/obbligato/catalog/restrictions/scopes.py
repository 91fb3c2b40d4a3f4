"""The algebra of scopes: recordings × territories × effects × [from, to), and what several of them close together.

What is in effect at a moment is the union of all scopes: nothing is subtracted, so that the end of one never opens what
another closes. It knows no database and no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import NamedTuple

WORLD = "WORLD"


class Point(NamedTuple):
    """One question: may this be done with the recording there? The territory is ISO 3166-1 alpha-2, or "" unknown."""

    recording: int
    territory: str
    effect: str


@dataclass(frozen=True)
class Scope:
    """What one decision or order closes; `ends_at` is the first moment at which it no longer does, None for never."""

    recordings: frozenset[int]
    territories: frozenset[str]
    effects: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None = None

    def is_in_effect(self, at: datetime) -> bool:
        """Whether the moment lies in [from, to)."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def covers(self, point: Point, *, at: datetime) -> bool:
        """Whether it closes that point at the moment. WORLD holds each territory, also one that is not known."""
        is_there = WORLD in self.territories or point.territory in self.territories
        return (
            self.is_in_effect(at) and point.recording in self.recordings and is_there and point.effect in self.effects
        )

    def until(self, at: datetime) -> "Scope":
        """The same, ended at the moment or where it would have ended before."""
        return replace(self, ends_at=at if self.ends_at is None else min(at, self.ends_at))


def is_closed(scopes: Iterable[Scope], point: Point, *, at: datetime) -> bool:
    """Whether the union of the scopes closes a point at the moment."""
    return any(scope.covers(point, at=at) for scope in scopes)


def changed(scope: Scope, others: Iterable[Scope], *, at: datetime) -> frozenset[int]:
    """The recordings of a scope for which it makes a difference at the moment: something of it nobody else closes."""
    beside = list(others)
    return frozenset(
        recording
        for recording in scope.recordings
        if not all(
            is_closed(beside, Point(recording, territory, effect), at=at)
            for territory, effect in product(scope.territories, scope.effects)
        )
    )
