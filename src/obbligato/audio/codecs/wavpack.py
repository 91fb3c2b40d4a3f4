"""WavPack by FFmpeg's encoder, whole blocks, each at its place of the file; never the tag behind them.

A block goes on with what the encoder learned from the one before it in the same part; it can be decoded alone. Where
a signal defeats the encoder, its block is replaced by a plain one, so that the bound is hard for any signal.
"""

from array import array

from obbligato.audio.codecs.encoder import EncodedPart, Samples, Write
from obbligato.audio.codecs.ffmpeg import PacketEncoder, lossless_packets
from obbligato.audio.codecs.wavpack_plain import limited
from obbligato.audio.containers import wv
from obbligato.audio.essence import Sound


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """Write the blocks of these packets; private is the sound's own, the MD5 of a copy whose samples are known."""
    encoder = PacketEncoder(
        "wavpack",
        sample_format="s16p" if sound.bits == 16 else "s32p",
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        options={"bits_per_raw_sample": str(sound.bits)},
    )
    sizes = array("I")
    for number, packet in zip(packets, lossless_packets(encoder, samples, sound, packets), strict=True):
        first = number * sound.frame_samples
        data = wv.placed(limited(packet, samples, sound, first=first), first_sample=first, total_samples=sound.samples)
        sizes.append(len(data))
        write(data)
    return EncodedPart(packet_sizes=sizes, private=bytes.fromhex(sound.private))
