"""WAV: everything around little-endian PCM; never a sample.

Sources: Microsoft's RIFF and WAVE_FORMAT_EXTENSIBLE descriptions; EBU Tech 3306 (RF64) above 4 GiB.
"""

import struct
from collections.abc import Sequence

from obbligato.audio.essence import Sound

PCM, EXTENSIBLE = 1, 0xFFFE
PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
MAX_RIFF_BYTES = 2**32 - 1
CHANNEL_MASKS = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x70F, 8: 0x63F}
"""The speakers of FLAC's channel orders (RFC 9639, 9.1.3), in WAV's bits."""


def prefix(sound: Sound, tag_block: bytes, packet_sizes: Sequence[int] = ()) -> bytes:
    """All up to the first sample: RIFF or RF64, fmt, the tag chunks, the head of the data chunk."""
    before, data_head = _around_tags(sound, len(tag_block))
    return before + tag_block + data_head


def fixed_bytes(sound: Sound, tag_bytes: int) -> int:
    """Bytes of everything but the tag chunks and the samples."""
    return sum(map(len, _around_tags(sound, tag_bytes))) + len(suffix(sound))


def suffix(sound: Sound) -> bytes:
    """The byte that makes an odd data chunk even."""
    return bytes(sound.audio_bytes % 2)


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk with its padding byte."""
    return struct.pack("<4sI", name, len(data)) + data + bytes(len(data) % 2)


def _around_tags(sound: Sound, tag_bytes: int) -> tuple[bytes, bytes]:
    """What is before the tag chunks and what is behind them."""
    format_chunk = _format_chunk(sound)
    data_bytes = sound.audio_bytes
    rest = 4 + len(format_chunk) + tag_bytes + 8 + data_bytes + data_bytes % 2
    if rest <= MAX_RIFF_BYTES:
        start = struct.pack("<4sI4s", b"RIFF", rest, b"WAVE")
        return start + format_chunk, struct.pack("<4sI", b"data", data_bytes)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, rest + 36, data_bytes, sound.samples, 0)
    start = struct.pack("<4sI4s", b"RF64", MAX_RIFF_BYTES, b"WAVE") + sizes
    return start + format_chunk, struct.pack("<4sI", b"data", MAX_RIFF_BYTES)


def _format_chunk(sound: Sound) -> bytes:
    frame_bytes = sound.bits // 8 * sound.channels
    is_plain = sound.bits == 16 and sound.channels <= 2
    tag = PCM if is_plain else EXTENSIBLE
    fields = struct.pack(
        "<HHIIHH",
        tag,
        sound.channels,
        sound.sample_rate,
        sound.sample_rate * frame_bytes,
        frame_bytes,
        sound.bits,
    )
    if not is_plain:
        mask = CHANNEL_MASKS.get(sound.channels, 0)
        fields += struct.pack("<HHI", 22, sound.bits, mask) + PCM_GUID
    return chunk(b"fmt ", fields)
