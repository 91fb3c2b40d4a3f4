"""How soon a court's order over 10,000 recordings is in effect everywhere, and what it costs to ask whether one is."""

import json
from pathlib import Path
from typing import Any

from bench.rows import Row
from bench.scale import Scale
from bench.stores import an_empty_store, told_by

MOST_SECONDS = 2.0
MOST_MS = 0.2


def rows(folder: Path, scale: Scale) -> list[Row]:
    """Both are measured in a store's own process, on its own database."""
    told = _measured(folder / "orders", scale.ordered_recordings, scale.restrictions)
    what = f"an order over {scale.ordered_recordings:,} recordings: until page, search, preview and API obey"
    asked = f"12 recordings asked about among {scale.restrictions:,} active restrictions, median"
    words = f"{told['free_ms']:.3f} ms where they are free, {told['closed_ms']:.3f} ms where all are closed"
    return [
        Row(what, f"{told['seconds']:.2f} s", f"≤ {MOST_SECONDS:g} s", told["seconds"] <= MOST_SECONDS),
        Row(asked, words, f"≤ {MOST_MS:g} ms", max(told["free_ms"], told["closed_ms"]) <= MOST_MS),
    ]


def _measured(folder: Path, recordings: int, restrictions: int) -> dict[str, Any]:
    told = told_by(an_empty_store(folder), "bench.obeying", recordings, restrictions)
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer
