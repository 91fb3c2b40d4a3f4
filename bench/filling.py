"""Fills a store's catalogue with made-up music, past the models, for there are millions: rows as an import leaves them.

What it makes is the same every time. Half of all releases are of one genre, and labels grow with the catalogue.
"""

import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

TRACKS_A_RELEASE = 10
RELEASES_AN_ARTIST = 4
RELEASES_A_LABEL = 500
LEAST_LABELS = 2
WORDS = 60_000
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "ne", "pa", "ro", "si", "ta", "ve", "wy", "zo", "an",
             "el", "ir", "on", "us")  # fmt: skip
GENRES = ("Ambient", "Choral", "Drone", "Jazz", "Ragtime", "Baroque", "Folk", "Techno")
NOW = "2026-01-01 00:00:00"
DAY = "2026-01-01"
FACTS = {"container": "flac", "codec": "flac", "sample_rate": 44_100, "bits": 16, "channels": 2, "samples": 10_584_000,
         "pcm_md5": "0" * 32, "flac_bytes": 25_000_000, "frames_offset": 8_192, "has_twin": False}  # fmt: skip
PEAKS = bytes(range(200)) * 4
Row = tuple[object, ...]
Table = tuple[str, Iterable[Row]]
"""Columns, and a row for each of them."""


def fill(tracks: int, words: Sequence[str]) -> None:
    """So many tracks on sale, with their prices, licences and lists."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys=ON")
        for table, (columns, rows) in {
            **_names(tracks, words),
            **_goods(tracks, words),
            **_lists(tracks, words),
        }.items():
            rest = _other_columns(table, columns)
            marks = ", ".join(["%s"] * (columns.count(",") + 1 + len(rest)))
            # SQLite takes them one by one; the types of Django ask for a list.
            made: Any = (row + tuple(rest.values()) for row in rows)
            cursor.executemany(f"INSERT INTO {table} ({', '.join([columns, *rest])}) VALUES ({marks})", made)
        cursor.execute("ANALYZE")


def main() -> None:
    """`python -m bench.filling TRACKS`, inside a store's environment: fills it, and builds its search index."""
    import django

    django.setup()
    from obbligato.catalog import indexing

    fill(int(sys.argv[1]), vocabulary())
    indexing.rebuild()


def vocabulary() -> list[str]:
    """Words of two to four syllables, each once."""
    chance = random.Random(1)
    words = dict.fromkeys("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS * 2))
    return list(islice(words, WORDS))


def title_of(number: int, words: Sequence[str]) -> str:
    """A track's title; of a negative number, a release's."""
    chance = random.Random(number)
    return _some(chance, words, chance.randint(1, 4))


def artist_name(number: int, words: Sequence[str]) -> str:
    """An artist's name."""
    chance = random.Random(-number)
    return f"{words[chance.randrange(len(words))]} {words[chance.randrange(len(words))]} {number}"


def artist_of(release: int) -> int:
    """Who made it."""
    return release // RELEASES_AN_ARTIST + 1


def _some(chance: random.Random, words: Sequence[str], count: int) -> str:
    """Words as in language: the n-th as often as one in n (Zipf)."""
    return " ".join(words[int(len(words) ** chance.random()) - 1] for _ in range(count))


def _names(tracks: int, words: Sequence[str]) -> dict[str, Table]:
    """Labels, artists, and what all tracks share: a master."""
    artists = range(1, artist_of(_releases(tracks)[-1]) + 1)
    return {
        "catalog_label": ("id, name, slug", ((n, _label_name(n, words), f"label-{n}") for n in _labels(tracks))),
        "catalog_artist": ("id, name, slug", ((n, artist_name(n, words), f"artist-{n}") for n in artists)),
        "catalog_master": (
            "id, sha256, original_name, size_bytes, facts_json, pcm_md5, range_lu, true_peak_dbtp, peaks, imported_at",
            [(1, "0" * 64, "a.flac", 25_008_192, json.dumps(FACTS), "0" * 32, 5.0, -1.0, PEAKS, NOW)],
        ),
        "catalog_recording": (
            "id, key, isrc, title, artist_id",
            ((n + 1, f"pcm:{n}", "", title_of(n, words), artist_of(_release_of(n))) for n in range(tracks)),
        ),
        "rights_licence": (
            "recording_id, basis, evidence, territories, valid_from, declared_by, declared_at",
            ((n + 1, "own", "", '["WORLD"]', "2020-01-01", "bench", NOW) for n in range(tracks)),
        ),
    }


def _goods(tracks: int, words: Sequence[str]) -> dict[str, Table]:
    """Releases, their editions, tracks and prices."""
    from obbligato.audio.copies import CONTAINERS_VERSION
    from obbligato.audio.tags import Tags
    from obbligato.catalog.tagging import added_bytes

    releases, labels = _releases(tracks), len(_labels(tracks))
    added = json.dumps(added_bytes(Tags(title="A track"), None))
    # Of an older version, the store would count them all when it starts.
    counted = CONTAINERS_VERSION
    return {
        "catalog_release": (
            "id, key, slug, artist_id, label_id, edition_id, created_at",
            ((n, f"k{n}", f"r-{n}", artist_of(n), n % labels + 1, n, NOW) for n in releases),
        ),
        "catalog_edition": (
            "id, release_id, number, digest, title, upc, date, genres, description, copyright, credits, made_at,"
            " made_by, tag_bytes_version",
            (
                (n, n, 1, "", title_of(-n, words), "", DAY, json.dumps([_genre_of(n)]), "", "", "[]", NOW, "", counted)
                for n in releases
            ),
        ),
        "catalog_track": (
            "id, edition_id, recording_id, master_id, disc, position, title, artist_credit, tags, tag_bytes",
            (
                (n + 1, r, n + 1, 1, 1, n % TRACKS_A_RELEASE + 1, title_of(n, words), artist_name(artist_of(r), words),
                 "{}", added)
                for n in range(tracks)
                for r in [_release_of(n)]
            ),
        ),
        "sales_tariff": (
            "release_id, currency, per_megabyte_micro, valid_from",
            ((n, "EUR", 30_000, NOW) for n in releases),
        ),
    }  # fmt: skip


def _lists(tracks: int, words: Sequence[str]) -> dict[str, Table]:
    """What upkeep would file by and by: headings with their counts, a release's entry under each of its own."""
    from obbligato.catalog.headings.filing import ALL, filed_name

    releases = _releases(tracks)
    places: dict[tuple[str, str], list[Any]] = {}

    def places_of(n: int) -> Iterator[list[Any]]:
        artist, label, genre = artist_of(n), n % len(_labels(tracks)) + 1, _genre_of(n)
        for kind, slug, name in (
            ("all", ALL, "New releases"),
            ("artist", f"artist-{artist}", artist_name(artist, words)),
            ("label", f"label-{label}", _label_name(label, words)),
            ("genre", genre.casefold(), genre),
        ):
            yield places.setdefault((kind, slug), [len(places) + 1, name, 0])

    entries = []
    for n in releases:
        for place in places_of(n):
            place[2] += 1
            entries.append((place[0], n, DAY))
    return {
        "headings_heading": (
            "id, kind, slug, name, sort_name, letter, releases_count",
            (
                (pk, kind, slug, name, filed_name(name), filed_name(name)[:1], count)
                for (kind, slug), (pk, name, count) in places.items()
            ),
        ),
        "headings_entry": ("heading_id, release_id, date", entries),
        "following_arrival": ("release_id, at", ((n, NOW) for n in releases)),
    }


def _other_columns(table: str, columns: str) -> dict[str, object]:
    """What a model stores in the columns that are not named here, where nobody says otherwise."""
    from django.apps import apps
    from django.db import connection

    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    named = columns.split(", ")
    fields = [one for one in model._meta.concrete_fields if one.column not in named]
    plain = [one for one in fields if not one.get_internal_type().endswith("AutoField")]
    return {str(one.column): one.get_db_prep_save(one.get_default(), connection) for one in plain}


def _releases(tracks: int) -> range:
    return range(1, tracks // TRACKS_A_RELEASE + 1)


def _release_of(track: int) -> int:
    return track // TRACKS_A_RELEASE + 1


def _labels(tracks: int) -> range:
    return range(1, max(LEAST_LABELS, tracks // TRACKS_A_RELEASE // RELEASES_A_LABEL) + 1)


def _label_name(number: int, words: Sequence[str]) -> str:
    return f"Label {words[number]}"


def _genre_of(release: int) -> str:
    return GENRES[0] if release % 2 else GENRES[release // 2 % len(GENRES)]


if __name__ == "__main__":
    main()
