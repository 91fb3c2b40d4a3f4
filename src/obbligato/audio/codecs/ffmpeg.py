"""Raw packets of FFmpeg's encoders through PyAV, one frame after another; never PyAV's containers."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np

from obbligato.audio.codecs.encoder import Block, FrameCutter, Samples
from obbligato.audio.essence import Sound
from obbligato.audio.libraries import av

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""FFmpeg's names for FLAC's channel orders (RFC 9639, 9.1.3)."""


class PacketEncoder:
    """One encoder of FFmpeg, fed with frames of its own length, several at a time (only the very last is shorter)."""

    def __init__(
        self,
        name: str,
        *,
        sample_format: str,
        sample_rate: int,
        channels: int,
        bitrate: int = 0,
        options: dict[str, str] | None = None,
    ) -> None:
        """sample_rate in Hz, bitrate in bits per second (0: the encoder's matter)."""
        self._sample_format, self._sample_rate = sample_format, sample_rate
        self._layout = LAYOUTS[channels]
        self._time_base = Fraction(1, sample_rate)
        self._position = 0
        self._context: AudioCodecContext = av.CodecContext.create(name, "w")  # type: ignore[assignment]
        self._context.sample_rate = sample_rate
        self._context.layout = self._layout
        self._context.format = sample_format
        self._context.time_base = self._time_base
        self._context.thread_count = 1
        if bitrate:
            self._context.bit_rate = bitrate
        self._context.options = options or {}
        self._context.open()
        self.frame_samples: int = self._context.frame_size

    @property
    def extradata(self) -> bytes:
        return self._context.extradata or b""

    def packets(self, frames: Block) -> list[bytes]:
        """Packets that these frames, of shape (samples, channels) and the encoder's own type, make ready.

        PyAV cuts them into single ones itself, which costs less than doing it here.
        """
        packed = self._filled(frames)
        packed.sample_rate = self._sample_rate
        packed.time_base = self._time_base
        packed.pts = self._position
        self._position += len(frames)
        return [bytes(packet) for packet in self._context.encode(packed)]

    def _filled(self, frame: Block) -> "av.AudioFrame":
        if not self._sample_format.endswith("p"):
            packed = np.ascontiguousarray(frame.reshape(1, -1))
            return av.AudioFrame.from_ndarray(packed, format=self._sample_format, layout=self._layout)
        # PyAV counts a plane too many where there are eight, so it is not asked to fill them itself.
        filled = av.AudioFrame(format=self._sample_format, layout=self._layout, samples=len(frame))
        for plane, channel in zip(filled.planes, frame.T, strict=False):
            plane.update(cast(bytes, np.ascontiguousarray(channel)))  # Any buffer will do.
        return filled

    def last_packets(self) -> list[bytes]:
        """The packets that are still inside; the empty one that only carries side data is left out."""
        return [bytes(packet) for packet in self._context.encode(None) if packet.size]


def lossless_packets(encoder: PacketEncoder, samples: Samples, sound: Sound, packets: range) -> Iterator[bytes]:
    """These packets of a lossless copy by an encoder that is fresh, one for each frame of sound.frame_samples."""
    assert encoder.frame_samples == sound.frame_samples, "the frames were planned with the encoder's own length"
    assert 0 <= packets.start < packets.stop <= sound.packets, "these packets are not of this sound"
    cutter = FrameCutter(sound.frame_samples)
    stop = min(packets.stop * sound.frame_samples, sound.samples)
    given = 0
    for block in samples.between(packets.start * sound.frame_samples, stop):
        for frames in cutter.cut(in_encoder_form(block, bits=sound.bits)):
            for packet in encoder.packets(frames):
                given += 1
                yield packet
    rest = cutter.rest()
    for packet in [*(encoder.packets(rest) if rest is not None else []), *encoder.last_packets()]:
        given += 1
        yield packet
    assert given == len(packets), "every frame gives one packet"


def in_encoder_form(block: Block, *, bits: int) -> Block:
    """FFmpeg takes 16 bits as they are and 24 bits in the upper three bytes of 32."""
    return block.astype(np.int16, copy=False) if bits == 16 else (block << 8).astype(np.int32, copy=False)
