"""Read open files on the event loop in pieces that fit whoever reads them. It never waits for a disk on the loop.

A fast reader gets large pieces, which cost least; of two thousand slow ones each holds only a small one.
"""

import os
import time
from collections.abc import AsyncGenerator
from typing import Protocol

import anyio.to_thread

from obbligato.audio.errors import Damaged

SMALLEST_BYTES, LARGEST_BYTES = 16 * 1024, 256 * 1024
UNREAD_BYTES = 5 * 2**20
"""More than the kernel and the server take of a reader who reads nothing: what is taken beyond has been read."""
FAST_BYTES_A_SECOND, FIRST_LARGE_BYTES = 20_000_000, 2**20
NOWAIT = getattr(os, "RWF_NOWAIT", 0)
"""Linux alone can be asked for what is in memory already."""
_probe = bytearray(1)


class OpenFile(Protocol):
    """Whatever has bytes in an open file."""

    def fileno(self) -> int: ...


class Pace:
    """How large the next piece is: small until a reader has shown that she is fast, and again when she is no longer."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._given_bytes = 0

    def next_bytes(self) -> int:
        """To be asked just before each piece is read."""
        if self._given_bytes < UNREAD_BYTES:
            return SMALLEST_BYTES
        read_bytes = self._given_bytes - UNREAD_BYTES
        is_fast = read_bytes > FAST_BYTES_A_SECOND * (time.monotonic() - self._began) - FIRST_LARGE_BYTES
        return LARGEST_BYTES if is_fast else SMALLEST_BYTES

    def given(self, given_bytes: int) -> None:
        """To be said just before a piece is handed over."""
        self._given_bytes += given_bytes


async def file_pieces(file: OpenFile, start: int, stop: int, pace: Pace) -> AsyncGenerator[bytes]:
    """The bytes [start, stop) of an open file. Raises Damaged where it has become shorter."""
    while start < stop:
        piece = await read(file, start, min(pace.next_bytes(), stop - start))
        start += len(piece)
        pace.given(len(piece))
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
