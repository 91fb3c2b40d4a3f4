"""All rows of the encoding engine, in one order: encoders alone, the running store, import, memory."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.story.running import a_store

from bench import albums, encoding, load, starting, warm
from bench.rows import Row, guarded
from bench.scale import Scale

Measure = Callable[[], Row | Sequence[Row]]


def engine_rows(album: Path, folder: Path, scale: Scale) -> list[Row]:
    """Each measurement is alone on the machine; one that breaks off is a row that says so."""
    load.allow_many_files()
    masters = sorted(album.rglob("*.flac"))
    rows = encoding.rows(masters[0], folder, scale)
    rows += _store_rows(album, masters, folder, scale)
    return rows + encoding.memory_rows(folder, scale)


def _store_rows(album: Path, masters: list[Path], folder: Path, scale: Scale) -> list[Row]:
    with a_store("bench_engine") as store:
        store.command("import", str(album))
        store.start()
        measures: dict[tuple[str, str], Measure] = {
            ("first 16 KiB of MP3-320", "≤ 0.25 ×"): partial(starting.first_audio, store, masters, scale),
            ("any byte of an unencoded file", "≤ 200 ms"): partial(starting.any_byte, store, scale),
            ("one uncached track over HTTP", "≥ 1.8 ×"): partial(albums.one_download, store, masters, folder, scale),
            ("album, two workers : one", "≥ 1.9 ×"): partial(albums.two_workers, store, scale),
            ("warm download : nginx", "≥ 0.9 ×"): partial(warm.rows, store, folder, scale),
            ("slow readers", f"{scale.slow_readers:,}"): partial(load.slow_readers, store, scale),
            ("a page while both cores encode", "≤ 3 ×"): partial(load.busy_encoders, store, scale),
        }
        return [row for (what, goal), measure in measures.items() for row in guarded(what, goal, measure)]
