"""How long a search takes among a million tracks, beside SQLite's FTS5 over the same rows; and among ten times more."""

import json
import statistics
from pathlib import Path
from typing import Any

from bench.rows import Row, percentile
from bench.scale import Scale
from bench.stores import an_empty_store, told_by

MEDIAN_MS, SLOWEST_MS = 5.0, 25.0
TIMES_FASTER = 10.0
TIMES_SLOWER = 2.0
GROWTH = 10


def rows(folder: Path, scale: Scale, *, is_large: bool) -> list[Row]:
    """The whole of search(): the index, and the rows of the database that it gives."""
    small = _searched(folder / "some", scale.searched_tracks, scale.searches)
    ours = [*small["ours"], *small["slips"]]
    median, slowest = statistics.median(ours), percentile(ours, 99)
    ours_mean, theirs_mean = statistics.mean(small["ours"]), statistics.mean(small["fts5"])
    ours_median, theirs_median = statistics.median(small["ours"]), statistics.median(small["fts5"])
    times = theirs_mean / ours_mean
    among = f"top 20 among {scale.searched_tracks:,} tracks, letter by letter"
    goal = f"≤ {MEDIAN_MS:.0f} ms, ≤ {SLOWEST_MS:.0f} ms"
    words = f"{median:.1f} ms, 99 %: {slowest:.1f} ms, {small['found']:.0%} found something"
    beside = (
        f"{theirs_mean:.1f} / {ours_mean:.1f} ms = {times:.1f} × "
        f"(medians {theirs_median:.1f} / {ours_median:.1f} ms = {theirs_median / ours_median:.1f} ×)"
    )
    found = [
        Row(f"{among}, in the process: median and slowest hundredth", words, goal,
            median <= MEDIAN_MS and slowest <= SLOWEST_MS),
        Row(f"{among}: SQLite FTS5 with bm25 : ours, means", beside, f"≥ {TIMES_FASTER:.0f} ×",
            times >= TIMES_FASTER),
    ]  # fmt: skip
    if is_large:
        large = _searched(folder / "more", scale.searched_tracks * GROWTH, scale.searches)
        slower = statistics.median([*large["ours"], *large["slips"]]) / median
        what = f"the same among {GROWTH} times as many : among these, medians"
        found.append(Row(what, f"{slower:.2f} ×", f"≤ {TIMES_SLOWER:.0f} ×", slower <= TIMES_SLOWER))
    return found


def _searched(folder: Path, tracks: int, searches: int) -> dict[str, Any]:
    told = told_by(an_empty_store(folder), "bench.searcher", tracks, searches)
    answer: dict[str, Any] = json.loads(told)
    return answer
