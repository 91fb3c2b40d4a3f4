"""Writes a master's FLAC twin while the master is decoded, or only measures it; never decodes the master itself.

A master that is no FLAC, or one whose frames cannot be copied, is encoded once, when it comes in. Every copy is then
made from the twin: FLAC by copying its frames, the others by decoding it, which is quicker than most other formats.
Only masters of 16 and 24 bits have a twin. FFmpeg's encoder would carry other depths in wider numbers, and neither the
checksum inside nor that of a copy would be the master's; these few are decoded from the delivered file each time.
"""

import math
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from obbligato.audio.containers import flac
from obbligato.audio.errors import AudioRefused, Damaged
from obbligato.audio.libraries import av
from obbligato.audio.measuring import PcmDigest, raw_samples
from obbligato.audio.opening import DECODER_FAILURES, open_master

BITS = (16, 24)
_LEVEL = "5"
_MARGIN = 1.005
_MARGIN_BYTES = 4096


class TwinWriter:
    """Takes the frames of one master in order; without a target it only counts what it would have written."""

    def __init__(self, target: Path | None) -> None:
        """The target must not exist yet; who gives it removes it when anything goes wrong."""
        self._target = target
        self._file = None if target is None else _created(target)
        self._encoder: av.AudioCodecContext | None = None
        self._smallest, self._largest = 1 << 24, 0
        self.frames_bytes = 0
        """Bytes of all frames so far."""

    def add(self, frame: "av.AudioFrame") -> None:
        """The next frame, as the decoder gave it. Raises AudioRefused when the disk is full."""
        if self._encoder is None:
            self._encoder = _opened(frame)
        self._write(self._encoder.encode(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def finish(self, *, pcm_md5: str, samples: int) -> int:
        """Complete the file, check it by decoding it, and give the offset of its first frame.

        Raises AudioRefused when the disk is full, Damaged where the twin has other samples than the master.
        """
        assert self._encoder is not None, "a master has samples"
        assert self._target is not None, "who only counts asks for bound_bytes"
        assert self._file is not None, "who only counts asks for bound_bytes"
        self._write(self._encoder.encode(None))
        info = bytearray(self._encoder.extradata or b"")
        info[4:10] = self._smallest.to_bytes(3, "big") + self._largest.to_bytes(3, "big")
        header = flac.MARK + flac.block_header(0, flac.STREAMINFO_BYTES, is_last=True)
        try:
            with self._file:
                self._file.seek(0)
                self._file.write(header + flac.with_md5(bytes(info), pcm_md5, samples=samples))
        except OSError as error:
            raise _not_kept(error) from error
        if _decoded_md5(self._target) != pcm_md5:
            raise Damaged("The recording could not be written as FLAC without a change to its samples.")
        return flac.FIXED_BYTES

    def bound_bytes(self) -> int:
        """A little above the bytes of all frames, for who has no file of them: another encoder may need more.

        To be asked once, at the end.
        """
        assert self._encoder is not None, "a master has samples"
        self._write(self._encoder.encode(None))
        return math.ceil(self.frames_bytes * _MARGIN) + _MARGIN_BYTES

    def _write(self, packets: "list[av.Packet[av.AudioStream]]") -> None:
        for packet in packets:
            if not packet.size:
                continue
            self.frames_bytes += packet.size
            self._smallest, self._largest = min(self._smallest, packet.size), max(self._largest, packet.size)
            if self._file is not None:
                try:
                    self._file.write(packet)
                except OSError as error:
                    raise _not_kept(error) from error


def _created(target: Path) -> BinaryIO:
    try:
        file = target.open("xb")
        file.write(bytes(flac.FIXED_BYTES))
    except OSError as error:
        raise _not_kept(error) from error
    return file


def _opened(frame: "av.AudioFrame") -> "av.AudioCodecContext":
    encoder = av.CodecContext.create("flac", "w")
    assert isinstance(encoder, av.AudioCodecContext), "FLAC is audio"
    encoder.sample_rate = frame.sample_rate
    encoder.layout = frame.layout
    encoder.format = "s16" if frame.format.bytes <= 2 else "s32"
    encoder.time_base = Fraction(1, frame.sample_rate)
    encoder.thread_count = 1
    block = flac.encoder_block_samples(
        frame.sample_rate, channels=frame.layout.nb_channels, bits=16 if frame.format.bytes <= 2 else 24
    )
    encoder.options = {"compression_level": _LEVEL, "frame_size": str(block)}
    return encoder


def _decoded_md5(path: Path) -> str:
    with open_master(path) as twin:
        digest = PcmDigest(bits=twin.bits)
        try:
            for frame in twin.container.decode(twin.stream):
                digest.add(raw_samples(frame))
        except DECODER_FAILURES:
            return ""
    return digest.hexdigest()


def _not_kept(error: OSError) -> AudioRefused:
    return AudioRefused(f"The store could not keep the recording as FLAC: {error.strerror or error}.")
