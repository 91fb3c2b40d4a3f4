"""A zip that is computed, not stored: every byte of it follows from its members. It never compresses.

Members are stored with their sizes known and their CRC-32 in a data descriptor (APPNOTE 6.3.10, 4.3.9), so the
length is exact before a member is encoded. Zip64 wherever a number needs it.
"""

import struct
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from obbligato.library.copies import Fetchable

LIMIT_32 = 0xFFFFFFFF
LIMIT_16 = 0xFFFF
VERSION, VERSION_ZIP64 = 20, 45
UTF8_AND_DESCRIPTOR = 0x0808
REGULAR_FILE = 0o100644 << 16
UNIX = 3 << 8
_checksums: OrderedDict[str, int] = OrderedDict()
CHECKSUMS_KEPT = 20_000


@dataclass(frozen=True)
class Member:
    """One file of a zip: its path inside, exact size in bytes, validator, and how to open it when it is its turn."""

    name: str
    size: int
    etag: str
    open: Callable[[], Awaitable[Fetchable]]


class Zip:
    """A stored zip of members, readable at any offset."""

    def __init__(self, members: list[Member], *, modified: datetime) -> None:
        self._members = members
        self._modified = modified
        self._offsets: list[int] = []
        offset = 0
        for member in members:
            self._offsets.append(offset)
            offset += len(self._local_header(member)) + member.size + len(_descriptor(member, 0))
        self._directory_offset = offset
        self.size = offset + len(self._directory([0] * len(members)))
        joined = "\n".join(f"{member.name}:{member.size}:{member.etag}" for member in members)
        self.etag = f'"zip-{zlib.crc32(joined.encode()):08x}-{zlib.adler32(joined.encode()):08x}-{self.size}"'

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes [start, stop) of the zip; only members that they touch are opened."""
        for member, offset in zip(self._members, self._offsets, strict=True):
            async for piece in self._member_chunks(member, start - offset, stop - offset):
                yield piece
        if stop > self._directory_offset:
            directory = self._directory([await _checksum(member) for member in self._members])
            first = max(0, start - self._directory_offset)
            yield directory[first : stop - self._directory_offset]

    async def _member_chunks(self, member: Member, start: int, stop: int) -> AsyncIterator[bytes]:
        header = self._local_header(member)
        data_ends = len(header) + member.size
        ends = data_ends + len(_descriptor(member, 0))
        start, stop = max(0, start), min(stop, ends)
        if start >= stop:
            return
        if start < len(header):
            yield header[start:stop]
        first, last = max(0, start - len(header)), min(stop, data_ends) - len(header)
        if first < last:
            async for piece in _data(member, first, last):
                yield piece
        if stop > data_ends:
            tail = _descriptor(member, await _checksum(member))
            yield tail[max(0, start - data_ends) : stop - data_ends]

    def _local_header(self, member: Member) -> bytes:
        name = member.name.encode()
        is_large = member.size >= LIMIT_32
        extra = struct.pack("<HHQQ", 1, 16, member.size, member.size) if is_large else b""
        size = LIMIT_32 if is_large else member.size
        return (
            struct.pack(
                "<4s5H3I2H",
                b"PK\x03\x04",
                VERSION_ZIP64 if is_large else VERSION,
                UTF8_AND_DESCRIPTOR,
                0,
                *_dos_time(self._modified),
                0,
                size,
                size,
                len(name),
                len(extra),
            )
            + name
            + extra
        )

    def _directory(self, checksums: list[int]) -> bytes:
        entries = b"".join(
            self._entry(member, offset, crc)
            for member, offset, crc in zip(self._members, self._offsets, checksums, strict=True)
        )
        count, start = len(self._members), self._directory_offset
        end = b""
        if count >= LIMIT_16 or start >= LIMIT_32 or len(entries) >= LIMIT_32:
            end += struct.pack(
                "<4sQ2H2I4Q", b"PK\x06\x06", 44, VERSION_ZIP64, VERSION_ZIP64, 0, 0, count, count, len(entries), start
            )
            end += struct.pack("<4sIQI", b"PK\x06\x07", 0, start + len(entries), 1)
        end += struct.pack(
            "<4s4H2IH",
            b"PK\x05\x06",
            0,
            0,
            min(count, LIMIT_16),
            min(count, LIMIT_16),
            min(len(entries), LIMIT_32),
            min(start, LIMIT_32),
            0,
        )
        return entries + end

    def _entry(self, member: Member, offset: int, crc: int) -> bytes:
        name = member.name.encode()
        large = [number for number in (member.size, member.size, offset) if number >= LIMIT_32]
        extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
        return (
            struct.pack(
                "<4s6H3I5H2I",
                b"PK\x01\x02",
                UNIX | VERSION_ZIP64,
                VERSION_ZIP64 if large else VERSION,
                UTF8_AND_DESCRIPTOR,
                0,
                *_dos_time(self._modified),
                crc,
                min(member.size, LIMIT_32),
                min(member.size, LIMIT_32),
                len(name),
                len(extra),
                0,
                0,
                0,
                REGULAR_FILE,
                min(offset, LIMIT_32),
            )
            + name
            + extra
        )


async def _data(member: Member, first: int, last: int) -> AsyncIterator[bytes]:
    """A member's bytes; read from the beginning to the end, its checksum is kept on the way."""
    source = await member.open()
    assert source.size == member.size
    crc = 0
    async for piece in source.chunks(first, last):
        crc = zlib.crc32(piece, crc)
        yield piece
    if first == 0 and last == member.size:
        _keep_checksum(member.etag, crc)


async def _checksum(member: Member) -> int:
    if member.etag not in _checksums:
        async for _ in _data(member, 0, member.size):
            pass
        if not member.size:
            _keep_checksum(member.etag, 0)
    return _checksums[member.etag]


def _keep_checksum(etag: str, crc: int) -> None:
    _checksums[etag] = crc
    while len(_checksums) > CHECKSUMS_KEPT:
        _checksums.popitem(last=False)


def _descriptor(member: Member, crc: int) -> bytes:
    shape = "<4sIQQ" if member.size >= LIMIT_32 else "<4sIII"
    return struct.pack(shape, b"PK\x07\x08", crc, member.size, member.size)


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Time and date as MS-DOS wrote them: two-second steps, from 1980 on."""
    year = min(max(moment.year, 1980), 2107)
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (year - 1980) << 9 | moment.month << 5 | moment.day
