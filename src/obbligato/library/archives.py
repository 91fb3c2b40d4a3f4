"""Lay out the zips of what someone owns: a release, or her whole library; with covers and booklets. Encodes nothing.

The length is exact before a track is encoded wherever sizes are arithmetic or remembered; else the zip goes out in
chunks, each member as soon as it is known, and is of the same bytes the next time.
"""

import hashlib
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import anyio
import anyio.to_thread

from obbligato.audio.copies import CONTAINERS_VERSION
from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format
from obbligato.catalog.models import Edition, Track
from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
from obbligato.encoding.copy_sizes import copy_size, fit_of
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.encoding.renditions import LOOK_AHEAD, Rendition, bare_bytes, rendition_of
from obbligato.kernel.refusals import Missing, Refused
from obbligato.library import naming, shelf
from obbligato.library.checksums import KeptChecksums
from obbligato.library.copies import CopyOnDemand, checksum_of, copy_of
from obbligato.library.fetching import Fetchable
from obbligato.library.links import BookletTicket, LibraryTicket, Ticket
from obbligato.library.pieces import FileSlice, Piece
from obbligato.library.reading import Parts, begun_preparation
from obbligato.library.threads import in_thread
from obbligato.library.zips import Member, Zip, nothing_begun
from obbligato.people.models import Person

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
PARTS_BEGUN = 2
"""Of the next track, while the one before it is still being sent."""


class NothingInside(Missing):
    """None of the tracks that the link names exists."""


@dataclass(frozen=True)
class Folder:
    """A release as it lies in a zip: its path inside, and its tracks with the format of each."""

    path: str
    edition: Edition
    tracks: Sequence[tuple[Track, Format]]
    left_out: Sequence[tuple[Track, str]] = ()
    """What a decision or an order keeps from being fetched now, and why."""


async def release_zip(ticket: Ticket) -> tuple[Zip, str]:
    """The zip of some tracks of one release and its name without extension.

    Raises NothingInside, and UnavailableForLegalReasons where all of them are closed.
    """
    format_ = Format.parse(ticket.format_name)
    tracks, left_out = await in_thread(_tracks, ticket)
    _refuse_nothing(tracks, left_out)
    edition = max((track.edition for track in tracks), key=lambda edition: edition.number)
    name = naming.release_file_name(edition)
    folder = Folder(name, edition, [(track, format_) for track in tracks], left_out)
    return await in_thread(_zip_of, [folder], f"person:{ticket.person_id}"), name


async def library_zip(ticket: LibraryTicket) -> tuple[Zip, str]:
    """The zip of everything that someone owned when the link was made. Raises as release_zip does."""
    folders = await in_thread(_library_folders, ticket)
    tracks = [track for folder in folders for track, _ in folder.tracks]
    _refuse_nothing(tracks, [one for folder in folders for one in folder.left_out])
    return await in_thread(_zip_of, folders, f"person:{ticket.person_id}"), "Music"


def booklet_of(ticket: BookletTicket) -> tuple["KeptFile", str]:
    """The booklet that a link names, and its file's name. Raises as release_zip does."""
    edition = Edition.objects.select_related("booklet", "release__artist").filter(pk=ticket.edition_id).first()
    kept = edition.booklet if edition else None
    if edition is None or kept is None or not kept.file.is_file():
        raise NothingInside("There is nothing to fetch here.")
    tracks = list(edition.tracks.all())
    closed = shelf.closed_to(shelf.country_of(ticket.person_id), tracks)
    if closed and all(track.recording_id in closed for track in tracks):
        raise UnavailableForLegalReasons(next(iter(closed.values())))
    return KeptFile(kept.file, kept.size_bytes, f'"{kept.sha256}"'), naming.booklet_file_name(edition)


def _refuse_nothing(tracks: Sequence[Track], left_out: Sequence[tuple[Track, str]]) -> None:
    if not tracks and left_out:
        raise UnavailableForLegalReasons(left_out[0][1])
    if not tracks:
        raise NothingInside("There is nothing to fetch here.")


def _tracks(ticket: Ticket) -> tuple[list[Track], list[tuple[Track, str]]]:
    """What of it may be fetched this moment, and what not."""
    wanted = Track.objects.select_related("master", "recording", *shelf.EDITION_OF_TRACK)
    tracks = list(wanted.filter(pk__in=ticket.track_ids).order_by("disc", "position"))
    closed = shelf.closed_to(shelf.country_of(ticket.person_id), tracks)
    left_out = [(track, closed[track.recording_id]) for track in tracks if track.recording_id in closed]
    return [track for track in tracks if track.recording_id not in closed], left_out


def _library_folders(ticket: LibraryTicket) -> list[Folder]:
    """One folder for each release in one of its artist, each track as it was bought or as the ticket says."""
    person = Person.objects.filter(pk=ticket.person_id).first()
    items = shelf.shelf_of(person, until=ticket.last_purchase_id) if person else []
    items.sort(key=lambda item: (item.release.artist.name, item.edition.title, item.release.pk))
    wanted = Format.parse(ticket.format_name) if ticket.format_name else None
    paths = [f"{naming.safe(item.release.artist.name)}/{naming.safe(item.edition.title)}" for item in items]
    return [
        Folder(
            path,
            item.edition,
            [(track, wanted or item.format_of(track)) for track in item.open_tracks],
            item.closed_tracks,
        )
        for path, item in zip(naming.distinct(paths), items, strict=True)
    ]


def _zip_of(folders: Sequence[Folder], for_whom: str) -> Zip:
    known = KnownSizes([track.master_id for folder in folders for track, _ in folder.tracks])
    members = [member for folder in folders for member in _members(folder, known, for_whom)]
    newest = max(folder.edition.date or folder.edition.made_at.date() for folder in folders)
    return Zip(members, modified=datetime.combine(newest, time(), UTC), checksums=KeptChecksums())


def _members(folder: Folder, known: KnownSizes, for_whom: str) -> Iterable[Member]:
    files = [naming.track_file_name(track, format_.extension) for track, format_ in folder.tracks]
    for (track, format_), name in zip(folder.tracks, naming.distinct(files), strict=True):
        yield _member(track, format_, f"{folder.path}/{name}", known, for_whom)
    if folder.left_out:
        lines = [f"“{track.title}” is yours, and cannot be fetched for now. {why}" for track, why in folder.left_out]
        yield _text_member(f"{folder.path}/Left out.txt", "\r\n".join([*lines, ""]))
    edition = folder.edition
    if edition.cover is not None:
        extension = EXTENSIONS.get(edition.cover.media_type, "jpg")
        yield from _kept_member(
            edition.cover.file("original"), f"{folder.path}/cover.{extension}", edition.cover.sha256
        )
    if edition.booklet is not None:
        yield from _kept_member(edition.booklet.file, f"{folder.path}/booklet.pdf", edition.booklet.sha256)


def _member(track: Track, format_: Format, name: str, known: KnownSizes, for_whom: str) -> Member:
    rendition = rendition_of(track.master, format_)
    size = _size(track, format_, rendition, known)

    async def open_it() -> Fetchable:
        copy = await in_thread(copy_of, track, format_, for_whom=for_whom, is_patient=True)
        # Its size stands before it, so one that nobody knows is waited for.
        return await copy.once_whole() if isinstance(copy, CopyOnDemand) and copy.size is None else copy

    async def checksum() -> int | None:
        return await in_thread(checksum_of, track, format_)

    async def begin() -> Callable[[], None]:
        return await _begun(track, format_, for_whom)

    words = f"{rendition.recipe.identity}:{track.edition.digest}:{track.disc}:{track.position}:{CONTAINERS_VERSION}"
    etag = hashlib.sha256(words.encode()).hexdigest()
    return Member(name, size, etag, open_it, checksum, begin)


def _size(track: Track, format_: Format, rendition: Rendition, known: KnownSizes) -> int | None:
    """In bytes; None where only encoding tells."""
    size = copy_size(track, fit_of(track, format_), known)
    if size.is_exact:
        return size.bytes
    audio = rendition.audio  # Made so lately that its size is not remembered yet.
    if not isinstance(audio, Essence):
        return None
    return bare_bytes(audio) + int(track.tag_bytes.get(format_.codec, 0))


async def _begun(track: Track, format_: Format, for_whom: str) -> Callable[[], None]:
    """Have a track's beginning made while the one before it is sent; gives what ends that."""
    rendition = await anyio.to_thread.run_sync(rendition_of, track.master, format_)
    try:
        if rendition.recipe.is_copied or rendition.audio is not None:
            return nothing_begun
        if rendition.parts.is_exact:
            parts = Parts(rendition, range(min(PARTS_BEGUN, rendition.parts.count)), for_whom=for_whom)
            await parts.look_ahead(0)
            return parts.close
        return (await begun_preparation(rendition, for_whom=for_whom, priority=LOOK_AHEAD)).let_go
    except Refused:  # It is asked for again when it is its turn.
        return nothing_begun


def _text_member(name: str, text: str) -> Member:
    content = text.encode()
    source = Written(content, f'"{hashlib.sha256(content).hexdigest()}"')

    async def open_it() -> Fetchable:
        return source

    return Member(name, source.size, source.etag, open_it)


def _kept_member(path: Path, name: str, sha256: str) -> Iterable[Member]:
    if not path.is_file():
        return
    source = KeptFile(path, path.stat().st_size, f'"{sha256}"')

    async def open_it() -> Fetchable:
        return source

    yield Member(name, source.size, sha256, open_it)


@dataclass(frozen=True)
class Written:
    """A few lines of text."""

    content: bytes
    etag: str

    @property
    def size(self) -> int:
        return len(self.content)

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        yield self.content[start:stop]


@dataclass(frozen=True)
class KeptFile:
    """A file that is sent as it stands on disk."""

    path: Path
    size: int
    etag: str

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        file = await anyio.to_thread.run_sync(self.path.open, "rb")
        with file:
            yield FileSlice(file, start, (self.size if stop is None else stop) - start)
