"""Gives FLAC frames other numbers and the checks that belong to them; never reads the body of a frame.

A CRC without start value is a remainder of polynomials over two elements (RFC 9639, 9.1.8 and 9.3), so it is linear:
when only the header changes, the check over the frame changes by the check over the two headers' difference,
multiplied by x once for every bit that follows. All frames of a batch are done at once.
"""

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

NUMBER_EDGES = (1 << 7, 1 << 11, 1 << 16, 1 << 21, 1 << 26, 1 << 31)
"""A number below the n-th of these has n bytes in the manner of UTF-8 (RFC 9639, 9.1.5)."""
PERIOD_16 = 2**15 - 1
"""After so many steps the powers of x recur: x^16 + x^15 + x^2 + 1 is (x + 1)(x^15 + x + 1), the latter primitive."""
LONGEST_HEAD_BYTES = 16
"""RFC 9639, 9.1: four bytes, a number of seven at the most, two of block size, two of rate, the check."""

Bytes = NDArray[np.uint8]


def renumbered(frames: list[bytes], *, old_first: int, new_first: int) -> tuple[bytes, list[int]]:
    """Frames numbered from old_first on, joined with numbers from new_first on, and the new length of each."""
    if old_first == new_first:
        return b"".join(frames), list(map(len, frames))
    edges = {edge - first for edge in NUMBER_EDGES for first in (old_first, new_first)}
    # Only the last frame of a stream has a length of its own, which its head then names in more bytes.
    edges |= {0, len(frames) - 1, len(frames)}
    pieces: list[bytes | memoryview] = []
    sizes: list[int] = []
    for start, stop in pairwise(sorted(edge for edge in edges if 0 <= edge <= len(frames))):
        run = frames[start:stop]
        pieces += _renumbered_run(run, old_first=old_first + start, new_first=new_first + start)
        longer = number_bytes(new_first + start) - number_bytes(old_first + start)
        sizes += [len(frame) + longer for frame in run]
    return b"".join(pieces), sizes


def number_bytes(number: int) -> int:
    """How many bytes a frame's number takes."""
    assert 0 <= number < NUMBER_EDGES[-1], "a stream has at most 2**31 frames"
    return next(place for place, edge in enumerate(NUMBER_EDGES, 1) if number < edge)


def _renumbered_run(frames: list[bytes], *, old_first: int, new_first: int) -> list[bytes | memoryview]:
    """Pieces of frames whose old numbers all have one length, and so the new ones, and what is behind them."""
    old_width, new_width = number_bytes(old_first), number_bytes(new_first)
    head_bytes = 4 + old_width + _bytes_behind_number(frames[0][2]) + 1
    old = np.frombuffer(b"".join([frame[:head_bytes] for frame in frames]), np.uint8).reshape(len(frames), -1)
    old_numbers, new_numbers = (_coded(first, len(frames)) for first in (old_first, new_first))
    assert np.array_equal(old[:, 4 : 4 + old_width], old_numbers), "these frames have other numbers"
    assert not _remainders(old, _table_8()).any(), "a header and its check leave no remainder"
    new = np.concatenate([old[:, :4], new_numbers, old[:, 4 + old_width : -1], old[:, -1:]], axis=1)
    new[:, -1] = _remainders(new[:, :-1], _table_8())
    ends = np.frombuffer(b"".join([frame[-2:] for frame in frames]), ">u2").astype(np.uint16)
    difference = _remainders(old, _table_16()) ^ _remainders(new, _table_16())
    ends ^= _shifted(difference, np.array([len(frame) for frame in frames]) - head_bytes - 2)
    heads, checks = new.tobytes(), ends.astype(">u2").tobytes()
    pieces: list[bytes | memoryview] = []
    width = new.shape[1]
    for place, frame in enumerate(frames):
        body = memoryview(frame)[head_bytes:-2]
        pieces += (heads[place * width : (place + 1) * width], body, checks[2 * place : 2 * place + 2])
    assert width - head_bytes == new_width - old_width, "only the number has another length"
    return pieces


def _bytes_behind_number(third_byte: int) -> int:
    """Bytes of block size and sample rate behind the number (RFC 9639, 9.1.1, 9.1.2, 9.1.6 and 9.1.7)."""
    return {6: 1, 7: 2}.get(third_byte >> 4, 0) + {12: 1, 13: 2, 14: 2}.get(third_byte & 15, 0)


def _coded(first: int, count: int) -> Bytes:
    """The numbers from first on, of one length all, each as a row of bytes (RFC 9639, 9.1.5)."""
    width = number_bytes(first)
    numbers = np.arange(first, first + count, dtype=np.int64)[:, None]
    if width == 1:
        return numbers.astype(np.uint8)
    coded = 0x80 | numbers >> 6 * np.arange(width - 1, -1, -1) & 0x3F
    coded[:, 0] = 0xFF << 8 - width & 0xFF | numbers[:, 0] >> 6 * (width - 1)
    return coded.astype(np.uint8)


def _remainders(heads: Bytes, table: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The check over every row."""
    places = np.arange(heads.shape[1] - 1, -1, -1)
    remainders: NDArray[np.uint16] = np.bitwise_xor.reduce(table[places, heads], axis=1)
    return remainders


def _shifted(remainders: NDArray[np.uint16], count_bytes: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Each remainder as it is after so many zero bytes and the 16 bits of the check itself are accounted for."""
    places = np.arange(16)
    bits = remainders[:, None] >> places.astype(np.uint16) & 1
    powers = _powers(0x8005, width=16, count=PERIOD_16)[(8 * count_bytes[:, None] + places) % PERIOD_16]
    shifted: NDArray[np.uint16] = np.bitwise_xor.reduce(bits * powers, axis=1)
    return shifted


@cache
def _table_8() -> NDArray[np.uint16]:
    return _table(0x07, width=8)


@cache
def _table_16() -> NDArray[np.uint16]:
    return _table(0x8005, width=16)


def _table(polynomial: int, *, width: int) -> NDArray[np.uint16]:
    """What a byte with n bytes behind it does to the check, as a row for each n."""
    powers = _powers(polynomial, width=width, count=width + 8 * LONGEST_HEAD_BYTES)[width:].reshape(-1, 1, 8)
    bits = np.arange(256)[:, None] >> np.arange(8) & 1
    table: NDArray[np.uint16] = np.bitwise_xor.reduce(bits.astype(np.uint16) * powers, axis=2)
    return table


@cache
def _powers(polynomial: int, *, width: int, count: int) -> NDArray[np.uint16]:
    """x to the powers 0 to count-1, each as the remainder by x^width + polynomial."""
    powers, power = np.empty(count, np.uint16), 1
    for place in range(count):
        powers[place] = power
        power <<= 1
        if power >> width:
            power = power & ((1 << width) - 1) ^ polynomial
    return powers
