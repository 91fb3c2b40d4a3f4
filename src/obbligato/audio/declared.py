"""Reads how many samples a header promises, without FFmpeg, which guesses when a header says nothing.

It reads a few bytes at a time and never believes a size that it would have to allocate.
"""

import struct
from pathlib import Path
from typing import BinaryIO

_MAXIMUM_CHUNKS = 4096


def wav_samples(path: Path, *, start: int, frame_bytes: int) -> int | None:
    """Samples per channel that the data chunk of a RIFF, RF64 or BW64 file declares (EBU Tech 3306)."""
    with path.open("rb") as file:
        file.seek(start)
        is_64_bit = file.read(4) in {b"RF64", b"BW64"}
        declared_64_bit: int | None = None
        for name, size, offset in _chunks(file, start + 12, byte_order="little"):
            if name == b"ds64":
                file.seek(offset)
                body = file.read(16)
                declared_64_bit = struct.unpack("<QQ", body)[1] if len(body) == 16 else None
            if name == b"data":
                is_unknown = size in {0, 0xFFFFFFFF}
                if is_64_bit and size == 0xFFFFFFFF and declared_64_bit is not None:
                    return declared_64_bit // frame_bytes
                return None if is_unknown else size // frame_bytes
    return None


def aiff_samples(path: Path, *, start: int) -> int | None:
    """numSampleFrames of an AIFF's Common Chunk (AIFF 1.3, page 8), None when absent or zero."""
    with path.open("rb") as file:
        for name, _, offset in _chunks(file, start + 12, byte_order="big"):
            if name == b"COMM":
                file.seek(offset)
                body = file.read(6)
                return (struct.unpack(">HI", body)[1] or None) if len(body) == 6 else None
    return None


def wavpack_header(path: Path, *, start: int) -> tuple[int | None, int] | None:
    """Total samples (None: not said) and flags of the first WavPack block (file format 5, "Block Header")."""
    with path.open("rb") as file:
        file.seek(start)
        header = file.read(32)
    if len(header) < 32:
        return None
    upper, total, flags = header[11], *struct.unpack("<I8xI", header[12:28])
    return (None if total == 0xFFFFFFFF else total + (upper << 32) - upper), flags


def _chunks(file: BinaryIO, offset: int, *, byte_order: str) -> "list[tuple[bytes, int, int]]":
    """Name, declared size and offset of the body of every chunk of an IFF file, as far as its sizes lead."""
    found: list[tuple[bytes, int, int]] = []
    while len(found) < _MAXIMUM_CHUNKS:
        file.seek(offset)
        header = file.read(8)
        if len(header) < 8:
            break
        size = struct.unpack("<I" if byte_order == "little" else ">I", header[4:])[0]
        found.append((header[:4], size, offset + 8))
        offset += 8 + size + size % 2
    return found
