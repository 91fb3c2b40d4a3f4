"""Runs inside a store's environment: fills its catalogue with made-up music, then searches it, and FTS5 beside it.

`python -m bench.searcher TRACKS QUERIES` prints one JSON object: milliseconds of each query on either side.
"""

import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import django

TRACKS_A_RELEASE = 10
RELEASES_AN_ARTIST = 4
LABELS = 200
WORDS = 60_000
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "ne", "pa", "ro", "si", "ta", "ve", "wy", "zo", "an",
             "el", "ir", "on", "us")  # fmt: skip
GENRES = ("Ambient", "Choral", "Drone", "Jazz", "Ragtime", "Baroque", "Folk", "Techno")
FTS5 = "CREATE VIRTUAL TABLE found USING fts5(title, artist, context, prefix='2 3')"
SEARCH = "SELECT rowid, title, artist FROM found WHERE found MATCH ? ORDER BY bm25(found) LIMIT ?"
LIMIT = 20
NOW = "2026-01-01 00:00:00"
Row = tuple[object, ...]


def main() -> None:
    """Fill, index, ask."""
    django.setup()
    tracks, queries = int(sys.argv[1]), int(sys.argv[2])
    from obbligato.catalog import indexing
    from obbligato.kernel.folders import data_folder

    words = _vocabulary()
    _fill(tracks, words)
    began = time.perf_counter()
    indexing.rebuild()
    built_seconds = time.perf_counter() - began
    theirs = _fts5(data_folder() / "fts5.sqlite3")
    asked = list(_asked(queries, words, tracks))
    ours_ms, theirs_ms, slips_ms, found = _measured(asked, theirs)
    print(json.dumps({"ours": ours_ms, "fts5": theirs_ms, "slips": slips_ms, "found": found, "built": built_seconds}))


def _vocabulary() -> list[str]:
    """Words of two to four syllables, each once, the same every time."""
    chance = random.Random(1)
    words = dict.fromkeys("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS * 2))
    return list(islice(words, WORDS))


def _some(chance: random.Random, words: Sequence[str], count: int) -> str:
    """Words as in language: the n-th as often as one in n (Zipf)."""
    return " ".join(words[int(len(words) ** chance.random()) - 1] for _ in range(count))


def _title(number: int, words: Sequence[str]) -> str:
    chance = random.Random(number)
    return _some(chance, words, chance.randint(1, 4))


def _artist(number: int, words: Sequence[str]) -> str:
    chance = random.Random(-number)
    return f"{words[chance.randrange(len(words))]} {words[chance.randrange(len(words))]} {number}"


def _fill(tracks: int, words: Sequence[str]) -> None:
    """Rows as an import leaves them, written past the models: there are millions."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys=ON")
        for table, (columns, rows) in {**_names(tracks, words), **_goods(tracks, words)}.items():
            marks = ", ".join(["%s"] * (columns.count(",") + 1))
            made: Any = rows  # SQLite takes them one by one; the types of Django ask for a list.
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", made)


def _names(tracks: int, words: Sequence[str]) -> dict[str, tuple[str, Iterable[Row]]]:
    """Each table's columns and rows: labels, artists, and what all tracks share: a master, a recording a release."""
    releases = range(1, tracks // TRACKS_A_RELEASE + 1)
    artists = range(1, _artist_of(releases[-1]) + 1)
    return {
        "catalog_label": ("id, name, slug", ((n, f"Label {words[n]}", f"label-{n}") for n in range(1, LABELS + 1))),
        "catalog_artist": ("id, name, slug", ((n, _artist(n, words), f"artist-{n}") for n in artists)),
        "catalog_master": (
            "id, sha256, original_name, size_bytes, facts_json, pcm_md5, range_lu, true_peak_dbtp, peaks, imported_at",
            [(1, "0" * 64, "a.flac", 1, "{}", "", 0.0, 0.0, b"", NOW)],
        ),
        "catalog_recording": (
            "id, key, isrc, title, artist_id",
            ((n, f"pcm:{n}", "", "", _artist_of(n)) for n in releases),
        ),
        "rights_licence": (
            "recording_id, basis, evidence, territories, valid_from, declared_by, declared_at",
            ((n, "own", "", '["WORLD"]', "2020-01-01", "bench", NOW) for n in releases),
        ),
    }


def _goods(tracks: int, words: Sequence[str]) -> dict[str, tuple[str, Iterable[Row]]]:
    """The same of releases, their editions and tracks."""
    releases = range(1, tracks // TRACKS_A_RELEASE + 1)
    places = ((n, n // TRACKS_A_RELEASE + 1, n % TRACKS_A_RELEASE + 1) for n in range(tracks))
    return {
        "catalog_release": (
            "id, key, slug, artist_id, label_id, edition_id, preview, created_at",
            ((n, f"k{n}", f"r-{n}", _artist_of(n), n % LABELS + 1, n, "excerpt", NOW) for n in releases),
        ),
        "catalog_edition": (
            "id, release_id, number, digest, title, upc, genres, description, copyright, credits, made_at, made_by",
            (
                (n, n, 1, "", _title(-n, words), "", json.dumps([GENRES[n % len(GENRES)]]), "", "", "[]", NOW, "")
                for n in releases
            ),
        ),
        "catalog_track": (
            "id, edition_id, recording_id, master_id, disc, position, title, artist_credit, tags, tag_bytes",
            (
                (n + 1, r, r, 1, 1, place, _title(n, words), _artist(_artist_of(r), words), "{}", "{}")
                for n, r, place in places
            ),
        ),
    }


def _artist_of(release: int) -> int:
    return release // RELEASES_AN_ARTIST + 1


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
        title = _title(track, words).split()
        artist = _artist(_artist_of(track // TRACKS_A_RELEASE + 1), words).split()
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


def _measured(
    asked: Sequence[tuple[str, bool]], theirs: sqlite3.Connection
) -> tuple[list[float], list[float], list[float], float]:
    """Milliseconds of ours and of FTS5's for the same words in turns; of ours for slips, which FTS5 cannot answer."""
    from obbligato.catalog.searching import search
    from obbligato.sales.offers import announced

    ours_ms: list[float] = []
    theirs_ms: list[float] = []
    slips_ms: list[float] = []
    found = 0

    def ours(text: str) -> int:
        return len(search(text, limit=LIMIT, among=announced()))

    def fts5(text: str) -> int:
        match = " ".join(f'"{word}"' for word in text.split()) + " *"
        return len(theirs.execute(SEARCH, (match, LIMIT)).fetchall())

    for text, _ in asked[:30]:
        ours(text)
    for text, is_slip in asked:
        took, count = _timed(ours, text)
        found += count > 0
        if is_slip:
            slips_ms.append(took)
            continue
        ours_ms.append(took)
        theirs_ms.append(_timed(fts5, text)[0])
    return ours_ms, theirs_ms, slips_ms, found / len(asked)


def _timed(act: Callable[[str], int], text: str) -> tuple[float, int]:
    began = time.perf_counter()
    count = act(text)
    return (time.perf_counter() - began) * 1_000, count


if __name__ == "__main__":
    main()
