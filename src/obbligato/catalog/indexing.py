"""Keep the search index: a folder made from the database, which may be thrown away at any time. It never answers.

Each rebuild writes a new folder; the small file `current` names the one to read, and is replaced whole. So a
reader sees the old index or the new one. Writers take turns by a lock file.
"""

import contextlib
import fcntl
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

import tantivy

from obbligato.catalog.headings.filing import genre_slug
from obbligato.catalog.models import Alias, Edition, Release
from obbligato.catalog.naming import folded
from obbligato.catalog.transliterating import keys_of, letters_of
from obbligato.kernel.folders import data_folder, put_file

VERSION = 6
"""Part of every folder's name: an index of another shape is never read."""
HEAP_BYTES = 100_000_000
"""At most, while it writes. What fits in is one segment, and each segment makes every search a little longer."""
ROWS_AT_ONCE = 500
LONGEST_TEXT = 4_000
BETWEEN_NAMES = re.compile("[;/&,]")
"""What parts those who are credited together."""
SHORT_PREFIXES = (2, 3)
"""Letters: so short a beginning is that of thousands of words, so each word is indexed under its own."""
TICK_SECONDS = 1.0
Aliases = Mapping[str, str]
"""All other names of somebody in one text, by the compared name that is credited."""
log = logging.getLogger(__name__)


def rebuild() -> None:
    """Build the index of everything published, then switch to it."""
    with _writing():
        name = f"v{VERSION}-{secrets.token_hex(8)}"
        folder = data_folder("search", name)
        try:
            writer = tantivy.Index(schema(), path=str(folder)).writer(heap_size=HEAP_BYTES, num_threads=1)
            named: set[str] = set()
            aliases = _aliases()
            published = Release.objects.published().order_by().prefetch_related("edition__tracks")
            for release in published.iterator(chunk_size=ROWS_AT_ONCE):
                _add(writer, release, named, aliases)
            writer.commit()
            writer.wait_merging_threads()
            put_file(data_folder("search") / "current", name.encode())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _remove_all_but(name)


def refresh(releases: Iterable[Release], *, is_anew: bool = False) -> None:
    """Bring these releases' entries up to date; those whose edition is indexed already cost one look-up.

    Where `is_anew`, they are indexed once more all the same: what they say is as it was, and what is known is not.
    """
    wanted = list(releases)
    if not wanted:
        return
    try:
        if _refreshed(wanted, is_anew=is_anew):
            return
    except BaseException as error:
        if not is_of_the_index(error):
            raise
        log.warning("The search index could not be updated and is built anew: %s", error)
    rebuild()


def renew(name: str) -> None:
    """Index once more what credits somebody by this name, as artist or composer: her aliases are others now.

    Where there is no index, there is nothing to do: it is made with all aliases when somebody searches.
    """
    if current_folder() is None:
        return
    try:
        with _writing():  # What is being written just now may know her by her old names.
            naming = sorted(_releases_naming(name))
    except BaseException as error:
        if not is_of_the_index(error):
            raise
        log.warning("The search index cannot be read and is built anew: %s", error)
        rebuild()
        return
    for first in range(0, len(naming), ROWS_AT_ONCE):
        refresh(Release.objects.filter(pk__in=naming[first : first + ROWS_AT_ONCE]), is_anew=True)


def current_folder() -> Path | None:
    """The index to read, or None where there is none of this version."""
    try:
        name = (data_folder("search") / "current").read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    folder = data_folder("search") / name
    return folder if name.startswith(f"v{VERSION}-") and "/" not in name and folder.is_dir() else None


def stamp(folder: Path | None) -> tuple[int, ...]:
    """What is another once another folder is current or this one was written to; empty where that cannot be told yet.

    Both files it looks at are replaced, never written over. A change within a tick of the file system's clock could
    leave the same numbers, so what is younger than that says nothing (as with git's racy entries).
    """
    if folder is None or folder.parent != data_folder("search"):
        return ()
    try:
        states = [file.stat() for file in (folder.parent / "current", folder / "meta.json")]
    except OSError:
        return ()
    if any(time.time() - state.st_mtime < TICK_SECONDS for state in states):
        return ()
    return tuple(number for state in states for number in (state.st_ino, state.st_mtime_ns, state.st_size))


@cache
def schema() -> tantivy.Schema:
    """Words are folded before they come here, so the index only parts them at spaces."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("kind", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("pk", stored=True)
    builder.add_unsigned_field("release", stored=True, indexed=True)
    builder.add_unsigned_field("edition", stored=True)
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("shown", stored=True, indexed=False)
    builder.add_text_field("whole", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("credited", tokenizer_name="raw", index_option="basic")
    for name in ("title", "heading", "artist", "context"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    return builder.build()


def beginning(letters: str) -> str:
    """The term under which words stand that begin so; no folded word has an asterisk."""
    return f"{letters}*"


def is_short(word: str) -> bool:
    """Whether what begins with it is found by a term of its own."""
    return len(letters_of(word)) in SHORT_PREFIXES


def is_of_the_index(error: BaseException) -> bool:
    """Whether a broken index caused it. Tantivy panics on some damage, with an exception no `except Exception` sees."""
    return isinstance(error, OSError | ValueError) or type(error).__name__ == "PanicException"


def _refreshed(releases: list[Release], *, is_anew: bool) -> bool:
    """False where there is no index that could be brought up to date."""
    with _writing():
        folder = current_folder()
        if folder is None:
            return False
        index = tantivy.Index.open(str(folder))
        searcher = index.searcher()
        stale = [release for release in releases if is_anew or not _is_indexed(searcher, release)]
        if stale:
            writer = index.writer(heap_size=HEAP_BYTES, num_threads=1)
            for release in stale:
                writer.delete_documents_by_query(_query_for(release))
            named: set[str] = set()
            aliases = _aliases()
            for release in Release.objects.published().filter(pk__in=[release.pk for release in stale]):
                for key in _names_of(release).keys() - named:
                    writer.delete_documents_by_query(tantivy.Query.term_query(schema(), "key", key))
                _add(writer, release, named, aliases)
            writer.commit()
            writer.wait_merging_threads()
        return True


def _releases_naming(name: str) -> set[int]:
    """Primary keys of releases that credit somebody by this name, alone or among others."""
    searcher = tantivy.Index.open(str(current_folder())).searcher()
    compared = Alias.compared(name)
    query = tantivy.Query.term_query(schema(), "credited", compared)
    hits = searcher.search(query, max(1, searcher.doc_freq("credited", compared)), count=False).hits
    return {searcher.doc(address).to_dict()["release"][0] for _, address in hits}


def _aliases() -> Aliases:
    names: dict[str, list[str]] = {}
    for whose, name in Alias.objects.order_by("pk").values_list("whose_folded", "name"):
        names.setdefault(whose, []).append(name)
    return {whose: " ".join(each) for whose, each in names.items()}


def _is_indexed(searcher: tantivy.Searcher, release: Release) -> bool:
    hits = searcher.search(_query_for(release), 1).hits
    return bool(hits) and searcher.doc(hits[0][1]).get_first("edition") == release.edition_id


def _query_for(release: Release) -> tantivy.Query:
    return tantivy.Query.term_query(schema(), "release", release.pk)


def _add(writer: tantivy.IndexWriter, release: Release, named: set[str], aliases: Aliases) -> None:
    """One document for the release, one for each track, and for artist, label and genres unless they are `named`.

    Aliases stand among the context, so that what is met by one comes after what is met by the name itself.
    """
    edition = _edition_of(release)
    tracks = list(edition.tracks.all())
    composers = sorted({str(track.tags.get("composer", "")) for track in tracks})
    also = _also(aliases, release.artist.name, *composers)
    about = " ".join([release.label.name, *edition.genres, *composers, also])
    credited = (release.artist.name, *composers, *(track.artist_credit for track in tracks))
    names = {name for each in credited for name in _names_in(each) if name}
    artist = release.artist.name
    _document(
        writer, "release", release.pk, edition.title, artist=artist, context=about, release=release, credited=names
    )
    for track in tracks:
        credit, composer = track.artist_credit, str(track.tags.get("composer", ""))
        composed = f"{edition.title} {composer} {_also(aliases, credit, composer)}"
        _document(writer, "track", track.pk, track.title, artist=credit, context=composed, release=release)
    for key, (pk, name) in _names_of(release).items():
        if key not in named:
            named.add(key)
            kind = key.partition(":")[0]
            also = _also(aliases, name) if kind == "artist" else ""
            _document(writer, kind, pk, name, context=also, key=key)


def _names_of(release: Release) -> dict[str, tuple[int, str]]:
    """What is found by its own name beside the release: primary key (of a genre 0) and name, by key."""
    names = {
        f"artist:{release.artist_id}": (release.artist_id, release.artist.name),
        f"label:{release.label_id}": (release.label_id, release.label.name),
    }
    return names | {f"genre:{genre_slug(genre)}": (0, genre) for genre in _edition_of(release).genres}


def _also(aliases: Aliases, *credited: str) -> str:
    """The other names of all who are credited there."""
    if not aliases:
        return ""
    names = dict.fromkeys(name for credit in credited for name in _names_in(credit))
    return " ".join(aliases[name] for name in names if name in aliases)


@lru_cache(maxsize=4_096)
def _names_in(credit: str) -> tuple[str, ...]:
    """A credit as a whole, and whom it names together, as aliases are compared."""
    return tuple(Alias.compared(part.strip()) for part in (credit, *BETWEEN_NAMES.split(credit)))


def _document(
    writer: tantivy.IndexWriter,
    kind: str,
    pk: int,
    title: str,
    *,
    artist: str = "",
    context: str = "",
    key: str = "",
    release: Release | None = None,
    credited: Iterable[str] = (),
) -> None:
    document = tantivy.Document()
    document.add_text("kind", kind)
    document.add_unsigned("pk", pk)
    document.add_bytes("shown", _shown(kind, key, title, artist).encode())
    document.add_unsigned("release", release.pk if release else 0)
    document.add_unsigned("edition", _edition_of(release).pk if release else 0)
    if key:
        document.add_text("key", key)
    document.add_text("whole", folded(title)[:LONGEST_TEXT])
    for name in credited:
        document.add_text("credited", name)
    # The titles of all but tracks once more: they come before tracks that are met alike, and are far fewer.
    heading = "" if kind == "track" else title
    for field, text in (("title", title), ("heading", heading), ("artist", artist), ("context", context)):
        words = folded(text)[:LONGEST_TEXT]
        each = [*words.split(), *keys_of(words).split()]
        document.add_text(field, " ".join([*each, *sorted(_short_beginnings(each))]))
    writer.add_document(document)


def _short_beginnings(words: Iterable[str]) -> set[str]:
    ends = [(word, len(word) - len(letters_of(word)) + length) for word in words for length in SHORT_PREFIXES]
    return {beginning(word[:end]) for word, end in ends if len(word) >= end}


def _shown(kind: str, key: str, title: str, credit: str) -> str:
    """What is told of a thing without asking the database; see hits.Match."""
    if kind == "track":
        return f"{title}\n{credit}"
    return key.partition(":")[2] if kind == "genre" else ""


def _edition_of(release: Release) -> Edition:
    assert release.edition is not None, "only published releases are indexed"
    return release.edition


@contextmanager
def _writing() -> Iterator[None]:
    handle = os.open(data_folder("search") / "writing.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_all_but(name: str) -> None:
    """Readers that still hold an old folder open keep reading it: its files vanish when they let go."""
    for folder in data_folder("search").iterdir():
        if folder.is_dir() and folder.name != name:
            with contextlib.suppress(OSError):
                shutil.rmtree(folder)
