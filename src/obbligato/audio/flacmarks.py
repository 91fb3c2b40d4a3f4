"""Reads the marks of a FLAC file: STREAMINFO, where the frames begin, whether something follows them.

It walks metadata and never decodes a sample. All clauses are of RFC 9639.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from obbligato.audio.errors import Damaged
from obbligato.audio.recognising import recognise

_NO_MD5 = bytes(16)
_MAXIMUM_METADATA_BLOCKS = 1024


@dataclass(frozen=True)
class StreamInfo:
    """The fields of STREAMINFO (8.2) that decide anything; zero and an empty MD5 mean: not said."""

    has_equal_blocks: bool
    maximum_block_samples: int
    maximum_frame_bytes: int
    sample_rate: int
    channels: int
    bits: int
    samples: int
    md5: str


def read_streaminfo(body: bytes) -> StreamInfo | None:
    """The 34 bytes of a STREAMINFO, or None if there are fewer."""
    if len(body) < 34:
        return None
    packed = int.from_bytes(body[10:18], "big")
    md5 = body[18:34]
    return StreamInfo(
        has_equal_blocks=body[0:2] == body[2:4],
        maximum_block_samples=int.from_bytes(body[2:4], "big"),
        maximum_frame_bytes=int.from_bytes(body[7:10], "big"),
        sample_rate=packed >> 44,
        channels=(packed >> 41 & 0x7) + 1,
        bits=(packed >> 36 & 0x1F) + 1,
        samples=packed & 0xFFFFFFFFF,
        md5="" if md5 == _NO_MD5 else md5.hex(),
    )


def find_frames(path: Path, *, start: int) -> int:
    """Offset of the first frame, behind `fLaC` at `start` and the metadata (6, 8.1). Raises Damaged."""
    length = path.stat().st_size
    with path.open("rb") as file:
        offset = start + 4
        for _ in range(_MAXIMUM_METADATA_BLOCKS):
            file.seek(offset)
            header = file.read(4)
            offset += 4 + int.from_bytes(header[1:4], "big")
            if len(header) < 4 or offset > length:
                raise Damaged("The FLAC file ends inside its metadata.")
            if header[0] & 0x80:
                return offset
    raise Damaged(f"The FLAC file has more than {_MAXIMUM_METADATA_BLOCKS} metadata blocks.")


def promised_md5(path: Path) -> str:
    """The MD5 that STREAMINFO promises, in hexadecimal; empty where it promises none. Raises Damaged, OSError."""
    start = recognise(path).audio_offset
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(42)
    info = read_streaminfo(head[8:])
    if head[:4] != b"fLaC" or info is None:
        raise Damaged("The master is no longer the FLAC file it was.")
    return info.md5


def has_trailing_tag(path: Path) -> bool:
    """Whether ID3v1, APE, Lyrics3 or an ID3v2 footer stands behind the audio, where FLAC knows no tags."""
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(max(0, length - 160))
        tail = file.read()
    if tail[-128:-125] == b"TAG":
        return True
    return tail[-32:-24] == b"APETAGEX" or tail[-9:] == b"LYRICS200" or tail[-10:-7] == b"3DI"


def is_whole_frame(frame: bytes) -> bool:
    """Whether the CRC-16 over a frame with its last two bytes is zero (9.3): nothing is glued to it."""
    remainder = 0
    for byte in frame:
        remainder = (remainder << 8 & 0xFFFF) ^ _CRC16[remainder >> 8 ^ byte]
    return remainder == 0


def _crc16_of(byte: int) -> int:
    """The remainder of one byte by x^16 + x^15 + x^2 + 1."""
    remainder = byte << 8
    for _ in range(8):
        remainder = (remainder << 1) ^ 0x8005 if remainder & 0x8000 else remainder << 1
    return remainder & 0xFFFF


_CRC16 = tuple(_crc16_of(byte) for byte in range(256))
