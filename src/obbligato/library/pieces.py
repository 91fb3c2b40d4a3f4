"""Say where bytes are, and read them on the event loop for those who need them. It never waits for a disk on the loop.

What stands in a file goes from there into the connection (ASGI's zero copy send), so that neither a fast reader costs
a copy of every byte nor a slow one holds any of them in memory.
"""

import os
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from typing import Protocol

import anyio.to_thread

from obbligato.audio.errors import Damaged

PIECE_BYTES = 64 * 1024
NOWAIT = getattr(os, "RWF_NOWAIT", 0)
"""Linux alone can be asked for what is in memory already."""
_probe = bytearray(1)


class OpenFile(Protocol):
    """Whatever has bytes in an open file."""

    def fileno(self) -> int: ...


@dataclass(frozen=True, slots=True)
class FileSlice:
    """The bytes [start, start + length) of a file that stays open as long as this lives."""

    file: OpenFile
    start: int
    length: int

    def __len__(self) -> int:
        return self.length


Piece = bytes | FileSlice


async def contents(pieces: AsyncIterable[Piece]) -> AsyncGenerator[bytes]:
    """The pieces as bytes in memory, the large ones cut. Raises Damaged where a file has become shorter."""
    async for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        at, stop = piece.start, piece.start + piece.length
        while at < stop:
            data = await _read(piece.file.fileno(), at, min(PIECE_BYTES, stop - at))
            at += len(data)
            yield data


async def bring_into_memory(piece: FileSlice) -> None:
    """Have the kernel hold these bytes, by a thread where it must read the disk for them."""
    descriptor, last = piece.file.fileno(), piece.start + piece.length - 1
    if not (_is_in_memory(descriptor, piece.start) and _is_in_memory(descriptor, last)):
        await anyio.to_thread.run_sync(_read_through, descriptor, piece.start, last + 1)


async def _read(descriptor: int, offset: int, length: int) -> bytes:
    """Some bytes from offset on, at least one: from memory at once, else by a thread."""
    if _is_in_memory(descriptor, offset) and _is_in_memory(descriptor, offset + length - 1):
        data = os.pread(descriptor, length, offset)
    else:
        data = await anyio.to_thread.run_sync(os.pread, descriptor, length, offset)
    if not data:
        raise Damaged("A file of audio became shorter while it was read.")
    return data


def _read_through(descriptor: int, start: int, stop: int) -> None:
    space = bytearray(PIECE_BYTES)
    for offset in range(start, stop, PIECE_BYTES):
        os.preadv(descriptor, [space], offset)


def _is_in_memory(descriptor: int, offset: int) -> bool:
    """Whether a byte could be read without waiting for the disk; what lies between two such was read with them."""
    try:
        return bool(NOWAIT) and os.preadv(descriptor, [_probe], offset, NOWAIT) == 1
    except OSError:  # Not in memory, or a file system that cannot tell.
        return False
