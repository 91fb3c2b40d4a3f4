"""A zip that is computed, not stored: every byte of it follows from its members. It never compresses.

Where every size is known its length is exact before a member is encoded, and any part of it can be had alone.
A member whose size only encoding tells is waited for when it is its turn; the bytes are the same either way.
"""

import hashlib
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from obbligato.library import zip_records as records
from obbligato.library.fetching import Fetchable
from obbligato.library.pieces import Piece, contents

LAYOUT = "zip-2"
"""Changes whenever the same members would give other bytes than before; a part of every validator."""
ENTRIES_A_PIECE = 512
MEMBERS_AHEAD = 1


class Checksums(Protocol):
    """CRC-32 of members by their validators, remembered from whoever read one whole."""

    async def known(self, etags: Sequence[str]) -> dict[str, int]: ...

    def keep(self, etag: str, crc: int) -> None: ...


async def _no_checksum() -> int | None:
    return None


def nothing_begun() -> None:
    """What ends the making of a member that nothing had to be begun for."""


async def _begin_nothing() -> Callable[[], None]:
    return nothing_begun


@dataclass(frozen=True)
class Member:
    """One file of a zip: its path inside, size in bytes (None where only encoding tells) and strong validator.

    `open` gives it when it is its turn. `checksum` gives its CRC-32 where that can be had without reading it.
    `begin` has its beginning made while an earlier member is sent, and gives what ends that interest.
    """

    name: str
    size: int | None
    etag: str
    open: Callable[[], Awaitable[Fetchable]]
    checksum: Callable[[], Awaitable[int | None]] = _no_checksum
    begin: Callable[[], Awaitable[Callable[[], None]]] = _begin_nothing


class Zip:
    """A stored zip of members; readable at any offset where all sizes are known, else from its beginning."""

    def __init__(self, members: Sequence[Member], *, modified: datetime, checksums: Checksums) -> None:
        self._members = members
        self._names = [member.name.encode() for member in members]
        self._modified = modified
        self._checksums = checksums
        self._starts = _starts(self._names, [member.size for member in members])
        self.size = self._total() if len(self._starts) > len(members) else None
        joined = "\n".join([LAYOUT, modified.isoformat(), *(f"{one.name}\0{one.etag}" for one in members)])
        self.etag = f'"{hashlib.sha256(joined.encode()).hexdigest()[:40]}"'
        """Strong, and the same before sizes are known as after."""

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        """The bytes [start, stop), to the end without stop; only members that they touch are opened."""
        assert self.size is not None or (start, stop) == (0, None), "places are known once sizes are"
        last = stop if stop is not None else (1 << 63)
        first_number = min(bisect_right(self._starts, start), len(self._members)) - 1 if start else 0
        sizes = [member.size or 0 for member in self._members[: max(0, first_number)]]
        starts = self._starts[: len(sizes) + 1]
        ahead = _Ahead([member.begin for member in self._members[: self._touched_until(last)]])
        yield b""  # It is on its way, even if a first member of unknown size takes its time.
        try:
            for number in range(len(sizes), self._touched_until(last)):
                await ahead.reached(number)
                size, source = await self._measured(number)
                pieces = self._member(number, size, source, start - starts[number], last - starts[number])
                async with aclosing(pieces):
                    async for piece in pieces:
                        yield piece
                sizes.append(size)
                starts.append(starts[number] + _room(self._names[number], size))
        finally:
            ahead.close()
        if self.size is None or last > self._starts[-1]:
            async for piece in self._directory(sizes, starts, start - starts[-1], last - starts[-1]):
                yield piece

    def _touched_until(self, last: int) -> int:
        """The number of the first member that begins at or after a place, or of members."""
        return len(self._members) if self.size is None else min(bisect_left(self._starts, last), len(self._members))

    async def _measured(self, number: int) -> tuple[int, Fetchable | None]:
        """A member's size, and the member itself where it had to be opened for that."""
        member = self._members[number]
        if member.size is not None:
            return member.size, None
        source = await member.open()
        assert source.size is not None, "an opened member knows its size"
        return source.size, source

    async def _member(
        self, number: int, size: int, source: Fetchable | None, start: int, stop: int
    ) -> AsyncGenerator[Piece]:
        """What of a member lies in [start, stop), counted from its local header."""
        member = self._members[number]
        header = records.local_header(self._names[number], size, self._modified)
        yield header[max(0, start) : max(0, stop)]
        first, last = max(0, start - len(header)), min(size, stop - len(header))
        after = len(header) + size
        has_tail = start < after + records.descriptor_bytes(size) and stop > after
        known = await self._known_crc(member) if has_tail else None
        if first < last:
            data = self._data(member, source or await member.open(), first, last, is_crc_known=known is not None)
            async with aclosing(data):
                async for piece in data:
                    yield piece
        if has_tail:
            tail = records.descriptor(size, await self._crc(member) if known is None else known)
            yield tail[max(0, start - after) : stop - after]

    async def _data(
        self, member: Member, source: Fetchable, first: int, last: int, *, is_crc_known: bool
    ) -> AsyncGenerator[Piece]:
        """A member's bytes; where its checksum is not known, it is found on the way from beginning to end."""
        chunks = source.chunks(first, last)
        async with aclosing(chunks):
            if is_crc_known or first > 0 or last != source.size:
                async for piece in chunks:
                    yield piece
                return
            crc = 0
            async for data in contents(chunks):
                crc = zlib.crc32(data, crc)
                yield data
        self._checksums.keep(member.etag, crc)

    async def _crc(self, member: Member) -> int:
        """Remembered, or had without reading, or read for."""
        known = await self._known_crc(member)
        if known is not None:
            return known
        source, crc = await member.open(), 0
        async for data in contents(source.chunks(0, source.size)):
            crc = zlib.crc32(data, crc)
        self._checksums.keep(member.etag, crc)
        return crc

    async def _known_crc(self, member: Member) -> int | None:
        """Remembered, or had without reading."""
        known = (await self._checksums.known([member.etag])).get(member.etag)
        if known is None and (known := 0 if member.size == 0 else await member.checksum()) is not None:
            self._checksums.keep(member.etag, known)
        return known

    async def _directory(
        self, sizes: Sequence[int], starts: Sequence[int], start: int, stop: int
    ) -> AsyncGenerator[Piece]:
        """What of the central directory and the end of the zip lies in [start, stop), counted from the directory."""
        at = 0
        for first in range(0, len(self._members), ENTRIES_A_PIECE):
            block = range(first, min(first + ENTRIES_A_PIECE, len(self._members)))
            length = sum(_entry_bytes(self._names[one], sizes[one], starts[one]) for one in block)
            if start < at + length and at < stop:
                entries = await self._entries(block, sizes, starts)
                yield entries[max(0, start - at) : stop - at]
            at += length
        tail = records.end(len(self._members), at, starts[len(self._members)])
        yield tail[max(0, start - at) : max(0, stop - at)]

    async def _entries(self, block: range, sizes: Sequence[int], starts: Sequence[int]) -> bytes:
        known = await self._checksums.known([self._members[one].etag for one in block])
        pieces = []
        for one in block:
            crc = known.get(self._members[one].etag)
            crc = await self._crc(self._members[one]) if crc is None else crc
            pieces.append(records.directory_entry(self._names[one], sizes[one], starts[one], crc, self._modified))
        return b"".join(pieces)

    def _total(self) -> int:
        sizes = [member.size or 0 for member in self._members]
        directory = sum(map(_entry_bytes, self._names, sizes, self._starts))
        return self._starts[-1] + directory + len(records.end(len(sizes), directory, self._starts[-1]))


class _Ahead:
    """Has the next members begun while one is sent."""

    def __init__(self, begins: Sequence[Callable[[], Awaitable[Callable[[], None]]]]) -> None:
        self._begins = begins
        self._begun: dict[int, Callable[[], None]] = {}

    async def reached(self, number: int) -> None:
        """A member's turn has come: what was begun of it goes on through its reader, and the next are begun."""
        for later in range(number + 1, min(number + 1 + MEMBERS_AHEAD, len(self._begins))):
            if later not in self._begun:
                self._begun[later] = await self._begins[later]()
        for earlier in [one for one in self._begun if one < number]:
            self._begun.pop(earlier)()

    def close(self) -> None:
        """Nobody waits for the rest."""
        for end in self._begun.values():
            end()
        self._begun.clear()


def _starts(names: Sequence[bytes], sizes: Sequence[int | None]) -> "array[int]":
    """Where each member begins and, where every size is known, at last where the directory does."""
    starts = array("Q", [0])
    for name, size in zip(names, sizes, strict=True):
        if size is None:
            break
        starts.append(starts[-1] + _room(name, size))
    return starts


def _room(name: bytes, size: int) -> int:
    """Bytes from a member's local header to the end of its descriptor."""
    return records.local_header_bytes(len(name), size) + size + records.descriptor_bytes(size)


def _entry_bytes(name: bytes, size: int, offset: int) -> int:
    return records.directory_entry_bytes(len(name), size, offset)
