"""Keeps encoded audio without tags in files of our own; never serves a file that is not whole.

Layout: the packets one after another from byte 0, just as they stand in a copy; then an index of their sizes
(32-bit little-endian numbers); then a JSON text; then 32 bytes: lengths of the three and a check over the last two.
A file grows under another name and gets its own when it is whole. Parts and whole essences are kept alike.
"""

import json
import os
import struct
import zlib
from array import array
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from obbligato.audio.errors import Damaged
from obbligato.audio.open_file import OpenFile

MAGIC = b"OBE2"
TAIL = struct.Struct("<QQQI4s")
"""Bytes of the audio, of the index, of the JSON; CRC-32 over index and JSON; the magic number at the very end."""
FLUSH_BYTES = 16384
COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class Sound:
    """All that a container must know of the audio inside it. Samples are per channel, rates in Hz."""

    format_name: str
    codec: str
    sample_rate: int
    channels: int
    samples: int
    """Samples that are heard after decoding: delay and padding are not among them."""
    bits: int = 0
    """Depth of a lossless copy."""
    bitrate_kbps: int = 0
    """0 for variable rates and for lossless."""
    frame_samples: int = 0
    """Samples in a packet; 1 for plain PCM, 0 for frames that are copied."""
    delay: int = 0
    """Samples that a decoder gives before the first one."""
    padding: int = 0
    """Samples that a decoder gives after the last one."""
    audio_bytes: int = 0
    packets: int = 0
    private: str = ""
    """Hexadecimal: FLAC's STREAMINFO, AAC's AudioSpecificConfig, ALAC's cookie, Vorbis' first and third header."""
    pcm_md5: str = ""
    """Of a lossless copy: hexadecimal MD5 of what it decodes to, by FLAC's rule."""
    identity: str = ""
    """Equal for equal audio bytes: made of the master's MD5, the format, the window and the encoder build."""
    crc32: int | None = None
    """Of all audio bytes, once they are there."""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})


class KeptWriter:
    """Writes one file of kept audio; bytes up to `written` may be read by others while it grows.

    With `with`: leaving it by an exception, or without finish(), leaves no file.
    """

    def __init__(self, target: Path, *, on_written: Callable[[int], None] | None = None) -> None:
        self.target = target
        self.written = 0
        self.crc32 = 0
        self._on_written = on_written
        self._pending = bytearray()
        self._file = growing_path(target).open("wb", buffering=0)

    def append(self, data: bytes) -> None:
        """Add audio bytes; they reach the file in pieces of at least 16 KiB. OSError where the disk is full."""
        self._pending += data
        if len(self._pending) >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Bring what is pending into the file and tell how far it may be read."""
        if not self._pending:
            return
        self._write_all(self._pending)
        self.crc32 = zlib.crc32(self._pending, self.crc32)
        self.written += len(self._pending)
        self._pending = bytearray()
        if self._on_written is not None:
            self._on_written(self.written)

    def finish(self, description: dict[str, Any], packet_sizes: "array[int]", *, is_lasting: bool) -> None:
        """Add index, JSON and tail and give the file its name; is_lasting waits until the disk has all of it."""
        self.flush()
        assert not packet_sizes or sum(packet_sizes) == self.written, "the packets are not the audio"
        index = _swapped_on_big_endian(array("I", packet_sizes)).tobytes()
        text = json.dumps(description, sort_keys=True).encode()
        tail = TAIL.pack(self.written, len(index), len(text), zlib.crc32(index + text), MAGIC)
        self._write_all(index + text + tail)
        if is_lasting:
            os.fsync(self._file.fileno())
        self._file.close()
        os.replace(growing_path(self.target), self.target)
        if is_lasting:
            _sync_folder(self.target.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._file.closed:
            self._file.close()
            growing_path(self.target).unlink(missing_ok=True)

    def _write_all(self, data: bytes | bytearray) -> None:
        """A raw file may take less than it is given; a full disk then says so at the next try."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]


def growing_path(target: Path) -> Path:
    """Where the bytes of an unfinished file are."""
    return target.with_name(target.name + ".growing")


class _Kept(OpenFile):
    """A whole file of audio on the disk, read at any offset by any number of threads.

    It stays open from open() on: whoever removes or renames the file takes nothing from this reader.
    """

    kind = ""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Takes the open file over, also when it raises."""
        self.path = path
        self._descriptor = descriptor
        self._packet_sizes: array[int] | None = None
        self.audio_bytes, self._index_bytes, text = _read_end(descriptor, path.name)
        if text.get("kind") != self.kind:
            raise Damaged(f"{path.name} is of another kind.")
        self._describe(text)

    def _describe(self, text: dict[str, Any]) -> None:
        raise NotImplementedError

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises Damaged for anything but a whole file of this kind; OSError where there is no file."""
        return cls(path, os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    @property
    def packet_sizes(self) -> "array[int]":
        """Bytes of each packet (of each page in Ogg), in order; empty for plain PCM."""
        if self._packet_sizes is None:
            sizes = array("I")
            sizes.frombytes(self._pread(self._index_bytes, self.audio_bytes))
            self._packet_sizes = _swapped_on_big_endian(sizes)
        return self._packet_sizes

    def read(self, offset: int, length: int) -> bytes:
        """Audio bytes from offset on, fewer than length only at the end."""
        assert offset >= 0, "an offset is counted from the first byte of the audio"
        return self._pread(max(0, min(length, self.audio_bytes - offset)), offset)

    def _pread(self, length: int, offset: int) -> bytes:
        pieces = []
        while length > 0 and (piece := os.pread(self.fileno(), length, offset)):
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        if length:
            raise Damaged(f"{self.path.name} became shorter while it was read.")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Part(_Kept):
    """One part of an essence. open() also refuses one whose audio bytes changed, for a part is not waited for
    until the disk has it."""

    kind = "part"
    private: bytes
    """What a decoder must be told before the first packet; the same in all parts of a sound."""
    crc32: int
    """Of the audio bytes."""

    def _describe(self, text: dict[str, Any]) -> None:
        self.private, self.crc32 = bytes.fromhex(text["private"]), int(text["crc32"])
        crc32 = 0
        for offset in range(0, self.audio_bytes, COPY_BYTES):
            crc32 = zlib.crc32(self.read(offset, COPY_BYTES), crc32)
        if crc32 != self.crc32:
            raise Damaged(f"{self.path.name} was changed on the disk.")


class Essence(_Kept):
    """A whole essence."""

    kind = "essence"
    sound: Sound

    def _describe(self, text: dict[str, Any]) -> None:
        self.sound = Sound.from_json(text["sound"])


def described_part(private: bytes, crc32: int) -> dict[str, Any]:
    """What KeptWriter.finish writes for a part."""
    return {"kind": Part.kind, "private": private.hex(), "crc32": crc32}


def described_essence(sound: Sound) -> dict[str, Any]:
    """What KeptWriter.finish writes for a whole essence."""
    return {"kind": Essence.kind, "sound": asdict(sound)}


def _read_end(descriptor: int, name: str) -> tuple[int, int, dict[str, Any]]:
    """What stands behind the audio: bytes of the audio, of its index, and its description. Raises Damaged."""
    size = os.fstat(descriptor).st_size
    if size < TAIL.size:
        raise Damaged(f"{name} is not encoded audio of this store.")
    tail = os.pread(descriptor, TAIL.size, size - TAIL.size)
    audio_bytes, index_bytes, text_bytes, check, magic = TAIL.unpack(tail)
    if magic != MAGIC or audio_bytes + index_bytes + text_bytes + TAIL.size != size:
        raise Damaged(f"{name} is not whole: its end is missing.")
    rest = os.pread(descriptor, index_bytes + text_bytes, audio_bytes)
    if zlib.crc32(rest) != check:
        raise Damaged(f"{name} was changed on the disk.")
    return audio_bytes, index_bytes, json.loads(rest[index_bytes:])


def _sync_folder(folder: Path) -> None:
    """The new name itself must survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swapped_on_big_endian(sizes: "array[int]") -> "array[int]":
    assert sizes.itemsize == 4, "a C unsigned int has 32 bits on every system that Python wheels exist for"
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        sizes.byteswap()
    return sizes
