"""Read open files on the event loop in pieces that fit whoever reads them. It never waits for a disk on the loop.

A fast reader gets large pieces, which cost least; of two thousand slow ones each holds only a small one.
"""

import os
import time
from collections.abc import AsyncGenerator
from typing import Protocol

import anyio.to_thread

from obbligato.audio.errors import Damaged

SMALLEST_BYTES, LARGEST_BYTES = 32 * 1024, 256 * 1024
FAST_SECONDS, SLOW_SECONDS = 0.03, 0.3
"""A piece that is taken within the first makes the next one larger; one that takes the second, smaller."""
NOWAIT = getattr(os, "RWF_NOWAIT", 0)
"""Linux alone can be asked for what is in memory already."""
_probe = bytearray(1)


class OpenFile(Protocol):
    """Whatever has bytes in an open file."""

    def fileno(self) -> int: ...


class Pace:
    """How large the next piece is, by how soon the one before was taken."""

    def __init__(self) -> None:
        self._bytes = SMALLEST_BYTES
        self._given_at: float | None = None

    def next_bytes(self) -> int:
        """To be asked just before each piece is read."""
        now = time.monotonic()
        if self._given_at is not None:
            took = now - self._given_at
            if took < FAST_SECONDS:
                self._bytes = min(2 * self._bytes, LARGEST_BYTES)
            elif took > SLOW_SECONDS:
                self._bytes = max(self._bytes // 2, SMALLEST_BYTES)
        return self._bytes

    def given(self) -> None:
        """To be said just before a piece is handed over."""
        self._given_at = time.monotonic()


async def file_pieces(file: OpenFile, start: int, stop: int, pace: Pace) -> AsyncGenerator[bytes]:
    """The bytes [start, stop) of an open file. Raises Damaged where it has become shorter."""
    while start < stop:
        piece = await read(file, start, min(pace.next_bytes(), stop - start))
        start += len(piece)
        pace.given()
        yield piece


async def read(file: OpenFile, offset: int, length: int) -> bytes:
    """Some bytes from offset on, at least one: from memory at once, else by a thread."""
    descriptor = file.fileno()
    if _is_in_memory(descriptor, offset) and _is_in_memory(descriptor, offset + length - 1):
        piece = os.pread(descriptor, length, offset)
    else:
        piece = await anyio.to_thread.run_sync(os.pread, descriptor, length, offset)
    if not piece:
        raise Damaged("A file of audio became shorter while it was read.")
    return piece


def _is_in_memory(descriptor: int, offset: int) -> bool:
    """Whether a byte could be read without waiting for the disk; what lies between two such was read with them."""
    try:
        return bool(NOWAIT) and os.preadv(descriptor, [_probe], offset, NOWAIT) == 1
    except OSError:  # Not in memory, or a file system that cannot tell.
        return False
