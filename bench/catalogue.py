"""What pages cost where the catalogue is large: the same ones of a store with a thousand tracks and of one with a
million, asked in turns; and when a browser that is four times slower shows the first of home, search and release page.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2 as httpx
from tests.story.running import RunningStore

from bench.filling import vocabulary
from bench.rows import Row
from bench.scale import Scale
from bench.stores import an_empty_store, told_by

FEW = 1_000
TIMES_SLOWER = 1.2
ROUNDS = 60
WARMING = 10
FIRST_PAINT_MS = 1_000
SLOWED = 4
LOADS = 7
OFTEN = vocabulary()[0]
"""A word that more titles have, of few tracks too, than a page shows."""
PAGES = {
    "home": "/",
    "new releases": "/releases",
    "genres": "/genres",
    "one genre": "/genres/ambient",
    "artists": "/artists",
    "one artist": "/artists/artist-9",
    "labels": "/labels",
    "one label": "/labels/label-2",
    "charts": "/charts",
    "search": f"/search?q={OFTEN}",
    "suggestions": f"/search/suggestions?q={OFTEN[:3]}",
    "release": "/releases/r-37",
}
HEADERS = {"suggestions": {"HX-Request": "true"}}
"""As the search field's script asks."""
LONGER = {"artists", "labels"}
"""Where few tracks cannot fill the page: there its names are counted, and its time says nothing of the catalogue."""
PAINTED = ("home", "search", "release")


def rows(folder: Path, scale: Scale) -> list[Row]:
    """One row for all pages, one for each first paint. The slowest page's ratio counts."""
    with ExitStack() as opened:
        few = opened.enter_context(_filled(folder / "few", FEW))
        many = opened.enter_context(_filled(folder / "many", scale.searched_tracks))
        times = {name: _medians([few, many], path, HEADERS.get(name, {})) for name, path in PAGES.items()}
        painted = _painted(many)
    ratios = {name: many_ms / few_ms for name, (few_ms, many_ms) in times.items()}
    told = "; ".join(
        f"{name}{', which is longer there' if name in LONGER else ''} {few_ms:.1f} / {many_ms:.1f} ms"
        for name, (few_ms, many_ms) in times.items()
    )
    slowest = max(ratios.keys() - LONGER, key=lambda name: ratios[name])
    return [
        Row(
            f"a page of {scale.searched_tracks:,} tracks : of {FEW:,}, the slowest of {len(PAGES.keys() - LONGER)}",
            f"{slowest}: {ratios[slowest]:.2f} ×, all together {_together(times):.2f} × ({told})",
            f"≤ {TIMES_SLOWER} ×",
            ratios[slowest] <= TIMES_SLOWER,
        ),
        *(
            Row(
                f"first contentful paint of the {name} page, CPU {SLOWED} × slower, median of {LOADS}",
                f"{milliseconds:.0f} ms",
                f"≤ {FIRST_PAINT_MS:,} ms",
                milliseconds <= FIRST_PAINT_MS,
            )
            for name, milliseconds in painted.items()
        ),
    ]


def _together(times: dict[str, tuple[float, float]]) -> float:
    alike = [both for name, both in times.items() if name not in LONGER]
    return sum(many for _, many in alike) / sum(few for few, _ in alike)


@contextmanager
def _filled(folder: Path, tracks: int) -> Iterator[RunningStore]:
    store = an_empty_store(folder)
    told_by(store, "bench.filling", tracks)
    store.start()
    try:
        yield store
    finally:
        store.kill()


def _medians(stores: Sequence[RunningStore], path: str, headers: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds of one request to either, over a connection that stays open, asked in turns."""
    with ExitStack() as opened:
        clients = [
            opened.enter_context(httpx.Client(base_url=store.url, headers=dict(headers), timeout=60))
            for store in stores
        ]
        took: list[list[float]] = [[], []]
        for number in range(WARMING + ROUNDS):
            for client, times in zip(clients, took, strict=True):
                answer = client.get(path)
                assert answer.status_code == 200, (path, answer.status_code)
                if number >= WARMING:
                    times.append(answer.elapsed.total_seconds() * 1_000)
    few, many = (statistics.median(times) for times in took)
    return few, many


def _painted(store: RunningStore) -> dict[str, float]:
    """Median milliseconds from the click to the first contentful paint (W3C Paint Timing), with nothing cached."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        found = {}
        for name in PAINTED:
            times = []
            for _ in range(LOADS):
                context = browser.new_context(base_url=store.url)
                page = context.new_page()
                context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
                page.goto(PAGES[name], wait_until="load")
                paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
                page.wait_for_function(paint)
                times.append(float(page.evaluate(paint)))
                context.close()
            found[name] = statistics.median(times)
        browser.close()
    return found
