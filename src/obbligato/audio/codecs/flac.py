"""FLAC by FFmpeg's encoder, frames only, at any place of a stream; never the blocks before them.

A frame depends on nothing but its samples and its number (RFC 9639, 9), so a part is encoded with numbers from 0 and
renumbered: the frames are those of one serial encode, bit for bit, wherever the parts begin.
"""

from array import array
from itertools import islice

from obbligato.audio.codecs.encoder import Block, EncodedPart, FrameCutter, Samples, Write
from obbligato.audio.codecs.ffmpeg import PacketEncoder, in_encoder_form, lossless_packets
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


class FlacEncoder:
    """One stream of FLAC frames of 16 or 24 bits."""

    def __init__(self, *, sample_rate: int, channels: int, bits: int) -> None:
        self.packet_sizes: array[int] = array("I")
        self.private = b""
        self._bits = bits
        self._encoder = PacketEncoder(
            "flac",
            sample_format="s16" if bits == 16 else "s32",
            sample_rate=sample_rate,
            channels=channels,
            options={"compression_level": "5", "bits_per_raw_sample": str(bits)},
        )
        self.frame_samples = self._encoder.frame_samples
        self._cutter = FrameCutter(self.frame_samples)

    def encode(self, block: Block) -> bytes:
        return b"".join(self._frame(frame) for frame in self._cutter.cut(block))

    def finish(self) -> bytes:
        rest = self._cutter.rest()
        data = b"" if rest is None else self._frame(rest)
        return data + self._noted(self._encoder.last_packets())

    def _frame(self, frame: Block) -> bytes:
        return self._noted(self._encoder.packets(in_encoder_form(frame, bits=self._bits)))

    def _noted(self, packets: list[bytes]) -> bytes:
        self.packet_sizes.extend(len(packet) for packet in packets)
        return b"".join(packets)
