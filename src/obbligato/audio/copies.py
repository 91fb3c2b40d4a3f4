"""Puts tags and container around audio and gives any part of the whole; never builds a copy in memory.

A copy is a prefix (tags, headers), the audio as it is in the essence, and a suffix; in Ogg the pages get their
numbers on the way. A Plan says before a sample is encoded how much of that is known already.
"""

import bisect
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from obbligato.audio.codecs.lame import tag_fields
from obbligato.audio.codecs.vorbis import header_packets
from obbligato.audio.containers import aiff, flac, mp3, mp4, ogg, riff, wv
from obbligato.audio.encoding import IsCancelled, Progress, encode_essence
from obbligato.audio.errors import Damaged
from obbligato.audio.essence import Essence, Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.flacmarks import promised_md5
from obbligato.audio.formats import Format, Window
from obbligato.audio.masters import inspect
from obbligato.audio.open_file import OpenFile
from obbligato.audio.reading_tags import read_tags
from obbligato.audio.recipes import Recipe
from obbligato.audio.recognising import recognise
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writing_tags import tag_block

WRITE_BYTES = 1 << 20
CONTAINERS_VERSION = 2
"""Raised whenever the same audio and tags give other bytes than before."""
WRITERS: dict[str, Any] = {
    "mp3": mp3, "aac": mp4, "opus": ogg, "vorbis": ogg,
    "flac": flac, "alac": mp4, "wavpack": wv, "wav": riff, "aiff": aiff,
}  # fmt: skip
IN_OGG = {"opus", "vorbis"}


class CopiedFrames(OpenFile):
    """The frames of a FLAC master, read where they are as if they were an essence; nothing is written."""

    def __init__(self, recipe: Recipe) -> None:
        """Raises Damaged where the master is no longer the file it was, OSError where it is not there."""
        assert recipe.is_copied, "only a FLAC master's frames can be copied"
        assert recipe.facts.frames_offset is not None, "is_copied has looked"
        self.path = recipe.source
        self.first_byte = recipe.facts.frames_offset
        self.sound = replace(recipe.sound, private=copied_streaminfo(recipe.source, recipe.facts).hex())
        self.audio_bytes = self.sound.audio_bytes
        self.packet_sizes: Sequence[int] = ()
        self._descriptor = os.open(recipe.source, os.O_RDONLY | os.O_CLOEXEC)
        if os.fstat(self._descriptor).st_size < self.first_byte + self.audio_bytes:
            self.close()
            raise Damaged("The master is shorter than it was.")

    def read(self, offset: int, length: int) -> bytes:
        """Audio bytes from offset on, fewer than length only at the end."""
        assert offset >= 0, "an offset is counted from the first byte of the audio"
        wanted = max(0, min(length, self.audio_bytes - offset))
        pieces = []
        while wanted and (piece := os.pread(self.fileno(), wanted, self.first_byte + offset)):
            pieces.append(piece)
            offset += len(piece)
            wanted -= len(piece)
        if wanted:
            raise Damaged("The master became shorter while it was read.")
        return b"".join(pieces)


class Plan:
    """A copy before its audio exists: what is known of it, and how a part of the audio stands in it."""

    def __init__(self, recipe: Recipe, tags: Tags, picture: Picture | None) -> None:
        """Raises AudioRefused as formats.fitted() does; Damaged where copied frames are not what they were."""
        sound = _with_private(recipe)
        block = tag_block(recipe.format, tags, picture)
        self._recipe = recipe
        self.is_prefix_whole = _is_prefix_known(recipe)
        self.prefix: bytes = _prefix(sound, block, ()) if self.is_prefix_whole else _stable_start(sound, block)
        """The first bytes of the copy as far as they are known; all before the audio where is_prefix_whole."""
        self.suffix: bytes = _suffix(sound, block)
        self.audio_bytes: int | None = sound.audio_bytes or None
        self.etag: str = _etag(sound, block)
        """Strong, and equal to that of the finished copy. Without quotes."""

    @property
    def size(self) -> int | None:
        """Bytes of the whole copy; None where nobody knows before it is encoded."""
        if self.audio_bytes is None or not self.is_prefix_whole:
            return None
        return len(self.prefix) + self.audio_bytes + len(self.suffix)

    @property
    def is_audio_plain(self) -> bool:
        """Whether a part stands in the copy byte for byte as it was encoded."""
        return self._recipe.sound.codec not in IN_OGG

    def part_in_copy(self, index: int, data: bytes) -> bytes:
        """The whole audio of part `index` as it stands in the copy."""
        assert 0 <= index < self._recipe.parts.count, "the sound has no such part"
        return data if self.is_audio_plain else ogg.shifted(data, self._pages_before)

    @cached_property
    def _pages_before(self) -> int:
        return _page_count(self.prefix)


@dataclass(frozen=True, weakref_slot=True, slots=True)
class _Around:
    """What stands before and behind the audio: in memory once, for any number of readers of the same copy."""

    prefix: bytes
    suffix: bytes


_AROUND: WeakValueDictionary[str, _Around] = WeakValueDictionary()


class Copy:
    """A whole copy of which any part can be read. It keeps the audio, whose closing is the caller's matter."""

    def __init__(self, audio: Essence | CopiedFrames, tags: Tags, picture: Picture | None) -> None:
        sound = audio.sound
        block = tag_block(Format.parse(sound.format_name), tags, picture)
        self.audio = audio
        self.etag: str = _etag(sound, block)
        """Strong: equal exactly when every byte is. Without quotes."""
        around = _AROUND.get(self.etag)
        if around is None:
            around = _Around(_prefix(sound, block, audio.packet_sizes), _suffix(sound, block))
            _AROUND[self.etag] = around
        self._around = around
        self.prefix, self.suffix = around.prefix, around.suffix
        self._pages = _Pages(audio, shift=_page_count(self.prefix)) if sound.codec in IN_OGG else None
        self.size: int = len(self.prefix) + audio.audio_bytes + len(self.suffix)

    @property
    def is_audio_plain(self) -> bool:
        """Whether the audio stands in the copy byte for byte as in its file, so that it may be sent from there."""
        return self._pages is None

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from offset on; fewer than length only at the end of the copy."""
        assert offset >= 0, "an offset is counted from the first byte"
        end = max(offset, min(offset + length, self.size))
        audio_start, audio_end = len(self.prefix), self.size - len(self.suffix)
        pieces = [self.prefix[offset:end]]
        if offset < audio_end and end > audio_start:
            first = max(offset, audio_start) - audio_start
            pieces.append((self._pages or self.audio).read(first, min(end, audio_end) - audio_start - first))
        if end > audio_end:
            pieces.append(self.suffix[max(0, offset - audio_end) : end - audio_end])
        return b"".join(pieces)


def copied_streaminfo(source: Path, facts: MasterFacts) -> bytes:
    """STREAMINFO for frames that are copied: the master's own, with the count and MD5 that decoding has shown."""
    md5 = promised_md5(source)
    if md5 and md5 != facts.pcm_md5:
        raise Damaged("The master has changed since it was accepted: its samples are others.")
    with source.open("rb") as file:
        file.seek(recognise(source).audio_offset + len(flac.MARK) + 4)
        info = file.read(flac.STREAMINFO_BYTES)
    return flac.with_md5(info, facts.pcm_md5, samples=facts.samples)


def write(copy: Copy, target: Path) -> None:
    """Write a whole copy to target, all or nothing."""
    path = target.with_name(target.name + ".part")
    try:
        with path.open("wb", buffering=0) as file:
            at = _moved_by_the_kernel(copy, file.fileno()) if copy.is_audio_plain else 0
            for offset in range(at, copy.size, WRITE_BYTES):
                _write_all(file.fileno(), copy.read(offset, WRITE_BYTES))
            os.fsync(file.fileno())
        os.replace(path, target)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _moved_by_the_kernel(copy: Copy, descriptor: int) -> int:
    """Write the prefix, and have the kernel put the audio behind it; gives how many bytes of the copy are there."""
    _write_all(descriptor, copy.prefix)
    done = 0
    while done < copy.audio.audio_bytes:
        start = copy.audio.first_byte + done
        moved = os.sendfile(descriptor, copy.audio.fileno(), start, copy.audio.audio_bytes - done)
        if moved == 0:
            raise Damaged("The audio became shorter while it was read.")
        done += moved
    return len(copy.prefix) + done


def _write_all(descriptor: int, data: bytes) -> None:
    """A descriptor may take less than it is given; a full disk then says so at the next try."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def encode_file(
    source: Path,
    target: Path,
    format_: Format,
    *,
    threads: int = 1,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Path:
    """Make a finished, tagged file of a master, tags and cover taken from it, all or nothing.

    Raises AudioRefused for what is not a sound master or cannot have this format, OSError for the disk.
    """
    recipe = Recipe(source, inspect(source).facts, format_)
    tags, picture = read_tags(source)
    if recipe.is_copied:
        with CopiedFrames(recipe) as frames:
            write(Copy(frames, tags, picture), target)
        return target
    path = target.with_name(target.name + ".essence")
    try:
        with encode_essence(recipe, path, threads=threads, progress=progress, is_cancelled=is_cancelled) as essence:
            write(Copy(essence, tags, picture), target)
    finally:
        path.unlink(missing_ok=True)
    return target


def plan(
    format_: Format,
    facts: MasterFacts,
    tags: Tags,
    picture: Picture | None,
    *,
    window: Window | None = None,
    source: Path | None = None,
) -> Plan | None:
    """The plan of a copy whose size is exact, else None."""
    made = Plan(Recipe(source or Path(), facts, format_, window), tags, picture)
    return made if made.size is not None else None


class _Pages:
    """The Ogg pages of an essence with the numbers they have in a copy."""

    def __init__(self, audio: Essence | CopiedFrames, *, shift: int) -> None:
        self._audio = audio
        self._shift = shift
        self._starts = [0, *accumulate(audio.packet_sizes)]

    def read(self, offset: int, length: int) -> bytes:
        """Every page that is touched is read and renumbered as a whole, for its check covers all of it."""
        if length <= 0:
            return b""
        first = bisect.bisect_right(self._starts, offset) - 1
        last = bisect.bisect_left(self._starts, offset + length)
        base = self._starts[first]
        pages = ogg.shifted(self._audio.read(base, self._starts[last] - base), self._shift)
        return pages[offset - base : offset - base + length]


def _page_count(pages: bytes) -> int:
    return sum(1 for _ in ogg.whole_pages(pages))


def _with_private(recipe: Recipe) -> Sound:
    """The planned sound with what containers must know and no encoding is needed for."""
    if recipe.is_copied:
        return replace(recipe.sound, private=copied_streaminfo(recipe.source, recipe.facts).hex())
    if recipe.sound.codec == "vorbis":
        return replace(recipe.sound, private=header_packets(recipe.sound).hex())
    if recipe.sound.codec == "mp3":
        return replace(recipe.sound, private=tag_fields(recipe.sound).hex())
    return recipe.sound


def _is_prefix_known(recipe: Recipe) -> bool:
    """Whether everything before the audio follows from tags and arithmetic."""
    sound = recipe.sound
    is_variable_mp3 = sound.codec == "mp3" and not sound.bitrate_kbps
    is_encoded_flac = sound.codec == "flac" and not recipe.is_copied
    return not (is_variable_mp3 or is_encoded_flac or WRITERS[sound.codec] is mp4)


def _stable_start(sound: Sound, block: bytes) -> bytes:
    """The first bytes of a copy whose headers wait for the audio: only the tags of an MP3 stand before them."""
    return block if sound.codec == "mp3" else b""


def _prefix(sound: Sound, block: bytes, packet_sizes: Sequence[int]) -> bytes:
    prefix: bytes = WRITERS[sound.codec].prefix(sound, block, packet_sizes)
    return prefix


def _suffix(sound: Sound, block: bytes) -> bytes:
    """What follows the audio; none but WAV, AIFF and WavPack have anything there."""
    if sound.codec in {"wav", "aiff"}:
        return bytes(sound.audio_bytes % 2)
    return wv.suffix(sound, block) if sound.codec == "wavpack" else b""


def _etag(sound: Sound, block: bytes) -> str:
    """The audio by its identity, which is known before its bytes are; what is around it by the tags in it."""
    words = f"{sound.identity}:{CONTAINERS_VERSION}:".encode()
    return hashlib.sha256(words + block).hexdigest()[:40]
