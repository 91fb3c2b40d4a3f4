"""Reads how many samples a header promises, without FFmpeg, which guesses when a header says nothing.

It reads a few bytes at a time and never believes a size that it would have to allocate.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from obbligato.audio.errors import Damaged

_MAXIMUM_CHUNKS = 4096
_HARMLESS_BYTES = 1 << 16
"""Of what may stand behind the last chunk without being one: padding, and tags that belong to other formats."""


def wav_samples(path: Path, *, start: int, frame_bytes: int) -> int | None:
    """Samples per channel that the data chunk of a RIFF, RF64 or BW64 file declares (EBU Tech 3306).

    Raises Damaged where the file is shorter than that, or much longer without a word what the rest is: then the
    size is not that of the recording.
    """
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(start)
        is_64_bit = file.read(4) in {b"RF64", b"BW64"}
        declared_64_bit: int | None = None
        for name, size, offset in _chunks(file, start + 12, byte_order="little"):
            if name == b"ds64":
                file.seek(offset)
                body = file.read(16)
                declared_64_bit = struct.unpack("<QQ", body)[1] if len(body) == 16 else None
            if name == b"data":
                if is_64_bit and size == 0xFFFFFFFF and declared_64_bit is not None:
                    size = declared_64_bit
                elif size in {0, 0xFFFFFFFF}:
                    return None
                _refuse_other_length(size, held=length - offset, frame_bytes=frame_bytes)
                _refuse_unexplained_rest(file, offset + size + size % 2, length=length)
                return size // frame_bytes
    return None


def aiff_samples(path: Path, *, start: int, frame_bytes: int) -> int | None:
    """numSampleFrames of an AIFF's Common Chunk (AIFF 1.3, page 8), None when absent or zero.

    Raises Damaged where the file is shorter than that.
    """
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        for name, _, offset in _chunks(file, start + 12, byte_order="big"):
            if name == b"COMM":
                file.seek(offset)
                body = file.read(6)
                samples = struct.unpack(">HI", body)[1] if len(body) == 6 else 0
                _refuse_other_length(samples * frame_bytes, held=length - start, frame_bytes=frame_bytes)
                return samples or None
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


def _refuse_other_length(declared: int, *, held: int, frame_bytes: int) -> None:
    """Before a decoder spends minutes on it."""
    if declared > held:
        raise Damaged(
            f"The file promises {declared // frame_bytes:,} samples and holds {max(0, held) // frame_bytes:,}."
        )


def _refuse_unexplained_rest(file: BinaryIO, offset: int, *, length: int) -> None:
    """What follows the samples must be chunks, as far as it is more than a tag or padding."""
    end = offset
    for name, size, start in _chunks(file, offset, byte_order="little"):
        if not _is_name(name) or start + size > length:
            break
        end = start + size + size % 2
    if length - end > _HARMLESS_BYTES:
        raise Damaged(
            f"Behind the samples are {length - end:,} more bytes, and the file does not say what they are;"
            " its header may be that of a shorter recording."
        )


def _is_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in name)


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
