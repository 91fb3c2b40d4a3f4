"""Puts tags and container around an essence and gives any part of the whole; never builds a copy in memory.

A copy is a prefix (tags, headers), the audio as it is in the essence, and a suffix; in Ogg the pages get their
numbers on the way. Both ends follow from tags and arithmetic, so for exact formats a Plan has them beforehand.
"""

import bisect
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from obbligato.audio.containers import aiff, flac, mp3, mp4, ogg, riff
from obbligato.audio.encoding import Progress, copied_streaminfo, encode_essence
from obbligato.audio.essence import Essence, Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window, is_copied, windowed
from obbligato.audio.masters import inspect
from obbligato.audio.planning import has_exact_size, planned_sound
from obbligato.audio.reading_tags import read_tags
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writing_tags import tag_block

WRITE_BYTES = 1 << 20


@dataclass(frozen=True)
class Plan:
    """A copy before its audio exists: a reader may be given any byte whose place is already encoded."""

    prefix: bytes
    audio_bytes: int
    suffix: bytes
    etag: str

    @property
    def size(self) -> int:
        return len(self.prefix) + self.audio_bytes + len(self.suffix)


class Copy:
    """A whole copy of which any part can be read. It keeps the essence, whose closing is the caller's matter."""

    def __init__(self, essence: Essence, tags: Tags, picture: Picture | None) -> None:
        sound = essence.sound
        block = tag_block(Format.parse(sound.format_name), tags, picture)
        self._essence = essence
        self._prefix = _prefix(sound, block, essence.packet_sizes)
        self._suffix = _suffix(sound)
        self._pages = _Pages(essence, first_number=1 + ogg.tag_pages(len(block))) if sound.codec == "opus" else None
        self.size: int = len(self._prefix) + essence.audio_bytes + len(self._suffix)
        self.etag: str = _etag(sound, self._prefix, self._suffix)
        """Strong: equal exactly when every byte is. Without quotes."""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from offset on; fewer than length only at the end of the copy."""
        assert offset >= 0, "an offset is counted from the first byte"
        end = max(offset, min(offset + length, self.size))
        audio_start, audio_end = len(self._prefix), self.size - len(self._suffix)
        pieces = [self._prefix[offset:end]]
        if offset < audio_end and end > audio_start:
            first = max(offset, audio_start) - audio_start
            pieces.append(self._audio(first, min(end, audio_end) - audio_start - first))
        if end > audio_end:
            pieces.append(self._suffix[max(0, offset - audio_end) : end - audio_end])
        return b"".join(pieces)

    def _audio(self, offset: int, length: int) -> bytes:
        return self._pages.read(offset, length) if self._pages else self._essence.read(offset, length)


def plan(
    format_: Format,
    facts: MasterFacts,
    tags: Tags,
    picture: Picture | None,
    *,
    window: Window | None = None,
    source: Path | None = None,
) -> Plan | None:
    """The copy before it is encoded, None where its size is not exact (sizes.copy_size says which those are).

    source is the master, needed only where FLAC frames are copied: their STREAMINFO is read from it.
    """
    if not has_exact_size(format_, facts, window):
        return None
    sound = planned_sound(format_, facts, window)
    if is_copied(format_, windowed(facts, window)):
        assert source is not None, "STREAMINFO of copied frames is in the master"
        sound = replace(sound, private=copied_streaminfo(source, facts).hex())
    prefix = _prefix(sound, tag_block(format_, tags, picture), ())
    suffix = _suffix(sound)
    return Plan(prefix=prefix, audio_bytes=sound.audio_bytes, suffix=suffix, etag=_etag(sound, prefix, suffix))


def write(copy: Copy, target: Path) -> None:
    """Write a whole copy to target, all or nothing."""
    path = target.with_name(target.name + ".part")
    try:
        with path.open("wb") as file:
            for offset in range(0, copy.size, WRITE_BYTES):
                file.write(copy.read(offset, WRITE_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.replace(path, target)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def encode_file(source: Path, target: Path, format_: Format, *, progress: Progress | None = None) -> Path:
    """Make a finished, tagged file of a master, tags and cover taken from it, all or nothing.

    Raises AudioRefused for what is not a sound master or cannot have this format, OSError for the disk.
    """
    facts = inspect(source).facts
    tags, picture = read_tags(source)
    essence_path = target.with_name(target.name + ".essence")
    try:
        with encode_essence(source, facts, format_, essence_path, progress=progress) as essence:
            write(Copy(essence, tags, picture), target)
    finally:
        essence_path.unlink(missing_ok=True)
    return target


class _Pages:
    """The Ogg pages of an essence with the numbers they have in a copy."""

    def __init__(self, essence: Essence, *, first_number: int) -> None:
        self._essence = essence
        self._first_number = first_number
        self._starts = [0, *accumulate(essence.packet_sizes)]

    def read(self, offset: int, length: int) -> bytes:
        """Every page that is touched is read and renumbered as a whole, for its check covers all of it."""
        if length <= 0:
            return b""
        first = bisect.bisect_right(self._starts, offset) - 1
        last = bisect.bisect_left(self._starts, offset + length)
        raw = self._essence.read(self._starts[first], self._starts[last] - self._starts[first])
        base = self._starts[first]
        pages = b"".join(
            ogg.renumbered(
                raw[self._starts[number] - base : self._starts[number + 1] - base], self._first_number + number
            )
            for number in range(first, last)
        )
        return pages[offset - base : offset - base + length]


def _prefix(sound: Sound, block: bytes, packet_sizes: Sequence[int]) -> bytes:
    writers: dict[str, Callable[[Sound, bytes, Sequence[int]], bytes]] = {
        "mp3": mp3.prefix,
        "aac": mp4.prefix,
        "alac": mp4.prefix,
        "opus": ogg.prefix,
        "flac": flac.prefix,
        "wav": riff.prefix,
        "aiff": aiff.prefix,
    }
    return writers[sound.codec](sound, block, packet_sizes)


def _suffix(sound: Sound) -> bytes:
    writers = {"wav": riff.suffix, "aiff": aiff.suffix}
    return writers[sound.codec](sound) if sound.codec in writers else b""


def _etag(sound: Sound, prefix: bytes, suffix: bytes) -> str:
    """The audio by its identity, which is known before its bytes are; the rest by its bytes."""
    return hashlib.sha256(sound.identity.encode() + b"\0" + prefix + suffix).hexdigest()[:40]
