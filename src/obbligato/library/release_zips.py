"""Lay out the zip of what someone owns of a release: its tracks in order, and the cover. It encodes nothing itself."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import anyio
import anyio.to_thread

from obbligato.audio.formats import Format
from obbligato.audio.libraries import build_id
from obbligato.catalog.models import Edition, Track
from obbligato.encoding import essences
from obbligato.encoding.copy_sizes import copy_size, fit_of
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.kernel.refusals import Missing
from obbligato.library import naming
from obbligato.library.copies import CHUNK_BYTES, Fetchable, in_thread, ready_copy
from obbligato.library.links import Ticket
from obbligato.library.zips import Member, Zip

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
AHEAD = 2


class NothingInside(Missing):
    """None of the tracks that the link names exists."""


async def release_zip(ticket: Ticket) -> tuple[Zip, str]:
    """The zip and its name without extension. Sizes that are only bounded are waited for, so its length is exact."""
    format_ = Format.parse(ticket.format_name)
    tracks = await in_thread(_tracks, ticket.track_ids)
    if not tracks:
        raise NothingInside("There is nothing to fetch here.")
    sizes = await in_thread(_sizes, tracks, format_)
    edition = max((track.edition for track in tracks), key=lambda edition: edition.number)
    folder = naming.release_file_name(edition)
    names = naming.distinct([naming.track_file_name(track, format_.extension) for track in tracks])
    members = [await _member(tracks, i, format_, sizes[i], f"{folder}/{names[i]}") for i in range(len(tracks))]
    cover = await in_thread(_cover, edition, folder)
    day = edition.date or edition.made_at.date()
    return Zip([*members, *cover], modified=datetime.combine(day, time(), UTC)), folder


def _tracks(track_ids: tuple[int, ...]) -> list[Track]:
    wanted = Track.objects.select_related("master", "recording", "edition__cover", "edition__release__artist")
    return list(wanted.filter(pk__in=track_ids).order_by("disc", "position"))


def _sizes(tracks: list[Track], format_: Format) -> list[int | None]:
    """Exact sizes; None where only encoding tells, and that begins at once for all of them."""
    known = KnownSizes([track.master_id for track in tracks])
    found: list[int | None] = []
    for track in tracks:
        size = copy_size(track, fit_of(track, format_), known)
        found.append(size.bytes if size.is_exact else None)
        if not size.is_exact:
            essences.request(track.master, format_)
    return found


async def _member(tracks: list[Track], i: int, format_: Format, size: int | None, name: str) -> Member:
    track = tracks[i]
    if size is None:
        size = (await ready_copy(track, format_)).size

    async def open_it() -> Fetchable:
        copy = await ready_copy(track, format_)
        for later in tracks[i + 1 : i + 1 + AHEAD]:
            await in_thread(_look_ahead, later, format_)
        return copy

    words = f"{track.pk}:{track.master.sha256}:{format_.name}:{size}:{track.edition.digest}:{build_id()}"
    return Member(name, size, hashlib.sha256(words.encode()).hexdigest(), open_it)


def _look_ahead(track: Track, format_: Format) -> None:
    essences.request(track.master, format_, priority=essences.LOOK_AHEAD)


def _cover(edition: Edition, folder: str) -> list[Member]:
    if edition.cover is None:
        return []
    file = edition.cover.file("original")
    if not file.is_file():
        return []
    source = KeptFile(file, file.stat().st_size, edition.cover.sha256)

    async def open_it() -> Fetchable:
        return source

    extension = EXTENSIONS.get(edition.cover.media_type, "jpg")
    return [Member(f"{folder}/cover.{extension}", source.size, source.etag, open_it)]


@dataclass(frozen=True)
class KeptFile:
    """A file that is sent as it stands on disk."""

    path: Path
    size: int
    etag: str

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        async with await anyio.open_file(self.path, "rb") as file:
            await file.seek(start)
            while start < stop:
                piece = await file.read(min(CHUNK_BYTES, stop - start))
                if not piece:
                    return
                yield piece
                start += len(piece)
