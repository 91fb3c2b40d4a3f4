"""FLAC's blocks before the first frame; never the frames themselves. Source: RFC 9639, 8."""

import struct
from collections.abc import Sequence

from obbligato.audio.essence import Sound

MARK = b"fLaC"
STREAMINFO_BYTES = 34
FIXED_BYTES = len(MARK) + 4 + STREAMINFO_BYTES
"""What is before the tag blocks."""
PARSED_FRAME_BYTES = 20 * 8192
"""No larger frame is certain to be read by players that use FFmpeg, so none is written."""


def prefix(sound: Sound, tag_block: bytes, packet_sizes: Sequence[int] = ()) -> bytes:
    """The mark, STREAMINFO with the exact count and MD5, and the tag blocks, the last of which says so."""
    info = bytes.fromhex(sound.private)
    assert len(info) == STREAMINFO_BYTES, "STREAMINFO has 34 bytes"
    return MARK + block_header(0, STREAMINFO_BYTES) + info + tag_block


def block_header(kind: int, length: int, *, is_last: bool = False) -> bytes:
    """Four bytes before a block; AssertionError above the format's 16 MiB."""
    assert 0 <= length < 2**24, "a FLAC block holds less than 16 MiB"
    return struct.pack(">I", (0x80 if is_last else 0) << 24 | kind << 24 | length)


def streaminfo(sound: Sound, *, block_samples: tuple[int, int], frame_bytes: tuple[int, int], md5: str) -> bytes:
    """STREAMINFO of 34 bytes, RFC 9639, 8.2; the pairs are smallest and largest, 0 where unknown."""
    rate_channels_bits = sound.sample_rate << 44 | (sound.channels - 1) << 41 | (sound.bits - 1) << 36
    samples = sound.samples if sound.samples < 2**36 else 0
    return (
        struct.pack(">HH", *block_samples)
        + frame_bytes[0].to_bytes(3, "big")
        + frame_bytes[1].to_bytes(3, "big")
        + (rate_channels_bits | samples).to_bytes(8, "big")
        + bytes.fromhex(md5)
    )


def with_md5(info: bytes, md5: str, *, samples: int) -> bytes:
    """A master's STREAMINFO with the count and the MD5 that decoding it has shown."""
    assert len(info) == STREAMINFO_BYTES, "STREAMINFO has 34 bytes"
    number = int.from_bytes(info[10:18], "big") >> 36 << 36
    return info[:10] + (number | (samples if samples < 2**36 else 0)).to_bytes(8, "big") + bytes.fromhex(md5)


def largest_frame_bytes(block_samples: int, *, channels: int, bits: int) -> int:
    """The most that FFmpeg's encoder makes of a block before it falls back on plain samples.

    Headers and checks, a head for each subframe, and in stereo a bit more for each sample of the difference.
    """
    sample_bits = 2 * bits + 1 if channels == 2 else channels * bits
    return 18 + channels * ((7 + bits + 7) // 8) + (sample_bits * block_samples + 7) // 8


def encoder_block_samples(rate: int, *, channels: int, bits: int, level: int | None = None) -> int:
    """The block length to encode with: the largest of the table within 105 ms, 27 ms up to level 2.

    FFmpeg's encoder takes the same, but here no frame exceeds PARSED_FRAME_BYTES, whatever the sound.
    """
    longest_ms = 27 if level is not None and level < 3 else 105
    table = (192, 256, 512, 576, 1024, 1152, 2048, 2304, 4096, 4608, 8192, 16384, 32768)
    return max(
        (
            size
            for size in table
            if size <= rate * longest_ms // 1000
            and largest_frame_bytes(size, channels=channels, bits=bits) <= PARSED_FRAME_BYTES
        ),
        default=192,
    )
