"""What a ruling does to our rails, from what was said of it and checked. Pure: no database, no clock.

It speaks to its addressees only, says no more than its operative part, and does nothing before it is in force.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from obbligato.standing.words import Outcome, Word

NEXT: dict[Word | None, frozenset[Word]] = {
    None: frozenset({Word.DECIDED}),
    Word.DECIDED: frozenset({Word.IN_FORCE, Word.APPEALED}),
    Word.APPEALED: frozenset({Word.IN_FORCE, Word.REVERSED}),
    Word.IN_FORCE: frozenset({Word.APPEALED, Word.REVERSED}),
    Word.REVERSED: frozenset(),
}
"""What may be said of a ruling after what was last said of it. An appeal against one in force leaves it in force."""


@dataclass(frozen=True)
class Known:
    """One word of a ruling, and whether a second person has checked it and believes it."""

    state: Word
    is_believed: bool


@dataclass(frozen=True)
class Facts:
    """A ruling as it was recorded; `rails` are those whose counterparty it is addressed to."""

    outcome: Outcome
    speaks_for_us: bool
    rails: frozenset[str]


def is_in_force(said: Sequence[Known]) -> bool:
    """Whether the ruling is in force, by words in their order; what is not believed was never said."""
    force = False
    for word in said:
        if word.is_believed and word.state in {Word.IN_FORCE, Word.REVERSED}:
            force = word.state == Word.IN_FORCE
    return force


def last_word(said: Sequence[Known]) -> Word | None:
    """What was last said of it and believed."""
    return next((word.state for word in reversed(said) if word.is_believed), None)


def restores(ruling: Facts, said: Sequence[Known], rails: Iterable[str]) -> frozenset[str]:
    """Which of an incident's rails have to be restored by it."""
    if not (is_in_force(said) and ruling.speaks_for_us and ruling.outcome == Outcome.FAVOURABLE):
        return frozenset()
    return ruling.rails & frozenset(rails)


def upholds(ruling: Facts, said: Sequence[Known]) -> bool:
    """Whether it upholds what was done to us."""
    return is_in_force(said) and ruling.speaks_for_us and ruling.outcome == Outcome.UNFAVOURABLE
