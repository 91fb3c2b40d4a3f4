"""Measure and print one table: each row is a ratio against a named public tool, or a figure with its goal.

`python -m bench --only encode` measures the encoding engine alone, `--only import`, `pages`, `money`, `search`,
`catalogue`, `log`, `casefile` and `orders` the others; `--quick` shows on small sizes that every row works: its figures
mean nothing.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.story.running import a_store

from bench import case_files, catalogue, finding, import_pass, memory, money, news, orders, pages, public_log
from bench.engine import engine_rows
from bench.label import write_album
from bench.rows import Row, guarded
from bench.scale import QUICK, WHOLE

ROUNDS = 3
SECTIONS = ("encode", "import", "pages", "money", "search", "catalogue", "log", "casefile", "orders")


def main() -> int:
    """Exit status 0 when every goal was reached, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, help="one section of the table")
    parser.add_argument("--quick", action="store_true", help="small sizes, only to see that every row works")
    parser.add_argument("--large", action="store_true", help="search ten times as many tracks too: half an hour more")
    options = parser.parse_args()
    scale = QUICK if options.quick else WHOLE
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="obbligato-bench-") as name:
        folder = Path(name)
        album = write_album(folder / "label", tracks=scale.tracks, seconds=scale.track_seconds)
        if options.only in {None, "encode"}:
            rows += engine_rows(album, folder, scale)
        if options.only in {None, "import"}:
            rows += guarded("import pass", "≤ 0.75 ×", partial(import_pass.rows, album, scale))
        if options.only in {None, "pages"}:
            rows += guarded("pages and memory", "", partial(_pages, album))
        if options.only in {None, "money"}:
            rows += guarded("checkouts", "", partial(money.checkout_rows, album, folder, scale))
            rows += guarded("news", f"≥ {news.LEAST_A_SECOND}", partial(news.rows, album, scale))
            rows += guarded("audit", "≤ 60 s, ≤ 300 MB", partial(money.audit_row, folder, scale))
        if options.only in {None, "search"}:
            rows += guarded("search", "", partial(finding.rows, folder, scale, is_large=options.large))
        if options.only in {None, "catalogue"}:
            rows += guarded("pages of a large catalogue", "≤ 1.2 ×", partial(catalogue.rows, folder, scale))
        if options.only in {None, "log"}:
            rows += guarded("public log", "", partial(public_log.rows, folder, scale))
        if options.only in {None, "casefile"}:
            rows += guarded("case file", "≤ 20 s", partial(case_files.rows, folder, scale))
        if options.only in {None, "orders"}:
            rows += guarded("orders", "", partial(orders.rows, folder, scale))
    _print(rows, is_quick=options.quick)
    return 0 if all(row.is_reached for row in rows) else 1


def _print(rows: Sequence[Row], *, is_quick: bool) -> None:
    title = "A quick run: the figures mean nothing" if is_quick else "Medians; both sides in this run"
    table = Table("what", "measured", "goal", "reached", title=title)
    for row in rows:
        table.add_row(row.what, row.measured, row.goal, "yes" if row.is_reached else "NO")
    Console(width=160).print(table)


def _pages(album: Path) -> list[Row]:
    with a_store("bench_pages") as store:
        store.command("import", str(album))
        store.start()
        megabytes = memory.resident_megabytes(store.pid)
        rates = pages.rates(store, rounds=ROUNDS)
    ours, theirs = (statistics.median(side) for side in zip(*rates, strict=True))
    words = f"{ours:.0f} / {theirs:.0f} requests a second = {ours / theirs:.2f}"
    return [
        Row("idle memory of the running store (RSS of all processes)", f"{megabytes:.0f} MB", "≤ 250 MB",
            megabytes <= 250),
        Row("release page, whole stack : bare Django view, same template, WSGI", words, "≥ 0.60",
            ours / theirs >= 0.6),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
