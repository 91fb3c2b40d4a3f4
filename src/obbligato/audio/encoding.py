"""Encodes the parts of a recipe, each alone, and binds them into an essence; never writes tags, never half a file.

The same recipe and encoder build give the same bytes each time, for any number of workers and in any order.
"""

import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from obbligato.audio.codecs import aac, alac, flac, lame, opus, pcm, vorbis, wavpack
from obbligato.audio.codecs.encoder import Block, EncodedPart, Samples, Write
from obbligato.audio.containers import flac as flac_container
from obbligato.audio.essence import (
    COPY_BYTES,
    Essence,
    KeptWriter,
    Part,
    Sound,
    described_essence,
    described_part,
    growing_path,
)
from obbligato.audio.libraries import av
from obbligato.audio.pcm import samples_of
from obbligato.audio.recipes import Recipe
from obbligato.audio.samples import Converted

Progress = Callable[[int, int], None]
IsCancelled = Callable[[], bool]
EncodePackets = Callable[[Samples, Sound, range, Write], EncodedPart]
ENCODERS: dict[str, EncodePackets] = {
    "mp3": lame.encode_packets,
    "aac": aac.encode_packets,
    "opus": opus.encode_packets,
    "vorbis": vorbis.encode_packets,
    "flac": flac.encode_packets,
    "alac": alac.encode_packets,
    "wavpack": wavpack.encode_packets,
    "wav": pcm.encode_packets,
    "aiff": pcm.encode_packets,
}
READY_NEXT = 2
"""Parts that no thread has begun yet, so that none stands still between two."""
TYPICAL_SPEED: dict[str, float] = {
    "mp3": 70.0,
    "aac": 25.0,
    "opus": 75.0,
    "vorbis": 80.0,
    "flac": 300.0,
    "alac": 180.0,
    "wavpack": 300.0,
    "wav": 650.0,
    "aiff": 650.0,
}
"""Seconds of 44.1-kHz stereo that one core encodes in a second, for telling people when a copy will be ready."""


class EncodingCancelled(Exception):
    """The caller's is_cancelled() said so; nothing is left on the disk."""


def encode_part(
    recipe: Recipe,
    index: int,
    target: Path,
    *,
    on_written: Callable[[int], None] | None = None,
    is_cancelled: IsCancelled | None = None,
    on_samples: Callable[[int], None] | None = None,
) -> Part:
    """Encode one part into the file target, all or nothing, and give it open.

    on_written is told how many bytes at the start of growing_path(target) are final, only where parts.is_exact.
    on_samples is told how many samples went in, those before the part among them. Raises EncodingCancelled, Damaged
    when the master is not what it was, other AudioRefused as formats.fitted() does, OSError when the disk is full.
    """
    assert not recipe.is_copied, "copied frames are read from the master"
    parts = recipe.parts
    with KeptWriter(target, on_written=on_written if parts.is_exact else None) as writer:
        done = _encoded(recipe, index, writer.append, is_cancelled, on_samples)
        writer.flush()
        limit_bytes = parts.limit_bytes(index)
        assert writer.written <= limit_bytes, "a part is never larger than was said"
        assert not parts.is_exact or writer.written == limit_bytes, "the quoted size was exact"
        writer.finish(described_part(done.private, writer.crc32), done.packet_sizes, is_lasting=False)
    return Part.open(target)


def bind(recipe: Recipe, part_paths: Sequence[Path], target: Path) -> Essence:
    """Put all parts, in order, into the file target, all or nothing, and give the essence open.

    Raises Damaged for a part that is not whole, or when the samples are not the master's; OSError.
    """
    assert len(part_paths) == recipe.parts.count, "an essence has all its parts"
    packet_sizes = array("I")
    private = b""
    with KeptWriter(target) as writer:
        for path in part_paths:
            with Part.open(path) as part:
                private = private or part.private
                packet_sizes.extend(part.packet_sizes)
                for offset in range(0, part.audio_bytes, COPY_BYTES):
                    writer.append(part.read(offset, COPY_BYTES))
        return _finished(recipe, writer, packet_sizes, private, is_lasting=True)


def encode_essence(
    recipe: Recipe,
    target: Path,
    *,
    threads: int = 1,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Essence:
    """Encode a whole essence to target by so many threads, all or nothing, and give it open: the bytes bind() gives.

    It is a step to a file that lasts, and does not wait until the disk has it. progress is told samples done and in
    all, of each channel of the copy. Raises as encode_part does.
    """
    assert not recipe.is_copied, "copied frames are read from the master"
    tally, packet_sizes, private = _Tally(recipe, progress), array("I"), b""
    with KeptWriter(target) as writer:
        if threads == 1 or recipe.parts.count == 1:
            made = _one_by_one(recipe, writer, tally, is_cancelled)
        else:
            made = _side_by_side(recipe, writer, tally, is_cancelled, threads=threads)
        for done in made:
            packet_sizes.extend(done.packet_sizes)
            private = private or done.private
        return _finished(recipe, writer, packet_sizes, private, is_lasting=False)


def _one_by_one(
    recipe: Recipe, writer: KeptWriter, tally: "_Tally", is_cancelled: IsCancelled | None
) -> Iterator[EncodedPart]:
    """Part after part, each written as it is made."""
    for index in range(recipe.parts.count):
        yield _encoded(recipe, index, writer.append, is_cancelled, tally.of(index))


def _side_by_side(
    recipe: Recipe, writer: KeptWriter, tally: "_Tally", is_cancelled: IsCancelled | None, *, threads: int
) -> Iterator[EncodedPart]:
    """Some parts at once, each in memory until it is written in its turn; the first failure stops the others."""
    stop = threading.Event()

    def is_over() -> bool:
        return stop.is_set() or (is_cancelled is not None and is_cancelled())

    def one(index: int) -> tuple[EncodedPart, list[bytes]]:
        if stop.is_set():
            raise EncodingCancelled
        pieces: list[bytes] = []
        return _encoded(recipe, index, pieces.append, is_over, tally.of(index)), pieces

    with ThreadPoolExecutor(threads, "encoder") as pool:
        try:
            left = iter(range(recipe.parts.count))
            begun = deque(pool.submit(one, index) for index in islice(left, threads + READY_NEXT))
            while begun:
                done, pieces = begun.popleft().result()
                begun.extend(pool.submit(one, index) for index in islice(left, 1))
                for piece in pieces:
                    writer.append(piece)
                yield done
        finally:
            stop.set()


def _encoded(
    recipe: Recipe,
    index: int,
    write: Write,
    is_cancelled: IsCancelled | None,
    on_samples: Callable[[int], None] | None,
) -> EncodedPart:
    """One part's packets, each handed to write as it is made."""
    samples = _Watched(Converted(recipe), is_cancelled, on_samples)
    return ENCODERS[recipe.sound.codec](samples, recipe.sound, recipe.parts.packets(index), write)


def _finished(
    recipe: Recipe, writer: KeptWriter, packet_sizes: "array[int]", private: bytes, *, is_lasting: bool
) -> Essence:
    """Describe what was written as an essence, give it its name and open it."""
    writer.flush()
    sound = replace(recipe.sound, audio_bytes=writer.written, private=private.hex(), crc32=writer.crc32)
    assert not recipe.parts.is_exact or writer.written == recipe.sound.audio_bytes, "the quoted size was exact"
    sound = _with_md5(recipe, sound, packet_sizes, growing_path(writer.target))
    writer.finish(described_essence(sound), packet_sizes, is_lasting=is_lasting)
    return Essence.open(writer.target)


class _Tally:
    """Adds up what the parts tell of their progress; threads may tell at once."""

    def __init__(self, recipe: Recipe, progress: Progress | None) -> None:
        self._recipe, self._progress = recipe, progress
        self._given = [0] * recipe.parts.count
        self._guard = threading.Lock()

    def of(self, index: int) -> Callable[[int], None]:
        """What part `index` is to tell."""
        packets, sound = self._recipe.parts.packets(index), self._recipe.sound
        start = min(packets.start * sound.frame_samples, sound.samples)
        stop = min(packets.stop * sound.frame_samples, sound.samples)
        if index == self._recipe.parts.count - 1:
            stop = sound.samples

        def told(given: int) -> None:
            with self._guard:
                self._given[index] = min(given, stop - start)
                if self._progress is not None:
                    self._progress(sum(self._given), sound.samples)

        return told


class _Watched:
    """The same samples, with progress told and cancelling obeyed between blocks."""

    def __init__(
        self, samples: Samples, is_cancelled: IsCancelled | None, on_samples: Callable[[int], None] | None
    ) -> None:
        self._samples, self._is_cancelled, self._on_samples = samples, is_cancelled, on_samples
        self._given = 0

    def between(self, start: int, stop: int) -> Iterator[Block]:
        for block in self._samples.between(start, stop):
            if self._is_cancelled is not None and self._is_cancelled():
                raise EncodingCancelled
            yield block
            self._given += len(block)
            if self._on_samples is not None:
                self._on_samples(self._given)


def _with_md5(recipe: Recipe, sound: Sound, packet_sizes: "array[int]", path: Path) -> Sound:
    """The sound with the MD5 of what it decodes to, where that is known or has to be; STREAMINFO for a FLAC."""
    facts = recipe.facts
    is_whole = recipe.window is None and Converted(recipe).is_unchanged and sound.bits == facts.bits
    md5 = facts.pcm_md5 if is_whole else ""
    if sound.codec != "flac":
        return replace(sound, pcm_md5=md5)
    block = (sound.frame_samples, sound.frame_samples)
    frame_bytes = (min(packet_sizes), max(packet_sizes))
    if not md5:
        unsure = flac_container.streaminfo(sound, block_samples=block, frame_bytes=frame_bytes, md5="0" * 32)
        md5 = _decoded_md5(sound, unsure, path)
    info = flac_container.streaminfo(sound, block_samples=block, frame_bytes=frame_bytes, md5=md5)
    return replace(sound, pcm_md5=md5, private=info.hex())


def _decoded_md5(sound: Sound, streaminfo: bytes, path: Path) -> str:
    """The MD5 of what the FLAC frames at the start of a file decode to: what is promised is what was heard."""
    head = flac_container.MARK + flac_container.block_header(0, len(streaminfo), is_last=True) + streaminfo
    digest, samples = pcm.PcmDigest(bits=sound.bits), 0
    with path.open("rb") as file, av.open(_Joined(head, file), "r", format="flac") as container:
        for frame in container.decode(audio=0):
            block = samples_of(frame, bits=sound.bits)
            digest.update(block)
            samples += len(block)
    assert samples == sound.samples, "the frames hold every sample"
    return digest.hexdigest()


class _Joined:
    """Some bytes and then a file, to be read once."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = head, file

    def read(self, size: int) -> bytes:
        taken, self._head = self._head[:size], self._head[size:]
        return taken or self._file.read(size)
