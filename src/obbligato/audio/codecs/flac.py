"""FLAC by FFmpeg's encoder, frames only, at any place of a stream; never the blocks before them.

A frame depends on nothing but its samples and its number (RFC 9639, 9), so a part is encoded with numbers from 0 and
renumbered: the frames are those of one serial encode, bit for bit, wherever the parts begin.
"""

from array import array
from itertools import islice

from obbligato.audio.codecs.encoder import EncodedPart, Samples, Write
from obbligato.audio.codecs.ffmpeg import PacketEncoder, lossless_packets
from obbligato.audio.codecs.flac_numbers import renumbered
from obbligato.audio.essence import Sound
from obbligato.audio.formats import FLAC_LEVEL, Format

BATCH_FRAMES = 256
"""So many frames are renumbered at once, which costs memory for them alone and next to no time for each."""


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """Write the frames with these numbers; private stays empty, as STREAMINFO is known only of the whole."""
    level = Format.parse(sound.format_name).level
    encoder = PacketEncoder(
        "flac",
        sample_format="s16" if sound.bits == 16 else "s32",
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        options={
            "compression_level": str(FLAC_LEVEL if level is None else level),
            "bits_per_raw_sample": str(sound.bits),
            "frame_size": str(sound.frame_samples),
        },
    )
    sizes = array("I")
    frames = lossless_packets(encoder, samples, sound, packets)
    while batch := list(islice(frames, BATCH_FRAMES)):
        done = len(sizes)
        data, batch_sizes = renumbered(batch, old_first=done, new_first=packets.start + done)
        sizes.extend(batch_sizes)
        write(data)
    return EncodedPart(packet_sizes=sizes, private=b"")
