"""Tells by its first bytes what container a file is; never lets a demuxer guess, for some open other files.

FFmpeg knows demuxers that follow addresses written inside a file. A master is therefore recognised here, and
only the demuxer named here is tried.
"""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from obbligato.audio.errors import AudioRefused, NotAudio, NotLossless, UnsupportedAudio

ACCEPTED = "Masters are accepted as FLAC, WAV, AIFF, ALAC (M4A), WavPack or TTA."


@dataclass(frozen=True)
class Recognised:
    """A container that may hold a master, and the name of FFmpeg's demuxer for it."""

    container: str
    demuxer: str
    label: str
    audio_offset: int
    """Where the container itself begins, behind ID3v2 tags that somebody put before it."""


_REFUSED: tuple[tuple[bytes, type[AudioRefused], str], ...] = (
    (b"MP+", NotLossless, "The file is Musepack, a lossy format."),
    (b"MPCK", NotLossless, "The file is Musepack, a lossy format."),
    (b"\x0b\x77", NotLossless, "The file is AC-3, a lossy format."),
    (b"MAC ", UnsupportedAudio, "The file is Monkey's Audio, which is not accepted; convert it to FLAC."),
    (b"DSD ", UnsupportedAudio, "The file holds DSD, which is not accepted; convert it to 24-bit FLAC."),
    (b"FRM8", UnsupportedAudio, "The file holds DSD, which is not accepted; convert it to 24-bit FLAC."),
    (b"caff", UnsupportedAudio, "The file is a Core Audio file, which is not accepted."),
    (b"riff", UnsupportedAudio, "The file is Wave64, which is not accepted."),
    (b"\x30\x26\xb2\x75", UnsupportedAudio, "The file is Windows Media, which is not accepted."),
    (b"\x1a\x45\xdf\xa3", UnsupportedAudio, "The file is Matroska or WebM, which is not accepted."),
)


def recognise(path: Path) -> Recognised:
    """What the file is. Raises NotAudio, NotLossless or UnsupportedAudio with a sentence, or OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotAudio(f"This is not a file. {ACCEPTED}")
    with path.open("rb") as file:
        offset = _after_id3v2(file)
        file.seek(offset)
        head = file.read(40)
    if not head:
        raise NotAudio("The file is empty." if offset == 0 else "The file holds tags but no audio.")
    found = _accepted(head, offset)
    if found is not None:
        return found
    for magic, error, sentence in _REFUSED:
        if head.startswith(magic):
            raise error(f"{sentence} {ACCEPTED}")
    if _is_mpeg_audio(head):
        raise NotLossless(f"The file is MP3 or AAC, a lossy format. {ACCEPTED}")
    raise NotAudio(f"The file is not audio of a known kind. {ACCEPTED}")


def _after_id3v2(file: BinaryIO) -> int:
    """Bytes of the ID3v2 tags at the start (ID3v2.4, 3.1: a size of four times seven bits, and ten)."""
    offset = 0
    while True:
        file.seek(offset)
        header = file.read(10)
        if len(header) < 10 or header[:3] != b"ID3" or any(byte & 0x80 for byte in header[6:]):
            return offset
        size = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
        has_footer = bool(header[5] & 0x10)
        offset += 10 + size + (10 if has_footer else 0)


def _accepted(head: bytes, offset: int) -> Recognised | None:
    if head[:4] == b"fLaC":
        return Recognised("flac", "flac", "FLAC", offset)
    if head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE":
        return Recognised("wav", "wav", "WAV", offset)
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return Recognised("aiff", "aiff", "AIFF", offset)
    if head[4:8] == b"ftyp":
        return Recognised("mp4", "mp4", "MP4", offset)
    if head[:4] == b"wvpk":
        return Recognised("wv", "wv", "WavPack", offset)
    if head[:4] == b"OggS":
        return Recognised("ogg", "ogg", "Ogg", offset)
    if head[:4] == b"TTA1":
        return Recognised("tta", "tta", "TTA", offset)
    return None


def _is_mpeg_audio(head: bytes) -> bool:
    """A frame header of MPEG layer II or III (ISO 11172-3, 2.4.1.3) or of AAC in ADTS (ISO 13818-7, 6.2)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    if head[1] & 0xF6 == 0xF0:
        return True
    is_layer_two_or_three = head[1] & 0x06 in {0x02, 0x04}
    return is_layer_two_or_three and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C
