"""Opus by libopus, given as Ogg pages numbered from 0; never Ogg's header pages.

A part begins with an encoder that has heard half a second of what came before: by then nearly all of its packets are
those of an encoder that heard everything, and a joint is no louder than any other place.
"""

from array import array
from collections.abc import Iterator

import numpy as np

from obbligato.audio.codecs.encoder import Block, EncodedPart, FrameCutter, Samples, Write
from obbligato.audio.codecs.ffmpeg import PacketEncoder
from obbligato.audio.containers import ogg
from obbligato.audio.containers.ogg import OPUS_FRAME_SAMPLES as FRAME_SAMPLES
from obbligato.audio.essence import Sound
from obbligato.audio.formats import Format
from obbligato.audio.limits import opus_packet_bytes, opus_packets_limit_bytes

SAMPLE_RATE = 48000
PRE_ROLL_PACKETS = 25
CONSTRAINED, VARIABLE, CONSTANT = "constrained", "on", "off"
"""FFmpeg's words for libopus' three ways of keeping a rate."""
LOWER, TRIES = 0.95, 3
"""Each try asks for at least a twentieth less; after the last one the rate is constant, which is exact."""


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """The pages of these packets, which begin with a page's first. The bytes depend on nothing else.

    They are exactly, or never more than, what limits says of them. samples are at 48 kHz.
    """
    assert sound.sample_rate == SAMPLE_RATE, "Opus in Ogg is 48 kHz"
    encoded = _within_limit(samples, sound, packets)
    pages = ogg.opus_pages(encoded, packets, sound)
    for page in pages:
        write(page)
    return EncodedPart(packet_sizes=array("I", map(len, pages)), private=b"")


def _within_limit(samples: Samples, sound: Sound, packets: range) -> list[bytes]:
    """The packets at the rate of the format, or lower where a signal would have taken more than the limit."""
    mode = {"vbr": VARIABLE, "cbr": CONSTANT}.get(Format.parse(sound.format_name).mode or "", CONSTRAINED)
    if mode == CONSTANT:
        return _constant(samples, sound, packets)
    limit_bytes = opus_packets_limit_bytes(sound, len(packets))
    bitrate = sound.bitrate_kbps * 1000
    for _ in range(TRIES):
        encoded = _encoded(samples, sound, packets, bitrate=bitrate, mode=mode)
        taken_bytes = sum(map(len, encoded))
        if taken_bytes <= limit_bytes:
            return encoded
        bitrate = int(bitrate * min(LOWER, limit_bytes / taken_bytes))
    return _constant(samples, sound, packets)


def _constant(samples: Samples, sound: Sound, packets: range) -> list[bytes]:
    encoded = _encoded(samples, sound, packets, bitrate=sound.bitrate_kbps * 1000, mode=CONSTANT)
    size = opus_packet_bytes(sound)
    assert all(len(packet) == size for packet in encoded), "libopus fills every packet at a constant rate"
    return encoded


def _encoded(samples: Samples, sound: Sound, packets: range, *, bitrate: int, mode: str) -> list[bytes]:
    """Packets of an encoder that starts PRE_ROLL_PACKETS before them; bitrate in bits per second."""
    encoder = PacketEncoder(
        "libopus",
        sample_format="flt",
        sample_rate=SAMPLE_RATE,
        channels=sound.channels,
        bitrate=bitrate,
        options={"vbr": mode, "frame_duration": "20", "application": "audio"},
    )
    delay = int.from_bytes(encoder.extradata[10:12], "little")
    assert delay == ogg.OPUS_DELAY_SAMPLES, "libopus looks 6.5 ms ahead"
    first = max(0, packets.start - PRE_ROLL_PACKETS)
    encoded = [
        packet for frame in _frames(samples, sound, range(first, packets.stop)) for packet in encoder.packets(frame)
    ]
    assert len(encoded) == packets.stop - first, "libopus gives a packet for every frame at once"
    return encoded[packets.start - first :]


def _frames(samples: Samples, sound: Sound, numbers: range) -> Iterator[Block]:
    """Frames of these numbers, with silence behind the last sample: the delay must come out too."""
    start, stop = (min(number * FRAME_SAMPLES, sound.samples) for number in (numbers.start, numbers.stop))
    cutter = FrameCutter(FRAME_SAMPLES)
    given = 0
    for block in samples.between(start, stop):
        for frames in cutter.cut(block.astype(np.float32)):
            yield frames
            given += len(frames) // FRAME_SAMPLES
    rest = cutter.rest()
    kept = np.zeros((0, sound.channels), np.float32) if rest is None else rest
    for _ in range(len(numbers) - given):
        yield np.concatenate([kept, np.zeros((FRAME_SAMPLES - len(kept), sound.channels), np.float32)])
        kept = kept[:0]
