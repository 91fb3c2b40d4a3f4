"""AAC-LC by FFmpeg's own encoder, packets without ADTS headers; never more bytes than its limit.

A part begins with an encoder that has heard a second of what came before; the first part with one that has heard the
recording's beginning backwards, because it would take a first sample after silence for an attack. The encoder's rate
wanders, so a part that has become too large is made again at a lower rate.
"""

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.codecs.encoder import Block, EncodedPart, FrameCutter, Samples, Write
from obbligato.audio.codecs.ffmpeg import PacketEncoder
from obbligato.audio.containers.mp4 import AAC_DELAY_SAMPLES
from obbligato.audio.containers.mp4 import AAC_FRAME_SAMPLES as FRAME_SAMPLES
from obbligato.audio.essence import Sound
from obbligato.audio.limits import aac_limit_bytes

PRE_ROLL_PACKETS, MIRRORED_PACKETS = 43, 8
FRAMES_AHEAD = 1
"""FFmpeg's encoder gives a packet when it has heard the frame after it."""
LOWER, TRIES = 0.95, 40
"""Each try asks for at least a twentieth less; the last for an eighth of the rate, which no signal can exceed
ninefold."""


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """These packets of the copy; private is AudioSpecificConfig, the same for every part."""
    assert AAC_DELAY_SAMPLES == FRAME_SAMPLES, "packet number n ends with the end of frame n - 1"
    limit_bytes = aac_limit_bytes(sound, len(packets))
    bitrate = sound.bitrate_kbps * 1000
    for _ in range(TRIES):
        made, private = encoded(samples, sound, packets, bitrate=bitrate)
        taken_bytes = sum(map(len, made))
        if taken_bytes <= limit_bytes:
            write(b"".join(made))
            return EncodedPart(packet_sizes=array("I", map(len, made)), private=private)
        bitrate = int(bitrate * min(LOWER, limit_bytes / taken_bytes))
    raise AssertionError("AAC has not come under its limit at a small part of its rate")


def encoded(samples: Samples, sound: Sound, packets: range, *, bitrate: int) -> tuple[list[bytes], bytes]:
    """Packets of an encoder that starts some before them, and private; bitrate in bits per second."""
    encoder = PacketEncoder(
        "aac", sample_format="fltp", sample_rate=sound.sample_rate, channels=sound.channels, bitrate=bitrate
    )
    assert encoder.frame_samples == FRAME_SAMPLES, "AAC-LC has 1024 samples in a frame"
    first = max(-MIRRORED_PACKETS, packets.start - PRE_ROLL_PACKETS)
    frames = _frames(samples, sound, range(first, packets.stop + FRAMES_AHEAD))
    made = [packet for frame in frames for packet in encoder.packets(frame)]
    made += encoder.last_packets()
    made = made[packets.start - first : packets.stop - first]
    assert len(made) == len(packets), "the encoder gives a packet for every frame, and one for the delay"
    return made, encoder.extradata


def _frames(samples: Samples, sound: Sound, numbers: range) -> Iterator[Block]:
    """Frames of these numbers as far as there are samples, the very last filled up with silence."""
    start, stop = (min(max(0, number) * FRAME_SAMPLES, sound.samples) for number in (numbers.start, numbers.stop))
    if numbers.start < 0:
        mirrored = _mirrored(samples, sound, -numbers.start * FRAME_SAMPLES)
        yield from mirrored.reshape(-numbers.start, FRAME_SAMPLES, sound.channels)
    cutter = FrameCutter(FRAME_SAMPLES)
    for block in samples.between(start, stop):
        yield from cutter.cut(block.astype(np.float32))
    rest = cutter.rest()
    if rest is not None:
        yield np.concatenate([rest, np.zeros((FRAME_SAMPLES - len(rest), sound.channels), np.float32)])


def _mirrored(samples: Samples, sound: Sound, count: int) -> NDArray[np.float32]:
    """So many samples before the first one: the beginning backwards, and before it silence where it is shorter."""
    mirrored = np.zeros((count, sound.channels), np.float32)
    place = count
    for block in samples.between(0, min(count, sound.samples)):
        mirrored[place - len(block) : place] = block[::-1]
        place -= len(block)
    return mirrored
