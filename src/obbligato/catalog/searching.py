"""Find releases, artists, tracks, labels and genres by what people type. It never raises for what was typed, and never
shows what is not published.

Each word must be met somewhere: exactly, as the beginning of a word (the last one), in the other script (see
transliterating), or, where that finds nothing, with a slip of the fingers.
"""

import logging
import threading
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import tantivy

from obbligato.catalog import indexing
from obbligato.catalog.hits import Among, Hit, Match, hits_of
from obbligato.catalog.indexing import schema
from obbligato.catalog.models import Release, ReleaseQuerySet
from obbligato.catalog.naming import folded
from obbligato.catalog.transliterating import key_in_other_script

LONGEST_QUERY = 200
MOST_WORDS = 8
LONGEST_WORD = 32
MOST_CANDIDATES = 500
LEAST_OF_A_PREFIX = min(indexing.SHORT_PREFIXES)
"""Letters: one letter begins half of all words, and says nothing."""
EXACT, PREFIX, FUZZY = 100.0, 30.0, 10.0
OTHER_SCRIPT = 0.95
WHOLE = 150.0
FIELD_WEIGHTS = {"title": 1.0, "artist": 0.9, "context": 0.5}
KIND_BONUS = {"artist": 0.04, "genre": 0.03, "label": 0.02, "release": 0.01}
"""Smaller than any difference of two ways to meet a word: it only orders what is met alike, before tracks."""
log = logging.getLogger(__name__)


def search(text: str, *, limit: int = 20, among: Among | None = None, territory: str = "") -> list[Hit]:
    """The best `limit` hits: exact words first, then beginnings, then near misses.

    `among` narrows what may be found; without it, that is all that is published. What is closed to search in the
    territory (ISO 3166-1 alpha-2; "": the store's own) is not found: the index need not know.
    """
    words = folded(text[:LONGEST_QUERY]).split()[:MOST_WORDS]
    if not words or limit < 1:
        return []
    for attempt in ("as it is", "built anew"):
        try:
            found = matched(words, limit)
        except BaseException as error:
            if not indexing.is_of_the_index(error):
                raise
            log.warning("The search index, %s, cannot be read: %s", attempt, error)
            found = None
        if found is not None:
            return hits_of(found, limit=limit, among=among or _published, territory=territory)
        _rebuilt()
    return []


def _published() -> ReleaseQuerySet:
    return Release.objects.published()


class _Reader:
    """The index this process has open, and what it was called."""

    lock = threading.Lock()
    folder: Path | None = None
    index: tantivy.Index | None = None
    stamp: tuple[int, ...] = ()


def matched(words: list[str], limit: int) -> list[Match] | None:
    """What the index says alone, best first, more than `limit` where there is; None where there is no index.

    `words` are folded. What is published, or open to search, the index does not know.
    """
    searcher = _searcher()
    if searcher is None:
        return None
    most = min(MOST_CANDIDATES, limit * 2 + 30)
    found: list[Match] = []
    for ways in _ladder(searcher, words, most):
        found = _matches(searcher, _query(words, ways), most)
        if len(found) >= (1 if ways is Ways.TYPED else most):
            break
    return found


class Ways(Enum):
    """How a word may be met: a rung holds all that any hit of the rungs above it could be better than."""

    HEADING = "as it was typed, in the title of what is no track, or in any that is the whole of what was typed"
    BEGINNING = "as it was typed, or the last one as the beginning of a word in the title of what is no track"
    TYPED = "as it was typed, or the last one as a beginning"
    SLIPS = "with slips of the fingers too"


def _ladder(searcher: tantivy.Searcher, words: list[str], most: int) -> Iterator[Ways]:
    """What is met so often that the best way alone fills the list is asked for by that way alone.

    And what is met as it was typed is what was meant: near misses are looked for only where nothing was.
    """
    if min(searcher.doc_freq("heading", word) for word in words) >= most:
        yield Ways.HEADING
    is_a_beginning = len(words) == 1 and indexing.is_short(words[0])
    if is_a_beginning and searcher.doc_freq("heading", indexing.beginning(words[0])) >= most:
        yield Ways.BEGINNING
    yield Ways.TYPED
    yield Ways.SLIPS


def _searcher() -> tantivy.Searcher | None:
    with _Reader.lock:
        stamp = indexing.stamp(_Reader.folder)
        if not stamp or stamp != _Reader.stamp or _Reader.index is None:
            folder = indexing.current_folder()
            if folder is None:
                return None
            if folder != _Reader.folder or _Reader.index is None:
                _Reader.index = tantivy.Index.open(str(folder))
                _Reader.folder = folder
            # It is how another process's changes are seen. A stamp from before is at worst one that is looked at again.
            _Reader.stamp = indexing.stamp(folder)
            _Reader.index.reload()
        return _Reader.index.searcher()


def _matches(searcher: tantivy.Searcher, query: tantivy.Query, most: int) -> list[Match]:
    found = []
    for score, address in searcher.search(query, most, count=False).hits:
        match = _match(searcher.doc(address).to_dict())
        found.append((-round(score, 3), -match.release, match))
    return [match for *_, match in sorted(found)]


def _match(stored: dict[str, list[Any]]) -> Match:
    """What indexing stored of one thing."""
    kind, pk, release, shown = (stored[name][0] for name in ("kind", "pk", "release", "shown"))
    return Match(kind, pk, release, bytes(shown).decode())


def _rebuilt() -> None:
    """A new index in place of a missing or broken one; where even that fails, search finds nothing."""
    _Reader.folder = None
    try:
        indexing.rebuild()
    except BaseException as error:
        if not indexing.is_of_the_index(error):
            raise
        log.exception("The search index cannot be built.")


def _query(words: list[str], ways: Ways) -> tantivy.Query:
    """All words must be met. A title that is the whole of what was typed comes first."""
    last, typed = len(words) - 1, " ".join(words)
    musts = [_word(word, ways, typed, is_last=place == last) for place, word in enumerate(words)]
    bonuses = [_scored("whole", typed, WHOLE), *_kinds()]
    return tantivy.Query.boolean_query(
        [*((tantivy.Occur.Must, must) for must in musts), *((tantivy.Occur.Should, bonus) for bonus in bonuses)]
    )


@cache
def _kinds() -> tuple[tantivy.Query, ...]:
    return tuple(_scored("kind", kind, bonus) for kind, bonus in KIND_BONUS.items())


def _scored(field: str, term: str, score: float) -> tantivy.Query:
    return tantivy.Query.const_score_query(tantivy.Query.term_query(schema(), field, term), score)


def _word(word: str, ways: Ways, typed: str, *, is_last: bool) -> tantivy.Query:
    """One word in any field and either script: the best way in which it is met counts."""
    spellings = {word: 1.0}
    if other := key_in_other_script(word):
        spellings[other] = OTHER_SCRIPT
    if ways is Ways.HEADING:
        each = [_scored("heading", spelling, EXACT * sureness) for spelling, sureness in spellings.items()]
        return tantivy.Query.disjunction_max_query([_scored("whole", typed, EXACT), *each])
    met = [
        tantivy.Query.const_score_query(query, score * weight * sureness)
        for field, weight in FIELD_WEIGHTS.items()
        for spelling, sureness in spellings.items()
        for query, score in _ways(field, spelling, ways, is_last=is_last)
    ]
    return tantivy.Query.disjunction_max_query(met)


def _ways(field: str, word: str, ways: Ways, *, is_last: bool) -> Iterator[tuple[tantivy.Query, float]]:
    yield tantivy.Query.term_query(schema(), field, word), EXACT
    if is_last and ways is Ways.BEGINNING and field == "title":
        yield from _beginnings("heading", word)
    elif is_last and ways is not Ways.BEGINNING:
        yield from _beginnings(field, word)
    for distance in range(1, _slips(word) + 1 if ways is Ways.SLIPS else 1):
        yield tantivy.Query.fuzzy_term_query(schema(), field, word, distance, True), FUZZY / distance


def _beginnings(field: str, word: str) -> Iterator[tuple[tantivy.Query, float]]:
    if indexing.is_short(word):
        yield tantivy.Query.term_query(schema(), field, indexing.beginning(word)), PREFIX
    elif len(word) >= LEAST_OF_A_PREFIX:
        # No slip, only the beginning: an automaton of the kind that is quicker to make than one of an expression.
        yield tantivy.Query.fuzzy_term_query(schema(), field, word[:LONGEST_WORD], 0, True, True), PREFIX


def _slips(word: str) -> int:
    """How many letters may be wrong, missing, too many or swapped. In a number none may."""
    if any(letter.isdigit() for letter in word) or not 4 <= len(word) <= LONGEST_WORD:
        return 0
    return 1 if len(word) < 8 else 2
