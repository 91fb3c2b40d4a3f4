"""Runs inside a store's environment: fills its catalogue with made-up music, then searches it, and FTS5 beside it.

`python -m bench.searcher TRACKS QUERIES` prints one JSON object: milliseconds of each query on each side, and of ours
with nothing in between; with `alone` behind it the latter only, and FTS5 is not filled.
"""

import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import django

from bench.filling import TRACKS_A_RELEASE, artist_name, artist_of, fill, title_of, vocabulary

FTS5 = "CREATE VIRTUAL TABLE found USING fts5(title, artist, context, prefix='2 3')"
SEARCH = "SELECT rowid, title, artist FROM found WHERE found MATCH ? ORDER BY bm25(found) LIMIT ?"
LIMIT = 20
WARMED = 30
"""How many are asked before the clock is read."""


def main() -> None:
    """Fill, index, ask."""
    django.setup()
    tracks, queries = int(sys.argv[1]), int(sys.argv[2])
    from obbligato.catalog import indexing
    from obbligato.kernel.folders import data_folder

    words = vocabulary()
    fill(tracks, words)
    began = time.perf_counter()
    indexing.rebuild()
    built_seconds = time.perf_counter() - began
    asked = list(_typed(_asked(queries, words, tracks)))
    measured = {"alone": _alone([text for text, _ in asked]), "built": built_seconds}
    if "alone" not in sys.argv:
        measured |= _beside(asked, _fts5(data_folder() / "fts5.sqlite3"))
    print(json.dumps(measured))


def _fts5(file: Path) -> sqlite3.Connection:
    """The same tracks with the same words in SQLite's own full-text index."""
    from django.db import connection

    theirs = sqlite3.connect(file)
    theirs.execute(FTS5)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT track.id, track.title, artist_credit, edition.title FROM catalog_track track "
            "JOIN catalog_edition edition ON edition.id = edition_id"
        )
        theirs.executemany("INSERT INTO found (rowid, title, artist, context) VALUES (?, ?, ?, ?)", cursor)
    theirs.execute("INSERT INTO found (found) VALUES ('optimize')")
    theirs.commit()
    return theirs


def _asked(count: int, words: Sequence[str], tracks: int) -> Iterator[tuple[str, bool]]:
    """What people type of tracks there are, and whether it has a slip in it."""
    chance = random.Random(7)
    for number in range(count):
        track = chance.randrange(tracks)
        title = title_of(track, words).split()
        artist = artist_name(artist_of(track // TRACKS_A_RELEASE + 1), words).split()
        kind = number % 10
        if kind < 4:
            yield " ".join(title[:2]), False
        elif kind < 6:
            yield f"{artist[0]} {title[0]}", False
        elif kind == 6:
            yield title[-1], False
        elif kind < 9:
            yield f"{artist[1]} {title[0][:3]}", False
        else:
            yield f"{artist[0]} {title[0][:-1]}{'x' if len(title[0]) > 4 else ''}", True


def _typed(asked: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Each as a field that searches while one types asks for it: letter by letter, from the second on."""
    for text, is_slip in asked:
        for length in range(2, len(text) + 1):
            if not text[:length].endswith(" "):
                yield text[:length], is_slip and length == len(text)


def _alone(asked: Sequence[str]) -> list[float]:
    """Milliseconds of ours, one after the other."""
    for text in asked[:WARMED]:
        _ours(text)
    return [_timed(_ours, text)[0] for text in asked]


def _ours(text: str) -> int:
    from obbligato.catalog.searching import search
    from obbligato.sales.offers import announced

    return len(search(text, limit=LIMIT, among=announced))


def _beside(asked: Sequence[tuple[str, bool]], theirs: sqlite3.Connection) -> dict[str, list[float] | float]:
    """Milliseconds of ours, of its index alone and of FTS5 for the same words in turns; of ours for slips, which FTS5
    cannot answer; and the share of all that found something.
    """
    from obbligato.catalog.naming import folded
    from obbligato.catalog.searching import matched

    times: dict[str, list[float]] = {"ours": [], "index": [], "fts5": [], "slips": []}
    found = 0

    def index(text: str) -> int:
        return len(matched(folded(text).split(), LIMIT) or ())

    def fts5(text: str) -> int:
        match = " ".join(f'"{word}"' for word in text.split()) + " *"
        return len(theirs.execute(SEARCH, (match, LIMIT)).fetchall())

    for text, is_slip in asked:
        took, count = _timed(_ours, text)
        found += count > 0
        if is_slip:
            times["slips"].append(took)
            continue
        times["ours"].append(took)
        times["index"].append(_timed(index, text)[0])
        times["fts5"].append(_timed(fts5, text)[0])
    return {**times, "found": found / len(asked)}


def _timed(act: Callable[[str], int], text: str) -> tuple[float, int]:
    began = time.perf_counter()
    count = act(text)
    return (time.perf_counter() - began) * 1_000, count


if __name__ == "__main__":
    main()
