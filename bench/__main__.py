"""Measure and print one table: each row is a ratio against a named public tool, or a figure with its goal."""

import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.story.running import a_store

from bench import importing, memory, pages
from bench.label import write_album

ROUNDS = 3


def main() -> int:
    """Exit status 0 when every goal was reached, else 1."""
    rows: list[tuple[str, str, str, bool]] = []
    with tempfile.TemporaryDirectory(prefix="obbligato-bench-") as folder:
        album = write_album(Path(folder) / "label")
        rows.append(_importing(album))
        with a_store("bench_pages") as store:
            store.command("import", str(album))
            store.start()
            rows.append(_memory(memory.resident_megabytes(store.pid)))
            rows.append(_pages(pages.rates(store, rounds=ROUNDS)))
    table = Table("what", "measured", "goal", "reached", title="Medians; both sides in this run")
    for what, measured, goal, is_reached in rows:
        table.add_row(what, measured, goal, "yes" if is_reached else "NO")
    Console(width=140).print(table)
    return 0 if all(row[3] for row in rows) else 1


def _importing(album: Path) -> tuple[str, str, str, bool]:
    runs = [importing.cpu_seconds(album) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(side) for side in zip(*runs, strict=True))
    ratio = ours / theirs
    words = f"{ours:.2f} s / {theirs:.2f} s of CPU = {ratio:.2f} ×"
    return ("import of 10 tracks, 40 min, all analysis : flac -t", words, "≤ 5 ×", ratio <= 5)


def _memory(megabytes: float) -> tuple[str, str, str, bool]:
    return (
        "idle memory of the running store (RSS of all processes)",
        f"{megabytes:.0f} MB",
        "≤ 250 MB",
        megabytes <= 250,
    )


def _pages(rates: list[tuple[float, float]]) -> tuple[str, str, str, bool]:
    ours, theirs = (statistics.median(side) for side in zip(*rates, strict=True))
    ratio = ours / theirs
    words = f"{ours:.0f} / {theirs:.0f} requests a second = {ratio:.2f}"
    return ("release page, whole stack : bare Django view, same template, WSGI", words, "≥ 0.60", ratio >= 0.6)


if __name__ == "__main__":
    sys.exit(main())
