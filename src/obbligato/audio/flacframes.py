"""Cuts a FLAC stream into its frames where FFmpeg's own parser gives up; never decodes a sample.

FFmpeg takes a stream for damaged in which twenty stretches of 8 KiB hold no frame header, so it reads no frame of
more than some 216 KiB: six channels of loud 24-bit sound at 192 kHz have such frames. All clauses are of RFC 9639.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from obbligato.audio.containers.flac import PARSED_FRAME_BYTES
from obbligato.audio.flacmarks import StreamInfo

_HEADER_BYTES = 17
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Frame:
    """The bytes of a frame, and the number of its first sample as its header says."""

    data: bytes
    position: int


@dataclass(frozen=True)
class _Head:
    at: int
    has_samples_counted: bool
    number: int


def may_have_large_frames(info: StreamInfo) -> bool:
    """Whether STREAMINFO allows for frames that FFmpeg's parser does not find."""
    plain = info.maximum_block_samples * info.channels * (info.bits + 7) // 8
    return (info.maximum_frame_bytes or plain) > PARSED_FRAME_BYTES


def cut(path: Path, info: StreamInfo, *, start: int) -> Iterator[Frame]:
    """The frames from `start`, where the first one is, to the end of the file. Raises OSError.

    What cannot be a frame is left with the one before it, for the decoder to refuse.
    """
    buffer, first, searched = bytearray(), None, 0
    with path.open("rb") as file:
        file.seek(start)
        while True:
            chunk = file.read(_READ_BYTES)
            buffer += chunk
            while head := _next_head(buffer, searched, after=first, is_end=not chunk):
                if first is not None:
                    yield Frame(bytes(buffer[: head.at]), _position(first, info))
                del buffer[: head.at]
                first, searched = head, 2
            searched = max(searched, len(buffer) - _HEADER_BYTES)
            if not chunk:
                break
    if first is not None:
        yield Frame(bytes(buffer), _position(first, info))


def _next_head(buffer: bytearray, searched: int, *, after: _Head | None, is_end: bool) -> _Head | None:
    """The first header from `searched` on that comes later in the recording than `after`."""
    at = searched
    stop = len(buffer) - (0 if is_end else _HEADER_BYTES)
    while (at := buffer.find(b"\xff", at, max(stop, 0))) >= 0:
        head = _head(bytes(buffer[at : at + _HEADER_BYTES]), at)
        if head is not None and (
            after is None or (head.has_samples_counted == after.has_samples_counted and head.number > after.number)
        ):
            return head
        at += 1
    return None


def _head(header: bytes, at: int) -> _Head | None:
    """A header's number (9.1), None where these bytes are none or their CRC-8 differs (9.1.8)."""
    if len(header) < 6 or header[1] not in {0xF8, 0xF9}:
        return None
    block, rate = header[2] >> 4, header[2] & 0xF
    if block == 0 or rate == 15 or header[3] >> 4 > 10 or header[3] & 1:
        return None
    coded = _coded_bytes(header[4])
    if coded == 0:
        return None
    length = 4 + coded + {6: 1, 7: 2}.get(block, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if len(header) <= length or _crc8(header[: length + 1]) != 0:
        return None
    number = header[4] if coded == 1 else header[4] & ((1 << (7 - coded)) - 1)
    for byte in header[5 : 4 + coded]:
        if byte >> 6 != 2:
            return None
        number = number << 6 | byte & 0x3F
    return _Head(at, header[1] == 0xF9, number)


def _coded_bytes(first: int) -> int:
    """How many bytes a coded number has (9.1.5), by its first; 0 for one that begins none."""
    ones = next((ones for ones in range(8) if not first << ones & 0x80), 8)
    return 1 if ones == 0 else ones if 2 <= ones <= 7 else 0


def _position(head: _Head, info: StreamInfo) -> int:
    return head.number if head.has_samples_counted else head.number * info.maximum_block_samples


def _crc8(data: bytes) -> int:
    """The remainder by x^8 + x^2 + x + 1."""
    remainder = 0
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder << 1 ^ 0x07 if remainder & 0x80 else remainder << 1) & 0xFF
    return remainder
