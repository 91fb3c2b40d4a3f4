"""Opus by libopus at a constrained variable rate, given as Ogg pages numbered from 0; never Ogg's header pages."""

import struct
from array import array

import numpy as np

from obbligato.audio.codecs.encoder import Block, FrameCutter
from obbligato.audio.codecs.ffmpeg import PacketEncoder
from obbligato.audio.containers import ogg
from obbligato.audio.containers.ogg import OPUS_FRAME_SAMPLES as FRAME_SAMPLES

SAMPLE_RATE = 48000
PRE_SKIP_OFFSET = 10


class OpusEncoder:
    """One stream of Ogg pages, a second each, the last with the granule that trims to the exact end."""

    def __init__(self, *, channels: int, bitrate: int, samples: int, serial: int) -> None:
        """bitrate in bits per second; samples per channel at 48 kHz."""
        self.packet_sizes: array[int] = array("I")
        self._encoder = PacketEncoder(
            "libopus",
            sample_format="flt",
            sample_rate=SAMPLE_RATE,
            channels=channels,
            bitrate=bitrate,
            options={"vbr": "constrained", "frame_duration": "20", "application": "audio"},
        )
        self.private = self._encoder.extradata
        self._channels, self._samples, self._serial = channels, samples, serial
        (delay,) = struct.unpack_from("<H", self.private, PRE_SKIP_OFFSET)
        assert delay == ogg.OPUS_DELAY_SAMPLES, "libopus looks 6.5 ms ahead"
        self._packets_wanted = ogg.opus_packets(samples)
        self._cutter = FrameCutter(FRAME_SAMPLES)
        self._waiting: list[bytes] = []
        self._packets_paged = 0

    def encode(self, block: Block) -> bytes:
        return b"".join(self._frame(frame) for frame in self._cutter.cut(block.astype(np.float32)))

    def finish(self) -> bytes:
        """Silence up to a whole number of packets that cover the last sample, then the last page."""
        rest = self._cutter.rest()
        kept = np.zeros((0, self._channels), np.float32) if rest is None else rest
        data = b""
        while self._packets_paged + len(self._waiting) < self._packets_wanted:
            silence = np.zeros((FRAME_SAMPLES - len(kept), self._channels), np.float32)
            data += self._frame(np.concatenate([kept, silence]))
            kept = kept[:0]
        return data + self._page(is_last=True)

    def _frame(self, frame: Block) -> bytes:
        """A packet more; a page when it is full and another packet is there to follow it."""
        pages = b""
        for packet in self._encoder.packets(frame):
            if self._packets_paged + len(self._waiting) == self._packets_wanted:
                break
            if self._is_full(packet):
                pages += self._page(is_last=False)
            self._waiting.append(packet)
        return pages

    def _is_full(self, packet: bytes) -> bool:
        segments = sum(len(waiting) // ogg.SEGMENT_BYTES + 1 for waiting in (*self._waiting, packet))
        return len(self._waiting) == ogg.PACKETS_IN_PAGE or segments > ogg.MAX_SEGMENTS

    def _page(self, *, is_last: bool) -> bytes:
        self._packets_paged += len(self._waiting)
        # RFC 7845, 4: the position after the page's last sample; the last one is smaller and trims the end.
        granule = ogg.OPUS_DELAY_SAMPLES + self._samples if is_last else self._packets_paged * FRAME_SAMPLES
        one_page = ogg.page(
            b"".join(self._waiting),
            [len(packet) for packet in self._waiting],
            flags=ogg.LAST if is_last else 0,
            granule=granule,
            serial=self._serial,
            sequence=len(self.packet_sizes),
        )
        self._waiting = []
        self.packet_sizes.append(len(one_page))
        return one_page
