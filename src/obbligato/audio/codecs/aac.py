"""AAC-LC by FFmpeg's own encoder, packets without ADTS headers; never a promise about its rate, which wanders."""

from array import array

import numpy as np

from obbligato.audio.codecs.encoder import Block, FrameCutter
from obbligato.audio.codecs.ffmpeg import PacketEncoder
from obbligato.audio.containers.mp4 import AAC_FRAME_SAMPLES as FRAME_SAMPLES


class AacEncoder:
    """One stream of AAC packets of 1024 samples; the last is filled up with silence."""

    def __init__(self, *, sample_rate: int, channels: int, bitrate: int) -> None:
        """bitrate in bits per second."""
        self.packet_sizes: array[int] = array("I")
        self._encoder = PacketEncoder(
            "aac", sample_format="fltp", sample_rate=sample_rate, channels=channels, bitrate=bitrate
        )
        assert self._encoder.frame_samples == FRAME_SAMPLES, "AAC-LC has 1024 samples in a frame"
        self.private = self._encoder.extradata
        self._channels = channels
        self._cutter = FrameCutter(FRAME_SAMPLES)

    def encode(self, block: Block) -> bytes:
        return b"".join(self._frame(frame) for frame in self._cutter.cut(block.astype(np.float32)))

    def finish(self) -> bytes:
        rest = self._cutter.rest()
        data = b""
        if rest is not None:
            silence = np.zeros((FRAME_SAMPLES - len(rest), self._channels), np.float32)
            data = self._frame(np.concatenate([rest, silence]))
        return data + self._noted(self._encoder.last_packets())

    def _frame(self, frame: Block) -> bytes:
        return self._noted(self._encoder.packets(frame))

    def _noted(self, packets: list[bytes]) -> bytes:
        self.packet_sizes.extend(len(packet) for packet in packets)
        return b"".join(packets)
