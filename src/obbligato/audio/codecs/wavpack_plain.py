"""Blocks of WavPack whose length has a hard limit, for signals that defeat the encoder; never for music.

A plain block predicts nothing: all bits of a sample but its sign are written as they are, in the piece that WavPack
has for bits below those it models (ID_WVX_BITSTREAM), and the signs, as the numbers 0 and -1, by its coder of words,
which gives them two bits at the most. So a sample takes one bit more than it has.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.codecs.encoder import Block, Samples
from obbligato.audio.containers import wv
from obbligato.audio.essence import Sound

TERMS, WEIGHTS, HISTORY, ENTROPY, INT32_INFORMATION = 0x02, 0x03, 0x04, 0x05, 0x09
BITS, LOW_BITS, CHANNELS, RATE = 0x0A, 0x0C, 0x0D, 0x27
FIRST_TERM = 1 + 5
"""One predictor by the sample before, of weight 0 and without learning: FFmpeg gives mono only through one."""
MASK_32 = 0xFFFFFFFF


def limit_bytes(*, samples: int, channels: int, bits: int) -> int:
    """The most that the blocks of one packet take together."""
    return wv.packet_fixed_bytes(channels) + (samples * channels * (bits + 1) + 7) // 8


def limited(packet: bytes, samples: Samples, sound: Sound, *, first: int) -> bytes:
    """The packet of the samples from `first` on, or plain blocks of the same samples where it is too long."""
    count = wv.Head.parsed(packet).block_samples
    if len(packet) <= limit_bytes(samples=count, channels=sound.channels, bits=sound.bits):
        return packet
    block = np.concatenate(list(samples.between(first, first + count)))
    plain, channel = [], 0
    for one in wv.blocks(packet):
        width = wv.Head.parsed(one).channels
        plain.append(plain_block(one, block[:, channel : channel + width], bits=sound.bits))
        channel += width
    return b"".join(plain)


def plain_block(encoded: bytes, block: Block, *, bits: int) -> bytes:
    """The block of the same samples, int32 of shape (samples, 1 or 2), with everything else as in the encoded one."""
    head = wv.Head.parsed(encoded)
    low_bits = bits - 1
    values = block.reshape(-1)
    signs = values >> low_bits
    kept = b"".join(wv.piece(kind, data) for kind, data in wv.pieces(encoded) if kind in {CHANNELS, RATE})
    low = (values[:, None] >> np.arange(low_bits) & 1).astype(np.uint8)
    low_check = _check(values & 0xFFFF, values >> 16 & 0xFFFF)
    body = b"".join(
        (
            kept,
            wv.piece(TERMS, bytes([FIRST_TERM])),
            wv.piece(WEIGHTS, bytes(head.channels)),
            wv.piece(HISTORY, b""),
            wv.piece(ENTROPY, bytes(6 * head.channels)),
            wv.piece(INT32_INFORMATION, bytes([low_bits, 0, 0, 0])),
            wv.piece(BITS, _stream(_words(signs))),
            wv.piece(LOW_BITS, struct.pack("<I", low_check) + _stream(low)),
        )
    )
    dropped = wv.JOINT_STEREO | wv.CROSS_DECORRELATION | wv.FALSE_STEREO | wv.SHIFT_MASK | wv.MAGNITUDE_MASK
    check = _mono_check(signs) if head.channels == 1 else _check(signs[::2], signs[1::2])
    return (
        wv.Head(
            block_bytes=wv.HEADER.size + len(body),
            block_samples=head.block_samples,
            flags=head.flags & ~dropped | wv.INT32,
            check=check,
        ).packed()
        + body
    )


def _words(signs: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Bits of numbers that are 0 or -1 by WavPack's coder, whose medians are and stay 0.

    A run of zeros is its length in Elias' gamma code; -1 and the number behind it, whatever that is, share one bit
    for their lengths and have a bit each for their signs. Where no run stands before the -1 a bit says so.
    """
    ones = np.flatnonzero(signs)
    bits = np.zeros(2 * len(signs) + 2, np.uint8)
    written = position = 0
    places = ones.tolist()
    following = [*signs.tolist(), 0]
    next_place = 0
    while next_place < len(places):
        place = places[next_place]
        run = place - position
        if run:
            code = _gamma(run)
            bits[written : written + len(code)] = code
            written += len(code)
        else:
            written += 1
        has_second = place + 1 < len(signs)
        bits[written + 1] = 1
        bits[written + 2] = following[place + 1] & 1
        written += 3 if has_second else 2
        position = place + 2
        next_place += 2 if has_second and following[place + 1] else 1
    if position < len(signs):
        code = _gamma(len(signs) - position)
        bits[written : written + len(code)] = code
        written += len(code)
    return bits[:written]


def _stream(bits: NDArray[np.uint8]) -> bytes:
    """Bits from the lowest of each byte on, filled up to words of two bytes."""
    data = np.packbits(bits, bitorder="little").tobytes()
    return data + bytes(len(data) % 2)


def _gamma(run: int) -> list[int]:
    """As many ones as the number has bits, a zero, then its bits from the lowest on save the highest."""
    length = run.bit_length()
    return [*[1] * length, 0, *(run >> place & 1 for place in range(length - 1))]


def _mono_check(values: NDArray[np.int32]) -> int:
    return _folded(values.astype(np.uint32), factor=3)


def _check(first: NDArray[np.int32], second: NDArray[np.int32]) -> int:
    """WavPack's check over pairs: left and right, or the halves of one sample."""
    return _folded(first.astype(np.uint32) * np.uint32(3) + second.astype(np.uint32), factor=9)


def _folded(values: NDArray[np.uint32], *, factor: int) -> int:
    """From all ones on, each time multiplied and a value added, in 32 bits."""
    powers = np.multiply.accumulate(np.full(len(values), factor, np.uint32))
    behind = np.concatenate([np.ones(1, np.uint32), powers[:-1]])[::-1]
    total = int(np.sum(values * behind, dtype=np.uint64)) + MASK_32 * int(powers[-1])
    return total & MASK_32
