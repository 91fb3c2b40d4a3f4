"""ALAC by FFmpeg's encoder, packets and magic cookie; never the boxes around them.

A packet depends on nothing but its own samples, so parts may be cut anywhere and give the bytes of one serial encode.
"""

from array import array
from collections.abc import Iterator

from obbligato.audio.codecs.encoder import EncodedPart, Samples, Write
from obbligato.audio.codecs.ffmpeg import PacketEncoder, lossless_packets
from obbligato.audio.containers.mp4 import ALAC_FRAME_SAMPLES as FRAME_SAMPLES
from obbligato.audio.essence import Sound

COOKIE_OFFSET = 12
"""FFmpeg gives the cookie inside its atom: length, name, version, then 24 bytes."""
USUAL_LEVEL, PLAIN_LEVEL = 2, 0
SHORT_SAMPLES = 64
"""Below this a packet is plain samples: FFmpeg's encoder has too little room for what it tries of a packet of one or
two samples in many channels, and then ends the whole process."""


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """Write these packets; private is the cookie, the same for every part of a sound."""
    encoder = _encoder(sound, level=USUAL_LEVEL)
    sizes = array("I")
    for packet in _packets(encoder, samples, sound, packets):
        sizes.append(len(packet))
        write(packet)
    return EncodedPart(packet_sizes=sizes, private=encoder.extradata[COOKIE_OFFSET:])


def _packets(encoder: PacketEncoder, samples: Samples, sound: Sound, packets: range) -> Iterator[bytes]:
    last = sound.packets - 1
    is_short = last in packets and sound.samples - last * FRAME_SAMPLES < SHORT_SAMPLES
    usual = range(packets.start, last) if is_short else packets
    if usual:
        yield from lossless_packets(encoder, samples, sound, usual)
    if is_short:
        # Plain samples are read alike whatever the cookie says of the compressed ones.
        yield from lossless_packets(_encoder(sound, level=PLAIN_LEVEL), samples, sound, range(last, last + 1))


def _encoder(sound: Sound, *, level: int) -> PacketEncoder:
    return PacketEncoder(
        "alac",
        sample_format="s16p" if sound.bits == 16 else "s32p",
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        options={"bits_per_raw_sample": str(sound.bits), "compression_level": str(level)},
    )
