"""Compare what was ordered ahead with what comes out: pure arithmetic. It reads no database."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

Place = tuple[int, int]


@dataclass(frozen=True)
class Spot:
    """A track as it is known by again: its recording's key, its disc and position."""

    recording: Hashable
    place: Place


def counterparts(ordered: Sequence[Spot], coming: Sequence[Spot]) -> list[int | None]:
    """For each track that comes out, which of the ordered ones it is: by its recording, else by its place.

    A track that was mastered anew may be another recording, and is the same track to whoever ordered it. None of the
    ordered ones is taken twice.
    """
    found: list[int | None] = [None] * len(coming)
    free = dict(enumerate(ordered))
    for name in ("recording", "place"):
        for number, one in enumerate(coming):
            if found[number] is None:
                same = (place for place, other in free.items() if getattr(other, name) == getattr(one, name))
                found[number] = next(same, None)
                free.pop(found[number], None)  # type: ignore[arg-type]
    return found


def honoured(quoted_micro: int | None, today_micro: int) -> int:
    """What a track costs on the day, in micro-units: never more than quoted, and nothing where it was not quoted."""
    return min(quoted_micro or 0, today_micro)
