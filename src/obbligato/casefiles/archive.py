"""A zip archive whose bytes follow from its files alone: stored, in the order given, without times. Pure records.

Python's own zip module may write other bytes in another version, and a hash is of bytes. The layout is that of
APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from obbligato.kernel.refusals import Invalid

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
NEEDED, MADE_BY, NO_TIME, NO_DAY = 20, 0x0314, 0, 0x21
"""Version 2.0; made on Unix by 2.0; midnight of 1 January 1980, which is the first day that the format knows."""
ATTRIBUTES = 0o100644 << 16
MOST_BYTES = 0xFFFF_FFFF
MOST_FILES = 0xFFFF


class TooLarge(Invalid):
    """More than an archive of this kind can hold."""


@dataclass(frozen=True)
class File:
    """One file of an archive: an ASCII name, and how to get its bytes, which is asked once, when they are written."""

    name: str
    read: Callable[[], bytes]


def write(files: Iterable[File], to: BinaryIO, *, most_bytes: int = MOST_BYTES) -> tuple[str, int]:
    """Write the whole archive; gives the SHA-256 and size of what was written. Raises TooLarge."""
    hashed, at, count = hashlib.sha256(), 0, 0
    directory = []

    def put(content: bytes) -> None:
        nonlocal at
        to.write(content)
        hashed.update(content)
        at += len(content)
        if at > most_bytes:
            raise TooLarge("A case file can have at most 4 GB. Please leave documents out that do not matter.")

    for one in files:
        content, start = one.read(), at
        put(_record(LOCAL, one.name, content))
        put(content)
        directory.append(_record(CENTRAL, one.name, content, start))
        count += 1
    if count > MOST_FILES:
        raise TooLarge("A case file can have at most 65,535 files.")
    start = at
    put(b"".join(directory))
    put(struct.pack("<4s4H2LH", END, 0, 0, count, count, at - start, start, 0))
    return hashed.hexdigest(), at


def _record(kind: bytes, name: str, content: bytes, start: int = 0) -> bytes:
    named = name.encode("ascii")
    made_by, where = (b"", b"")
    if kind == CENTRAL:
        made_by, where = struct.pack("<H", MADE_BY), struct.pack("<3H2L", 0, 0, 0, ATTRIBUTES, start)
    common = struct.pack(
        "<5H3L2H", NEEDED, 0, 0, NO_TIME, NO_DAY, zlib.crc32(content), len(content), len(content), len(named), 0
    )
    return kind + made_by + common + where + named
