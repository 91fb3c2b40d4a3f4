"""One copy being fetched: its bytes at any offset, whole or while its essence is still being encoded.

It never writes a copy to disk.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeVar

import anyio.to_thread
from django.db import connection

from obbligato.audio import copies as audio_copies
from obbligato.audio.formats import Format, Window
from obbligato.audio.tags import Picture, Tags
from obbligato.catalog import tagging
from obbligato.catalog.models import Master, Track
from obbligato.encoding import essences
from obbligato.encoding.essences import CannotEncode, Encoding

Result = TypeVar("Result")
CHUNK_BYTES = 256 * 1024
POLL_SECONDS = 0.02


class Fetchable(Protocol):
    """Something with a size, a strong validator (RFC 9110, 8.8.3) and bytes at any offset."""

    @property
    def size(self) -> int: ...

    @property
    def etag(self) -> str: ...

    def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes [start, stop) in pieces."""
        ...


class WholeCopy:
    """A copy whose essence is kept: read straight from it, with tags and cover around."""

    def __init__(self, copy: audio_copies.Copy) -> None:
        self._copy = copy
        self.size = copy.size
        self.etag = f'"{copy.etag}"'

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        while start < stop:
            piece = await anyio.to_thread.run_sync(self._copy.read, start, min(CHUNK_BYTES, stop - start))
            if not piece:
                raise CannotEncode("The kept audio ended early.")
            yield piece
            start += len(piece)


class GrowingCopy:
    """A copy of exactly known size, sent while its essence is still being encoded."""

    def __init__(self, plan: audio_copies.Plan, encoding: Encoding) -> None:
        self._plan = plan
        self._encoding = encoding
        self.size = plan.size
        self.etag = f'"{plan.etag}"'

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        head, audio_ends = len(self._plan.prefix), len(self._plan.prefix) + self._plan.audio_bytes
        if start < head:
            yield self._plan.prefix[start:stop]
            start = min(stop, head)
        while start < min(stop, audio_ends):
            piece = await self._audio(start - head, min(CHUNK_BYTES, min(stop, audio_ends) - start))
            yield piece
            start += len(piece)
        if start < stop:
            yield self._plan.suffix[start - audio_ends : stop - audio_ends]

    async def _audio(self, offset: int, length: int) -> bytes:
        """Wait until there is something at that offset and read it; the encoder is never asked to wait."""
        encoding = self._encoding
        while encoding.written <= offset and not encoding.finished.is_set():
            await asyncio.sleep(POLL_SECONDS)
        if encoding.essence is not None:
            return await anyio.to_thread.run_sync(encoding.essence.read, offset, length)
        if encoding.finished.is_set():
            raise CannotEncode(encoding.error)
        available = min(length, encoding.written - offset)
        return await anyio.to_thread.run_sync(_read_part, encoding, offset, available)


async def ready_copy(track: Track, format_: Format) -> Fetchable:
    """A track's copy, tagged for its edition; waits for the encode only where the size is not known before it."""
    made = await in_thread(_copy_of, track, format_)
    if not isinstance(made, Encoding):
        return made
    while not made.finished.is_set():
        await asyncio.sleep(POLL_SECONDS)
    return await in_thread(_finished_copy, track, made)


async def in_thread(act: Callable[..., Result], *arguments: object) -> Result:
    """Run something that asks the database away from the event loop.

    Its connection is closed again: threads of the event loop come and go, and would take theirs with them.
    """

    def run() -> Result:
        try:
            return act(*arguments)
        finally:
            connection.close()

    return await anyio.to_thread.run_sync(run)


def preview_of(master: Master, seconds: int) -> WholeCopy | GrowingCopy:
    """The first part of a master that is worth hearing, as MP3 with fades; free for everyone."""
    facts = master.facts
    wanted = seconds * facts.sample_rate
    start = max(0, min(facts.samples // 4, facts.samples - wanted))
    window = Window(start, min(wanted, facts.samples), fade_samples=min(facts.sample_rate, facts.samples // 4))
    encoding = essences.request(master, Format.parse("mp3-128"), window=window)
    untagged: tuple[Tags, Picture | None] = (Tags(), None)
    if encoding.essence is not None:
        return WholeCopy(audio_copies.Copy(encoding.essence, *untagged))
    plan = audio_copies.plan(encoding.format, facts, *untagged, window=window)
    assert plan is not None, "an MP3 of constant rate always has an exact size"
    return GrowingCopy(plan, encoding)


def _copy_of(track: Track, format_: Format) -> WholeCopy | GrowingCopy | Encoding:
    tags, picture = tagging.tags_of(track), tagging.picture_of(track.edition)
    encoding = essences.request(track.master, format_)
    if encoding.essence is not None:
        return WholeCopy(audio_copies.Copy(encoding.essence, tags, picture))
    plan = audio_copies.plan(encoding.format, track.master.facts, tags, picture, source=track.master.file)
    return GrowingCopy(plan, encoding) if plan else encoding


def _finished_copy(track: Track, encoding: Encoding) -> WholeCopy:
    tags, picture = tagging.tags_of(track), tagging.picture_of(track.edition)
    return WholeCopy(audio_copies.Copy(encoding.result(0), tags, picture))


def _read_part(encoding: Encoding, offset: int, length: int) -> bytes:
    try:
        with encoding.part.open("rb") as file:
            return os.pread(file.fileno(), length, offset)
    except FileNotFoundError:  # It was finished and renamed between the look and the read.
        return encoding.result(10).read(offset, length)
