"""Keeps encoded audio without tags in a file of our own; never serves a file that is not whole.

Layout: the packets one after another from byte 0, just as they stand in a copy; then an index of their sizes
(32-bit little-endian numbers); then a JSON text; then 32 bytes: lengths of the three and a check over the last two.
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

MAGIC = b"OBE1"
TAIL = struct.Struct("<QQQI4s")
"""Bytes of the audio, of the index, of the JSON; CRC-32 over index and JSON; the magic number at the very end."""
FLUSH_BYTES = 16384


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
    """Samples in a packet, 0 without packets."""
    delay: int = 0
    """Samples that a decoder gives before the first one."""
    padding: int = 0
    """Samples that a decoder gives after the last one."""
    audio_bytes: int = 0
    packets: int = 0
    private: str = ""
    """Hexadecimal: FLAC's STREAMINFO, AAC's AudioSpecificConfig, ALAC's cookie."""
    pcm_md5: str = ""
    """Of a lossless copy: hexadecimal MD5 of what it decodes to, by FLAC's rule."""
    identity: str = ""
    """Equal for equal audio bytes: made of the master's MD5, the format, the window and the encoder build."""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})


class EssenceWriter:
    """Writes one essence; bytes up to `written` may be read by others while it grows."""

    def __init__(self, path: Path, *, on_written: Callable[[int], None] | None = None) -> None:
        self.path = path
        self.written = 0
        self._on_written = on_written
        self._pending = bytearray()
        self._file = path.open("wb", buffering=0)

    def append(self, data: bytes) -> None:
        """Add audio bytes; they reach the file in pieces of at least 16 KiB. OSError where the disk is full."""
        self._pending += data
        if len(self._pending) >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Bring what is pending into the file and tell how far it may be read."""
        if not self._pending:
            return
        self._write_all(bytes(self._pending))
        self.written += len(self._pending)
        self._pending.clear()
        if self._on_written is not None:
            self._on_written(self.written)

    def finish(self, sound: Sound, packet_sizes: "array[int]") -> None:
        """Add index, JSON and tail, and wait until the disk has them."""
        self.flush()
        assert sound.audio_bytes == self.written, "the sound was described with another length"
        assert not packet_sizes or sum(packet_sizes) == self.written, "the packets are not the audio"
        index = _little_endian(packet_sizes)
        text = json.dumps(asdict(sound), sort_keys=True).encode()
        tail = TAIL.pack(self.written, len(index), len(text), zlib.crc32(index + text), MAGIC)
        self._write_all(index + text + tail)
        os.fsync(self._file.fileno())
        self.close()

    def start_over(self) -> None:
        """Forget every byte; only for what nobody was told of."""
        assert self._on_written is None, "bytes that were shown to others stay"
        self._pending.clear()
        self._file.seek(0)
        self._file.truncate()
        self.written = 0

    def close(self) -> None:
        self._file.close()

    def _write_all(self, data: bytes) -> None:
        """A raw file may take less than it is given; a full disk then says so at the next try."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]


class Essence:
    """A whole essence on the disk, read at any offset by any number of threads."""

    def __init__(self, path: Path, descriptor: int, sound: Sound, index_bytes: int) -> None:
        self.path = path
        self.sound = sound
        self._index_bytes = index_bytes
        self._descriptor = descriptor
        self._packet_sizes: array[int] | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises Damaged for anything but a whole essence; OSError where there is no file.

        The file stays open from here on: whoever removes it takes nothing from this reader.
        """
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            sound, index_bytes = _read_end(descriptor, path.name)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor, sound, index_bytes)

    @property
    def audio_bytes(self) -> int:
        return self.sound.audio_bytes

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

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _pread(self, length: int, offset: int) -> bytes:
        assert self._descriptor >= 0, "it was closed"
        pieces = []
        while length > 0 and (piece := os.pread(self._descriptor, length, offset)):
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        if length:
            raise Damaged(f"{self.path.name} became shorter while it was read.")
        return b"".join(pieces)


def _read_end(descriptor: int, name: str) -> tuple[Sound, int]:
    """What stands behind the audio: its description, and the bytes of its index. Raises Damaged."""
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
    return Sound.from_json(json.loads(rest[index_bytes:])), index_bytes


def _little_endian(sizes: "array[int]") -> bytes:
    return _swapped_on_big_endian(array("I", sizes)).tobytes()


def _swapped_on_big_endian(sizes: "array[int]") -> "array[int]":
    assert sizes.itemsize == 4, "a C unsigned int has 32 bits on every system that Python wheels exist for"
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        sizes.byteswap()
    return sizes
