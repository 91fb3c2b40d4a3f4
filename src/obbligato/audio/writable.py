"""Brings tags and covers into a form that every container can carry, or refuses them; never makes bytes of them.

What people typed stays as it is but for what no container holds: control characters, which end a text in some of
them, and halves of surrogate pairs, which have no bytes at all.
"""

import math
import re
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from obbligato.audio.errors import UnsupportedAudio
from obbligato.audio.pictures import media_type_of, shape_of
from obbligato.audio.tag_names import GAINS, TEXTS
from obbligato.audio.tags import Picture, Tags

STEP_BYTES, LEAST_PADDING_BYTES = 1024, 256
MAX_PICTURE_BYTES = 12 * 2**20
"""What still fits in a FLAC block of 16 MiB, and in base64 too."""
MAX_TEXT_BYTES = 4 * 2**20
"""Of all texts together; more than any song's words, and a quarter of a FLAC block."""
MANY_LINES = frozenset({"lyrics", "comment"})
LOUDEST_DB, LOUDEST_PEAK = 100.0, 1000.0

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|\r|\u2028|\u2029")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", re.ASCII)
_IDENTIFIER = re.compile(r"musicbrainz_[a-z]{1,30}", re.ASCII)


def writable(tags: Tags) -> Tags:
    """The same tags as every container can carry them. Raises UnsupportedAudio where there is too much text."""
    texts: dict[str, Any] = {field: _clean(getattr(tags, field), keeps_lines=field in MANY_LINES) for field in TEXTS}
    if not _DATE.fullmatch(texts["date"]):
        texts["date"] = ""
    artists = tuple(filter(None, (_clean(artist) for artist in tags.artists)))
    identifiers = {name.lower(): _clean(value) for name, value in sorted(tags.musicbrainz.items())}
    known = {name: value for name, value in identifiers.items() if value and _IDENTIFIER.fullmatch(name)}
    if sum(len(text.encode()) for text in (*texts.values(), *artists, *known.values())) > MAX_TEXT_BYTES:
        raise UnsupportedAudio("The tags hold more than 4 MiB of text, more than a file of music can carry.")
    limits = {field: LOUDEST_DB if field.endswith("_db") else LOUDEST_PEAK for field in GAINS}
    numbers: dict[str, Any] = {field: _number(getattr(tags, field), limit) for field, limit in limits.items()}
    return replace(tags, **texts, **numbers, artists=artists, musicbrainz=MappingProxyType(known))


def writable_picture(picture: Picture | None) -> Picture | None:
    """The cover with the media type and the size that its bytes show. Raises UnsupportedAudio for what is no cover."""
    if picture is None:
        return None
    if len(picture.data) > MAX_PICTURE_BYTES:
        raise UnsupportedAudio("The cover is larger than 12 MiB, more than a file of music can carry.")
    media_type = media_type_of(picture.data)
    if media_type is None:
        raise UnsupportedAudio("The cover is not a JPEG, PNG, GIF or WebP picture.")
    shape = shape_of(picture.data)
    if not (shape.width and shape.height):
        return replace(picture, media_type=media_type)
    return replace(picture, media_type=media_type, width=shape.width, height=shape.height)


def replaygain(tags: Tags) -> list[tuple[str, str]]:
    """ReplayGain 2.0 in the writing that players read: '-6.54 dB' and '0.987654'."""
    values = [(field, name, getattr(tags, field)) for field, name in GAINS.items()]
    return [
        (name, f"{value:.2f} dB" if field.endswith("_db") else f"{value:.6f}")
        for field, name, value in values
        if value is not None
    ]


def of_total(number: int | None, total: int | None) -> str:
    """'3/12', '3', or nothing."""
    if not number:
        return ""
    return f"{number}/{total}" if total else str(number)


def padding_bytes(used_bytes: int) -> int:
    """Zeros up to the next multiple of 1024, at least 256."""
    return -(used_bytes + LEAST_PADDING_BYTES) % STEP_BYTES + LEAST_PADDING_BYTES


def _clean(text: str, *, keeps_lines: bool = False) -> str:
    lines = _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))
    return lines.strip() if keeps_lines else " ".join(lines.replace("\t", " ").split("\n")).strip()


def _number(value: float | None, limit: float) -> float | None:
    return value if value is not None and math.isfinite(value) and abs(value) <= limit else None
