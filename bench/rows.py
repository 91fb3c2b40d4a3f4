"""One row of the table, and how a row that fails is shown: the others are measured all the same."""

import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured, in words; is_reached says whether the goal was."""

    what: str
    measured: str
    goal: str
    is_reached: bool


def guarded(what: str, goal: str, measure: Callable[[], Row | Sequence[Row]]) -> list[Row]:
    """The rows of one measurement; one that says so where it broke off."""
    began = time.monotonic()
    try:
        found = measure()
        rows = [found] if isinstance(found, Row) else list(found)
    except Exception as error:
        traceback.print_exc()
        rows = [Row(what, f"could not be measured: {type(error).__name__}: {str(error)[:90]}", goal, False)]
    for row in rows:
        print(f"  {row.what}: {row.measured} (goal {row.goal})", file=sys.stderr)
    print(f"  [{what}: {time.monotonic() - began:.0f} s]", file=sys.stderr, flush=True)
    return rows


def medians(pairs: Iterable[Sequence[float]]) -> list[float]:
    """The median of each column."""
    return [statistics.median(column) for column in zip(*pairs, strict=True)]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * int(percent * 10) // 1000) - 1))]
