"""Encodes a master, or a window of it, into an essence on the disk; never writes tags, never leaves half a file.

The same master, format, window and encoder build give the same bytes each time.
"""

import os
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.codecs.aac import AacEncoder
from obbligato.audio.codecs.alac import AlacEncoder
from obbligato.audio.codecs.encoder import Encoder
from obbligato.audio.codecs.flac import FlacEncoder
from obbligato.audio.codecs.lame import LameEncoder
from obbligato.audio.codecs.opus import OpusEncoder
from obbligato.audio.codecs.pcm import PcmDigest, PcmEncoder
from obbligato.audio.containers import flac, ogg
from obbligato.audio.converting import dither, downmix, resample, to_float
from obbligato.audio.errors import Damaged
from obbligato.audio.essence import Essence, EssenceWriter, Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, fitted, is_copied, windowed
from obbligato.audio.formats import Window as Window
from obbligato.audio.pcm import Source
from obbligato.audio.planning import audio_limit_bytes, is_unchanged, planned_sound
from obbligato.audio.recognising import recognise

Progress = Callable[[int, int], None]
COPY_BYTES = 1 << 18
AAC_LOWER, AAC_TRIES = 0.95, 40
"""Each try asks for at least a twentieth less; the last for an eighth of the rate, which no signal can exceed
ninefold."""
TYPICAL_SPEED: dict[str, float] = {
    "mp3": 70.0,
    "aac": 25.0,
    "opus": 75.0,
    "flac": 300.0,
    "alac": 180.0,
    "wav": 650.0,
    "aiff": 650.0,
}
"""Seconds of 44.1-kHz stereo that one core encodes in a second, for telling people when a copy will be ready."""


class EncodingCancelled(Exception):
    """The caller's is_cancelled() said so; nothing is left on the disk."""


def encode_essence(
    source: Path,
    facts: MasterFacts,
    format_: Format,
    target: Path,
    *,
    window: Window | None = None,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    on_written: Callable[[int], None] | None = None,
) -> Essence:
    """Encode the master at source to target and give the open essence.

    progress is told samples done and in all, of each channel of the master. on_written is told how many audio
    bytes of the file named part_path(target) may be read; they never change. Raises EncodingCancelled, Damaged when
    the master is not what facts say, other AudioRefused as fitted() does, OSError when the disk is full: then
    neither target nor a part of it is left.
    """
    part = windowed(facts, window)
    assert part.samples > 0, "there is nothing to encode"
    job = _Job(source, facts, fitted(format_, part), window, progress, is_cancelled)
    path = part_path(target)
    # AAC may have to start over; its bytes are therefore shown only when all are there.
    writer = EssenceWriter(path, on_written=None if job.format.codec == "aac" else on_written)
    try:
        sound, packet_sizes = job.write(writer)
        writer.finish(sound, packet_sizes)
        os.replace(path, target)
        _sync_folder(target.parent)
    except BaseException:
        writer.close()
        path.unlink(missing_ok=True)
        raise
    if job.format.codec == "aac" and on_written is not None:
        on_written(sound.audio_bytes)
    return Essence.open(target)


def part_path(target: Path) -> Path:
    """Where the bytes of an unfinished essence are."""
    return target.with_name(target.name + ".part")


def copied_streaminfo(source: Path, facts: MasterFacts) -> bytes:
    """STREAMINFO for frames that are copied: the master's own, with the count and MD5 that decoding has shown."""
    offset = recognise(source).audio_offset
    with source.open("rb") as file:
        file.seek(offset)
        head = file.read(8 + flac.STREAMINFO_BYTES)
    if head[:4] != flac.MARK or len(head) < 8 + flac.STREAMINFO_BYTES:
        raise Damaged("The master is no longer the FLAC file it was.")
    return flac.with_md5(head[8:], facts.pcm_md5, samples=facts.samples)


class _Job:
    """One encoding: where from, into what, and who is told."""

    def __init__(
        self,
        source: Path,
        facts: MasterFacts,
        format_: Format,
        window: Window | None,
        progress: Progress | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> None:
        self.source, self.facts, self.format, self.window = source, facts, format_, window
        self.part = windowed(facts, window)
        self._progress, self._is_cancelled = progress, is_cancelled

    def write(self, writer: EssenceWriter) -> tuple[Sound, "array[int]"]:
        """Write all audio bytes; what is to be known of them, and the sizes of their packets."""
        sound = planned_sound(self.format, self.facts, self.window)
        if is_copied(self.format, self.part):
            return self._copied(writer, sound)
        if sound.codec != "aac":
            return self._encoded(writer, sound, self._encoder(sound))
        bitrate = sound.bitrate_kbps * 1000
        for _ in range(AAC_TRIES):
            encoder = AacEncoder(sample_rate=sound.sample_rate, channels=sound.channels, bitrate=bitrate)
            done, packet_sizes = self._encoded(writer, sound, encoder)
            if done.audio_bytes <= audio_limit_bytes(sound):
                return done, packet_sizes
            writer.start_over()
            bitrate = int(bitrate * min(AAC_LOWER, audio_limit_bytes(sound) / done.audio_bytes))
        raise AssertionError("AAC has not come under its limit at a small part of its rate")

    def _copied(self, writer: EssenceWriter, sound: Sound) -> tuple[Sound, "array[int]"]:
        """The master's own frames, byte for byte."""
        assert self.facts.frames_offset is not None, "is_copied() has looked"
        private = copied_streaminfo(self.source, self.facts).hex()
        left = sound.audio_bytes
        with self.source.open("rb") as file:
            file.seek(self.facts.frames_offset)
            while left and (piece := file.read(min(COPY_BYTES, left))):
                writer.append(piece)
                left -= len(piece)
                done = self.facts.samples * (sound.audio_bytes - left) // sound.audio_bytes
                self._tell(done, self.facts.samples)
        if left:
            raise Damaged("The master is shorter than it was.")
        return replace(sound, private=private), array("I")

    def _encoded(self, writer: EssenceWriter, sound: Sound, encoder: Encoder) -> tuple[Sound, "array[int]"]:
        digest = PcmDigest(bits=sound.bits) if self.format.is_lossless else None
        samples = 0
        for block in self._samples(sound):
            if digest is not None:
                digest.update(block)
            samples += len(block)
            writer.append(encoder.encode(block))
        writer.append(encoder.finish())
        writer.flush()
        if samples != sound.samples:
            raise Damaged(f"The master gives {samples} samples where {sound.samples} belong.")
        md5 = digest.hexdigest() if digest is not None else ""
        self._refuse_other_samples(sound, md5)
        done = _described(sound, encoder, audio_bytes=writer.written, md5=md5)
        return done, encoder.packet_sizes

    def _samples(self, sound: Sound) -> Iterator[NDArray[Any]]:
        """Blocks as the encoder takes them, from the window's first sample to its last."""
        start = self.window.start_samples if self.window else 0
        blocks = self._watched(Source(self.source).blocks(start, start + self.part.samples))
        if self._is_unchanged(sound):
            shift = sound.bits - self.facts.bits
            return (block << shift if shift else block for block in blocks)
        floats = to_float(blocks, bits=self.facts.bits)
        if self.window is not None and self.window.fade_samples:
            floats = _faded(floats, samples=self.part.samples, fade_samples=self.window.fade_samples)
        if not self.format.is_lossless:
            floats = downmix(floats, channels=sound.channels)
        floats = resample(
            floats,
            from_rate=self.facts.sample_rate,
            to_rate=sound.sample_rate,
            channels=sound.channels,
            is_quick=sound.codec == "opus",  # Opus keeps nothing above 20 kHz, where alone the slow one is better.
        )
        return dither(floats, bits=sound.bits) if self.format.is_lossless else floats

    def _is_unchanged(self, sound: Sound) -> bool:
        """Whether a lossless copy has the master's very samples, perhaps in wider numbers."""
        is_faded = self.window is not None and self.window.fade_samples > 0
        return self.format.is_lossless and not is_faded and is_unchanged(sound, self.facts)

    def _refuse_other_samples(self, sound: Sound, md5: str) -> None:
        """A whole lossless copy in the master's depth must have the master's MD5."""
        is_whole = self.window is None and self._is_unchanged(sound) and sound.bits == self.facts.bits
        if is_whole and md5 != self.facts.pcm_md5:
            raise Damaged("The master has changed since it was accepted: its samples are others.")

    def _watched(self, blocks: Iterator[NDArray[np.int32]]) -> Iterator[NDArray[np.int32]]:
        """The same blocks, with progress told and cancelling obeyed between them."""
        done = 0
        for block in blocks:
            yield block
            done += len(block)
            self._tell(done, self.part.samples)

    def _tell(self, done: int, total: int) -> None:
        if self._is_cancelled is not None and self._is_cancelled():
            raise EncodingCancelled
        if self._progress is not None:
            self._progress(done, total)

    def _encoder(self, sound: Sound) -> Encoder:
        rate, channels, bits = sound.sample_rate, sound.channels, sound.bits
        match sound.codec:
            case "mp3":
                quality = int(self.format.quality[1:]) if self.format.quality else None
                kbps = sound.bitrate_kbps or None
                return LameEncoder(sample_rate=rate, channels=channels, kbps=kbps, quality=quality)
            case "opus":
                return OpusEncoder(
                    channels=channels,
                    bitrate=sound.bitrate_kbps * 1000,
                    samples=sound.samples,
                    serial=ogg.serial_of(sound),
                )
            case "flac":
                return FlacEncoder(sample_rate=rate, channels=channels, bits=bits)
            case "alac":
                return AlacEncoder(sample_rate=rate, channels=channels, bits=bits)
        return PcmEncoder(bits=bits, is_big_endian=sound.codec == "aiff")


def _described(sound: Sound, encoder: Encoder, *, audio_bytes: int, md5: str) -> Sound:
    """The planned sound with what only encoding could show."""
    sizes = encoder.packet_sizes
    done = replace(sound, audio_bytes=audio_bytes, pcm_md5=md5, private=encoder.private.hex())
    assert not sound.audio_bytes or sound.audio_bytes == audio_bytes, "the quoted size was exact"
    assert sound.codec in {"opus", "wav", "aiff"} or len(sizes) == sound.packets, "packets are counted in advance"
    if sound.codec == "flac":
        frame_bytes = (min(sizes), max(sizes))
        block = (sound.frame_samples, sound.frame_samples)
        info = flac.streaminfo(done, block_samples=block, frame_bytes=frame_bytes, md5=md5)
        done = replace(done, private=info.hex())
    return done


def _faded(blocks: Iterator[NDArray[np.float64]], *, samples: int, fade_samples: int) -> Iterator[NDArray[np.float64]]:
    """Half a cosine up from silence at the start and down to silence at the end."""
    length = max(1, min(fade_samples, samples // 2))
    position = 0
    for block in blocks:
        places = np.arange(position, position + len(block), dtype=np.float64)
        nearest_end = np.minimum(places, samples - 1 - places)
        gain = 0.5 - 0.5 * np.cos(np.pi * np.minimum(nearest_end / length, 1.0))
        position += len(block)
        yield block * gain[:, None]


def _sync_folder(folder: Path) -> None:
    """The new name itself must survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
