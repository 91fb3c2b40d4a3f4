"""Find releases, artists and tracks by what people type. It never raises for what was typed, and never shows
what is not published.

Each word must be met somewhere: exactly, as the beginning of a word (the last one), or with a slip of the fingers.
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tantivy

from obbligato.catalog import indexing
from obbligato.catalog.indexing import schema
from obbligato.catalog.models import Artist, Release, ReleaseQuerySet, Track
from obbligato.catalog.naming import folded

LONGEST_QUERY = 200
MOST_WORDS = 8
LONGEST_WORD = 32
MOST_CANDIDATES = 500
EXACT, PREFIX, FUZZY = 100.0, 30.0, 10.0
WHOLE = 150.0
FIELD_WEIGHTS = {"title": 1.0, "artist": 0.9, "context": 0.5}
KIND_ORDER = {"artist": 0, "release": 1, "track": 2}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    kind: Literal["release", "artist", "track"]
    title: str
    subtitle: str
    url: str
    release: Release | None = None
    track: Track | None = None
    artist: Artist | None = None


def search(text: str, *, limit: int = 20, among: ReleaseQuerySet | None = None) -> list[Hit]:
    """The best `limit` hits: exact words first, then beginnings, then near misses.

    `among` narrows what may be found; without it, that is all that is published.
    """
    query = _query(folded(text[:LONGEST_QUERY]).split()[:MOST_WORDS])
    if query is None or limit < 1:
        return []
    for attempt in ("as it is", "built anew"):
        try:
            found = _found(query, min(MOST_CANDIDATES, limit * 5 + 50))
        except BaseException as error:
            if not indexing.is_of_the_index(error):
                raise
            log.warning("The search index, %s, cannot be read: %s", attempt, error)
            found = None
        if found is not None:
            return _hits(found, limit, Release.objects.published() if among is None else among)
        _rebuilt()
    return []


class _Reader:
    """The index this process has open, and what it was called."""

    lock = threading.Lock()
    folder: Path | None = None
    index: tantivy.Index | None = None


def _found(query: tantivy.Query, most: int) -> list[tuple[str, int, int]] | None:
    """Kind, primary key and release of the best matches, best first; None where there is no index."""
    with _Reader.lock:
        folder = indexing.current_folder()
        if folder is None:
            return None
        if folder != _Reader.folder or _Reader.index is None:
            _Reader.index = tantivy.Index.open(str(folder))
            _Reader.folder = folder
        index = _Reader.index
        # Reloading looks at one small file; it is how another process's changes are seen.
        index.reload()
        searcher = index.searcher()
    found = []
    for score, address in searcher.search(query, most).hits:
        document = searcher.doc(address)
        kind = str(document.get_first("kind"))
        row = kind, _number(document, "pk"), _number(document, "release")
        found.append((-round(score, 3), KIND_ORDER[kind], -row[2], row))
    return [row for *_, row in sorted(found)]


def _number(document: tantivy.Document, name: str) -> int:
    number = document.get_first(name)
    assert isinstance(number, int), "every document has it"
    return number


def _rebuilt() -> None:
    """A new index in place of a missing or broken one; where even that fails, search finds nothing."""
    _Reader.folder = None
    try:
        indexing.rebuild()
    except BaseException as error:
        if not indexing.is_of_the_index(error):
            raise
        log.exception("The search index cannot be built.")


def _query(words: list[str]) -> tantivy.Query | None:
    """All words must be met, or None for no word. A title that is the whole of what was typed comes first."""
    if not words:
        return None
    last = len(words) - 1
    musts = [(tantivy.Occur.Must, _word(word, is_last=place == last)) for place, word in enumerate(words)]
    whole = tantivy.Query.term_query(schema(), "whole", " ".join(words))
    bonus = tantivy.Query.const_score_query(whole, WHOLE)
    return tantivy.Query.boolean_query([*musts, (tantivy.Occur.Should, bonus)])


def _word(word: str, *, is_last: bool) -> tantivy.Query:
    """One word in any field: the best way in which it is met counts."""
    ways: list[tantivy.Query] = []
    for field, weight in FIELD_WEIGHTS.items():
        ways += [_scored(query, score * weight) for query, score in _ways(field, word, is_last=is_last)]
    return tantivy.Query.disjunction_max_query(ways)


def _ways(field: str, word: str, *, is_last: bool) -> Iterable[tuple[tantivy.Query, float]]:
    yield tantivy.Query.term_query(schema(), field, word), EXACT
    if is_last:
        # Letters and digits alone are left in a folded word, so it is its own regular expression.
        yield tantivy.Query.regex_query(schema(), field, f"{word[:LONGEST_WORD]}.*"), PREFIX
    for distance in range(1, _slips(word) + 1):
        yield tantivy.Query.fuzzy_term_query(schema(), field, word, distance, True), FUZZY / distance


def _slips(word: str) -> int:
    """How many letters may be wrong, missing, too many or swapped. In a number none may."""
    if any(letter.isdigit() for letter in word) or not 4 <= len(word) <= LONGEST_WORD:
        return 0
    return 1 if len(word) < 8 else 2


def _scored(query: tantivy.Query, score: float) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, score)


def _hits(found: list[tuple[str, int, int]], limit: int, among: ReleaseQuerySet) -> list[Hit]:
    """Rows for what was found, read from the database, which alone knows what is published now."""
    releases = {row.pk: row for row in among.filter(pk__in={row[2] for row in found})}
    shown = list(dict.fromkeys((kind, pk) for kind, pk, release in found if release in releases))[:limit]
    tracks = Track.objects.select_related("edition__release__artist").in_bulk(_keys(shown, "track"))
    artists = Artist.objects.in_bulk(_keys(shown, "artist"))
    hits = []
    for kind, pk in shown:
        if kind == "release":
            hits.append(_release_hit(releases[pk]))
        elif kind == "artist" and pk in artists:
            hits.append(Hit("artist", artists[pk].name, "", artists[pk].get_absolute_url(), artist=artists[pk]))
        elif kind == "track" and pk in tracks and tracks[pk].edition.release_id in releases:
            hits.append(_track_hit(tracks[pk], releases[tracks[pk].edition.release_id]))
    return hits


def _release_hit(release: Release) -> Hit:
    return Hit("release", str(release), release.artist.name, release.get_absolute_url(), release=release)


def _track_hit(track: Track, release: Release) -> Hit:
    subtitle = f"{track.artist_credit}, {track.edition.title}"
    return Hit("track", track.title, subtitle, release.get_absolute_url(), release=release, track=track)


def _keys(shown: list[tuple[str, int]], kind: str) -> list[int]:
    return [pk for of_kind, pk in shown if of_kind == kind]
