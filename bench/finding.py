"""How long a search takes among a million tracks, beside SQLite's FTS5 over the same rows; and among ten times more."""

import json
import statistics
from collections.abc import Sequence
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
    among = f"top 20 among {scale.searched_tracks:,} tracks, letter by letter"
    goal = f"≤ {MEDIAN_MS:.0f} ms, ≤ {SLOWEST_MS:.0f} ms"
    words = f"{median:.1f} ms, 99 %: {slowest:.1f} ms, {small['found']:.0%} found something"
    found = [
        Row(f"{among}, in the process: median and slowest hundredth", words, goal,
            median <= MEDIAN_MS and slowest <= SLOWEST_MS),
        _beside(f"{among}: SQLite FTS5 with bm25 : our index, titles and names of both, means",
                small["fts5"], small["index"]),
        _beside("the same : all of our search, with what is published and open to search, means",
                small["fts5"], small["ours"]),
    ]  # fmt: skip
    if is_large:
        large = _searched(folder / "more", scale.searched_tracks * GROWTH, scale.searches, "alone")
        found.append(_grown(scale.searched_tracks * GROWTH, large["alone"], small["alone"]))
    return found


def _grown(tracks: int, large: Sequence[float], small: Sequence[float]) -> Row:
    (more, most), (some, many) = ((statistics.median(times), percentile(times, 99)) for times in (large, small))
    words = f"{more:.1f} / {some:.1f} ms = {more / some:.2f} × (99 %: {most:.1f} / {many:.1f} ms)"
    what = f"all of our search among {tracks:,} : among these, nothing in between, medians"
    return Row(what, words, f"≤ {TIMES_SLOWER:.0f} ×", more / some <= TIMES_SLOWER)


def _beside(what: str, theirs: Sequence[float], ours: Sequence[float]) -> Row:
    means, medians = ((of(theirs), of(ours)) for of in (statistics.mean, statistics.median))
    times = means[0] / means[1]
    words = (
        f"{means[0]:.1f} / {means[1]:.1f} ms = {times:.1f} × "
        f"(medians {medians[0]:.1f} / {medians[1]:.1f} ms = {medians[0] / medians[1]:.1f} ×)"
    )
    return Row(what, words, f"≥ {TIMES_FASTER:.0f} ×", times >= TIMES_FASTER)


def _searched(folder: Path, tracks: int, searches: int, *words: str) -> dict[str, Any]:
    told = told_by(an_empty_store(folder), "bench.searcher", tracks, searches, *words)
    answer: dict[str, Any] = json.loads(told)
    return answer
