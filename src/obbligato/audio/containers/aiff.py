"""AIFF: everything around big-endian PCM; never a sample. Source: Apple's AIFF 1.3."""

import struct
from collections.abc import Sequence

from obbligato.audio.essence import Sound


def prefix(sound: Sound, tag_block: bytes, packet_sizes: Sequence[int] = ()) -> bytes:
    """FORM, COMM, the tag chunk and the head of SSND, up to the first sample."""
    common = struct.pack(">hIh", sound.channels, sound.samples, sound.bits) + extended(sound.sample_rate)
    before = b"AIFF" + chunk(b"COMM", common) + tag_block
    sound_bytes = 8 + sound.audio_bytes
    total = len(before) + 8 + sound_bytes + sound_bytes % 2
    assert total < 2**32, "fitted() refuses what AIFF cannot hold"
    return struct.pack(">4sI", b"FORM", total) + before + struct.pack(">4sIII", b"SSND", sound_bytes, 0, 0)


def fixed_bytes(sound: Sound) -> int:
    """Bytes of everything but the tag chunk and the samples: FORM, COMM, SSND and an even end."""
    return 12 + 26 + 16 + len(suffix(sound))


def suffix(sound: Sound) -> bytes:
    """The byte that makes an odd sound chunk even."""
    return bytes(sound.audio_bytes % 2)


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk with its padding byte."""
    return struct.pack(">4sI", name, len(data)) + data + bytes(len(data) % 2)


def extended(number: int) -> bytes:
    """A positive whole number as an 80-bit float: exponent, then a mantissa whose first bit is written."""
    bits = number.bit_length()
    return struct.pack(">HQ", 16383 + bits - 1, number << (64 - bits))
