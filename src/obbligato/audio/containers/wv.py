"""WavPack's blocks as far as their heads go, and what stands behind the last one; never a sample.

Source: "WavPack 4 & 5 Binary File / Block Format". A file is blocks one after another, without anything before them;
behind them stand a block without samples, which names the MD5 of all samples, and an APEv2 tag. All numbers are
little-endian.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from obbligato.audio.essence import Sound

HEADER = struct.Struct("<4sIHBBIIIII")
"""Mark, bytes from here on, version, upper 8 bits of the index and of the total, lower 32 bits of the total and of
the index, samples in this block, flags, check of the samples."""
MARK, VERSION = b"wvpk", 0x410
MONO, JOINT_STEREO, CROSS_DECORRELATION, INT32, FALSE_STEREO = 0x4, 0x10, 0x20, 0x100, 0x40000000
SHIFT_MASK, MAGNITUDE_MASK = 0x1F << 13, 0x1F << 18
LARGE_PIECE, ODD_PIECE = 0x80, 0x40
MD5_PIECE = 0x26
MD5_BLOCK_BYTES = HEADER.size + 18
PLAIN_FIXED_BYTES = 128
MOST_SAMPLES = 150_000
"""FFmpeg's limit for a block, all channels together."""
LEAST_SAMPLES = 40_000


@dataclass(frozen=True)
class Head:
    """The head of one block: the channels of a moment may need several, of one or two channels each."""

    block_bytes: int
    """Of the whole block, this head among them."""
    block_samples: int
    flags: int
    check: int
    first_sample: int = 0
    total_samples: int = 0

    @classmethod
    def parsed(cls, data: bytes, offset: int = 0) -> Self:
        mark, size, _, upper_index, upper_total, total, index, samples, flags, check = HEADER.unpack_from(data, offset)
        assert mark == MARK, "a block begins with its mark"
        # A total never has the lower half 2**32-1, which means that it is unknown.
        return cls(size + 8, samples, flags, check, index | upper_index << 32, total + upper_total * 0xFFFFFFFF)

    def packed(self) -> bytes:
        total = self.total_samples + self.total_samples // 0xFFFFFFFF
        index = self.first_sample
        upper, lower = (index >> 32, total >> 32), (total & 0xFFFFFFFF, index & 0xFFFFFFFF)
        return HEADER.pack(
            MARK, self.block_bytes - 8, VERSION, *upper, *lower, self.block_samples, self.flags, self.check
        )

    @property
    def channels(self) -> int:
        return 1 if self.flags & MONO else 2


def prefix(sound: Sound, tag_block: bytes, packet_sizes: object = ()) -> bytes:
    """Nothing: the first block is the first byte of the file."""
    return b""


def suffix(sound: Sound, tag_block: bytes) -> bytes:
    """The MD5 of the samples where the plan knows it, which private then holds, and the tag."""
    if not sound.private:
        return tag_block
    # FFmpeg takes a block with the flags of a moment for one that must have samples.
    head = Head(MD5_BLOCK_BYTES, 0, flags=0, check=0, total_samples=sound.samples)
    return head.packed() + piece(MD5_PIECE, bytes.fromhex(sound.private)) + tag_block


def fixed_bytes(sound: Sound) -> int:
    """What is in a file besides packets and tag."""
    return MD5_BLOCK_BYTES if sound.private else 0


def packet_fixed_bytes(channels: int) -> int:
    """What a packet takes besides its samples: for each block a plain one's head and pieces, and what fills them up."""
    return (channels + 1) // 2 * PLAIN_FIXED_BYTES + 2 * channels


def plain_bytes(sound: Sound) -> int:
    """No less than what all samples take in plain blocks: a bit more for each than it has."""
    return sound.samples * sound.channels * (sound.bits + 1) // 8 + sound.packets


def piece(kind: int, data: bytes) -> bytes:
    """A piece of metadata with its length in words of two bytes; long data take three bytes for it."""
    words = (len(data) + 1) // 2
    kind |= ODD_PIECE if len(data) % 2 else 0
    body = data + bytes(len(data) % 2)
    if words < 256:
        return bytes([kind, words]) + body
    return bytes([kind | LARGE_PIECE]) + words.to_bytes(3, "little") + body


def pieces(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind, without its two marks of length, and data of every piece of a block."""
    position = HEADER.size
    while position < len(block):
        kind, words, head = block[position], block[position + 1], 2
        if kind & LARGE_PIECE:
            words, head = int.from_bytes(block[position + 1 : position + 4], "little"), 4
        length = 2 * words - (1 if kind & ODD_PIECE else 0)
        yield kind & ~(LARGE_PIECE | ODD_PIECE), block[position + head : position + head + length]
        position += head + 2 * words


def blocks(packet: bytes) -> Iterator[bytes]:
    """The blocks of one packet of FFmpeg's, which all are of the same moment."""
    position = 0
    while position < len(packet):
        length = Head.parsed(packet, position).block_bytes
        yield packet[position : position + length]
        position += length


def placed(packet: bytes, *, first_sample: int, total_samples: int) -> bytes:
    """The same blocks at another place of a file of so many samples; their checks cover no head."""
    moved = []
    for block in blocks(packet):
        head = replace(Head.parsed(block), first_sample=first_sample, total_samples=total_samples)
        moved.append(head.packed() + block[HEADER.size :])
    return b"".join(moved)


def samples_in_block(sample_rate: int, channels: int) -> int:
    """The length that FFmpeg's encoder takes: about half a second, less of many channels."""
    samples = sample_rate // 2 if sample_rate % 2 == 0 else sample_rate
    while samples * channels > MOST_SAMPLES:
        samples //= 2
    while samples * channels < LEAST_SAMPLES:
        samples *= 2
    return samples
