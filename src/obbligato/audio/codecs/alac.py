"""ALAC by FFmpeg's encoder, packets and magic cookie; never the boxes around them.

A packet depends on nothing but its own samples, so parts may be cut anywhere and give the bytes of one serial encode.
"""

from array import array

from obbligato.audio.codecs.encoder import Block, EncodedPart, FrameCutter, Samples, Write
from obbligato.audio.codecs.ffmpeg import PacketEncoder, in_encoder_form, lossless_packets
from obbligato.audio.containers.mp4 import ALAC_FRAME_SAMPLES as FRAME_SAMPLES
from obbligato.audio.essence import Sound

COOKIE_OFFSET = 12
"""FFmpeg gives the cookie inside its atom: length, name, version, then 24 bytes."""


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """Write these packets; private is the cookie, the same for every part of a sound."""
    encoder = PacketEncoder(
        "alac",
        sample_format="s16p" if sound.bits == 16 else "s32p",
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        options={"bits_per_raw_sample": str(sound.bits)},
    )
    sizes = array("I")
    for packet in lossless_packets(encoder, samples, sound, packets):
        sizes.append(len(packet))
        write(packet)
    return EncodedPart(packet_sizes=sizes, private=encoder.extradata[COOKIE_OFFSET:])


class AlacEncoder:
    """One stream of ALAC packets of 4096 samples, the last one shorter."""

    def __init__(self, *, sample_rate: int, channels: int, bits: int) -> None:
        self.packet_sizes: array[int] = array("I")
        self._bits = bits
        self._encoder = PacketEncoder(
            "alac",
            sample_format="s16p" if bits == 16 else "s32p",
            sample_rate=sample_rate,
            channels=channels,
            options={"bits_per_raw_sample": str(bits)},
        )
        assert self._encoder.frame_samples == FRAME_SAMPLES, "FFmpeg's ALAC has 4096 samples in a packet"
        self.private = self._encoder.extradata[COOKIE_OFFSET:]
        self._cutter = FrameCutter(FRAME_SAMPLES)

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
