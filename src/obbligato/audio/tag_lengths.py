"""Says how long the tags in a file are, by the lengths in front of them, so that nobody reads what is too long.

Programs that read tags take all of them into memory. What cannot be understood counts as nothing; never raises.
"""

import struct
from pathlib import Path
from typing import BinaryIO

APE_FOOTER = struct.Struct("<8sIIII8x")
MOST_STEPS = 10_000
"""Chunks, boxes or blocks that are looked at."""


def tag_length_bytes(path: Path, container: str) -> int:
    """The length of all that a reader of tags would take into memory; container as MasterFacts has it."""
    try:
        with path.open("rb") as file:
            match container:
                case "flac":
                    return _flac(file)
                case "mp4":
                    return _boxes(file)
                case "wav":
                    return _chunks(file, "<")
                case "aiff":
                    return _chunks(file, ">")
                case "wv" | "tta":
                    return _ape(file)
    except (OSError, struct.error, ValueError):
        pass
    return 0


def _flac(file: BinaryIO) -> int:
    """All blocks before the frames (RFC 9639, 8.1)."""
    found, head = 0, file.read(4)
    for _ in range(MOST_STEPS if head == b"fLaC" else 0):
        (word,) = struct.unpack(">I", file.read(4))
        found += word & 0xFFFFFF
        file.seek(word & 0xFFFFFF, 1)
        if word >> 31:
            break
    return found


def _boxes(file: BinaryIO) -> int:
    """The box moov at the top (ISO 14496-12, 4.2)."""
    found = place = 0
    for _ in range(MOST_STEPS):
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            break
        size, kind = struct.unpack_from(">I4s", head)
        if size == 1:
            (size,) = struct.unpack_from(">Q", head, 8)
        if size < 8:
            break
        found += size if kind == b"moov" else 0
        place += size
    return found


def _chunks(file: BinaryIO, order: str) -> int:
    """Chunks of ID3 in RIFF and in IFF."""
    found, place = 0, 12
    for _ in range(MOST_STEPS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            break
        kind, size = struct.unpack(f"{order}4sI", head)
        found += size if kind.strip().lower() == b"id3" else 0
        place += 8 + size + size % 2
    return found


def _ape(file: BinaryIO) -> int:
    """The tag that ends with the file, or with an ID3v1 tag of 128 bytes."""
    length = file.seek(0, 2)
    for behind in (0, 128):
        file.seek(max(0, length - behind - APE_FOOTER.size))
        mark, _, size, _, _ = APE_FOOTER.unpack(file.read(APE_FOOTER.size))
        if mark == b"APETAGEX":
            return int(size)
    return 0
