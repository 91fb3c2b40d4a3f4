"""FLAC by FFmpeg's encoder at level 5, frames only; never the blocks before them."""

from array import array

import numpy as np

from obbligato.audio.codecs.encoder import Block, FrameCutter
from obbligato.audio.codecs.ffmpeg import PacketEncoder


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


def in_encoder_form(frame: Block, *, bits: int) -> Block:
    """FFmpeg takes 16 bits as they are and 24 bits in the upper three bytes of 32."""
    return frame.astype(np.int16) if bits == 16 else (frame << 8).astype(np.int32)
