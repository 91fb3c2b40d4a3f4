"""Reads the tags and the front cover of any master, made clean and short; never raises, never changes a file.

What people typed is text and stays text: mark-up is kept as it was written, control characters are not.
"""

import base64
import contextlib
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import mutagen
import mutagen.flac
from mutagen.aiff import AIFF
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.trueaudio import TrueAudio
from mutagen.wave import WAVE
from mutagen.wavpack import WavPack

from obbligato.audio.errors import AudioRefused
from obbligato.audio.recognising import recognise
from obbligato.audio.tag_lengths import tag_length_bytes
from obbligato.audio.tags import Picture, Tags

MAXIMUM_CHARACTERS = 4_000
MAXIMUM_LYRICS_CHARACTERS = 100_000
MAXIMUM_PICTURE_BYTES = 20_000_000
MAXIMUM_VALUES = 100
MAXIMUM_TAG_BYTES = 64 * 2**20
"""Of everything but the audio: who has more than this is not read, for it is all taken into memory."""

Tagged = Any
"""A file or the tags in it as mutagen gives them; mutagen says nothing about its types."""

Fields = dict[str, list[str]]
"""Values by field, in small letters as in Vorbis comments; every container is first read into this one form."""

_READERS: dict[str, Callable[[Path], Any]] = {
    "flac": FLAC,
    "wav": WAVE,
    "aiff": AIFF,
    "mp4": MP4,
    "wv": WavPack,
    "ogg": OggFLAC,
    "tta": TrueAudio,
}


def read_tags(path: Path) -> tuple[Tags, Picture | None]:
    """The tags of a master, and its front cover or else its first picture. Empty where nothing can be read."""
    try:
        container = recognise(path).container
        if tag_length_bytes(path, container) > MAXIMUM_TAG_BYTES:
            return Tags(), None
        file = _READERS[container](path)
    except (mutagen.MutagenError, AudioRefused, OSError, *_NONSENSE):
        return Tags(), None
    fields: Fields = {}
    picture: Picture | None = None
    with contextlib.suppress(*_NONSENSE, mutagen.MutagenError):
        fields = _fields(file)
    with contextlib.suppress(*_NONSENSE, mutagen.MutagenError):
        picture = _picture(file)
    return _tags(fields), picture


_NONSENSE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, MemoryError, struct.error)
"""What mutagen raises besides its own errors when a tag was written by chance."""


def _fields(file: Tagged) -> Fields:
    if file.tags is None:
        return {}
    if isinstance(file, MP4):
        return _mp4_fields(file.tags)
    if isinstance(file.tags, ID3):
        return _id3_fields(file.tags)
    is_ape = isinstance(file, WavPack)
    fields: Fields = {}
    for key in list(file.tags.keys())[: MAXIMUM_VALUES * 10]:
        name = str(key).lower()
        # An APE value may be binary; only text is asked for here.
        values = list(file.tags[key])[:MAXIMUM_VALUES] if not is_ape or file.tags[key].kind == 0 else []
        fields[_APE_NAMES.get(name, name) if is_ape else name] = [str(value) for value in values]
    return fields


_APE_NAMES = {
    "album artist": "albumartist",
    "track": "tracknumber",
    "disc": "discnumber",
    "year": "date",
    "upc": "barcode",
}

_ID3_NAMES = {
    "TIT2": "title",
    "TPE1": "artist",
    "TALB": "album",
    "TPE2": "albumartist",
    "TRCK": "tracknumber",
    "TPOS": "discnumber",
    "TDRC": "date",
    "TDOR": "originaldate",
    "TYER": "date",
    "TCON": "genre",
    "TSRC": "isrc",
    "TCOM": "composer",
    "TCOP": "copyright",
    "TPUB": "label",
}

_MP4_NAMES = {
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "\xa9alb": "album",
    "aART": "albumartist",
    "\xa9day": "date",
    "\xa9gen": "genre",
    "\xa9wrt": "composer",
    "\xa9lyr": "lyrics",
    "cprt": "copyright",
    "\xa9cmt": "comment",
}


def _id3_fields(tags: Tagged) -> Fields:
    fields: Fields = {}
    for frame in list(tags.values())[: MAXIMUM_VALUES * 10]:
        name = frame.FrameID
        if name in _ID3_NAMES:
            # mutagen turns the numbers of ID3v1's list of genres into words.
            values = frame.genres if name == "TCON" else frame.text
            fields.setdefault(_ID3_NAMES[name], []).extend(str(value) for value in values)
        elif name == "TXXX":
            described = frame.desc.lower().replace(" ", "_")
            fields.setdefault(_TXXX_NAMES.get(described, described), []).extend(map(str, frame.text))
        elif name == "USLT":
            fields.setdefault("lyrics", []).append(str(frame.text))
        elif name == "COMM" and not frame.desc.startswith("iTun"):
            fields.setdefault("comment", []).extend(map(str, frame.text))
        elif name == "UFID" and frame.owner == "http://musicbrainz.org":
            fields["musicbrainz_trackid"] = [frame.data.decode("ascii", "replace")]
    return fields


_TXXX_NAMES = {
    "musicbrainz_album_id": "musicbrainz_albumid",
    "musicbrainz_artist_id": "musicbrainz_artistid",
    "musicbrainz_album_artist_id": "musicbrainz_albumartistid",
    "musicbrainz_release_group_id": "musicbrainz_releasegroupid",
    "musicbrainz_release_track_id": "musicbrainz_releasetrackid",
    "musicbrainz_track_id": "musicbrainz_trackid",
    "musicbrainz_work_id": "musicbrainz_workid",
}


def _mp4_fields(tags: Tagged) -> Fields:
    fields: Fields = {}
    for key, values in list(tags.items())[: MAXIMUM_VALUES * 10]:
        if key in _MP4_NAMES:
            fields[_MP4_NAMES[key]] = [str(value) for value in values[:MAXIMUM_VALUES]]
        elif key in {"trkn", "disk"} and values:
            name = "tracknumber" if key == "trkn" else "discnumber"
            fields[name] = [f"{values[0][0]}/{values[0][1]}"]
        elif key.startswith("----:"):
            name = key.rsplit(":", 1)[-1].lower().replace(" ", "_")
            texts = [bytes(value).decode("utf-8", "replace") for value in values[:MAXIMUM_VALUES]]
            fields.setdefault(_TXXX_NAMES.get(name, name), []).extend(texts)
    return fields


def _tags(fields: Fields) -> Tags:
    track, track_total = _pair(fields, "tracknumber", ("tracktotal", "totaltracks"))
    disc, disc_total = _pair(fields, "discnumber", ("disctotal", "totaldiscs"))
    return Tags(
        title=_text(fields, "title"),
        artists=_artists(fields),
        album=_text(fields, "album"),
        album_artist=_text(fields, "albumartist", "album artist", "album_artist"),
        track=track,
        track_total=track_total,
        disc=disc,
        disc_total=disc_total,
        date=_date(_text(fields, "date", "year", "originaldate")),
        genre=_text(fields, "genre"),
        isrc=_text(fields, "isrc").upper().replace("-", "").replace(" ", ""),
        upc=_text(fields, "upc", "barcode", "ean"),
        composer=_text(fields, "composer"),
        lyrics=_lyrics(fields),
        copyright=_text(fields, "copyright"),
        label=_text(fields, "label", "publisher", "organization"),
        comment=_text(fields, "comment", "description"),
        musicbrainz=_musicbrainz(fields),
        track_gain_db=_number(fields, "replaygain_track_gain"),
        track_peak=_number(fields, "replaygain_track_peak"),
        album_gain_db=_number(fields, "replaygain_album_gain"),
        album_peak=_number(fields, "replaygain_album_peak"),
    )


def _text(fields: Fields, *names: str) -> str:
    """The values of the first of these fields that has any, joined, each once."""
    for name in names:
        values = dict.fromkeys(filter(None, (clean(value) for value in fields.get(name, [])[:MAXIMUM_VALUES])))
        if values:
            return "; ".join(values)[:MAXIMUM_CHARACTERS]
    return ""


def _artists(fields: Fields) -> tuple[str, ...]:
    """Each artist once. Only separate values are separate artists: a name may hold any sign."""
    named = fields.get("artists") or fields.get("artist", [])
    return tuple(dict.fromkeys(filter(None, (clean(value) for value in named[:MAXIMUM_VALUES]))))


def _lyrics(fields: Fields) -> str:
    for name in ("lyrics", "unsyncedlyrics"):
        for value in fields.get(name, []):
            text = clean(value, maximum=MAXIMUM_LYRICS_CHARACTERS, keeps_lines=True)
            if text:
                return text
    return ""


def _pair(fields: Fields, name: str, total_names: tuple[str, ...]) -> tuple[int | None, int | None]:
    """A number and its total, from '3/12' or from two fields."""
    number, _, total = _text(fields, name).partition("/")
    return _count(number), _count(total) or next((_count(_text(fields, other)) for other in total_names), None)


def _count(text: str) -> int | None:
    """A number from 1 to 9999 at the start of a text; vinyl's 'A2' is none."""
    found = re.match(r"\s*0*([1-9][0-9]{0,3})(?![0-9])", text, re.ASCII)
    return int(found[1]) if found else None


def _date(text: str) -> str:
    """The first year in a text, with month and day where they follow as in ISO 8601."""
    found = re.search(r"(?<![0-9])[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?(?![0-9])", text, re.ASCII)
    return found[0] if found else ""


def _number(fields: Fields, name: str) -> float | None:
    """A decimal number such as '-7.03 dB', if it is between -100 and 100."""
    found = re.match(r"\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,12})?)(?![0-9.eE])", _text(fields, name), re.ASCII)
    return float(found[1]) if found and abs(float(found[1])) <= 100 else None


def _musicbrainz(fields: Fields) -> Mapping[str, str]:
    named = {name: _text(fields, name) for name in sorted(fields) if re.fullmatch(r"musicbrainz_[a-z]{1,30}", name)}
    return MappingProxyType({name: value for name, value in named.items() if value})


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")


def clean(text: str, *, maximum: int = MAXIMUM_CHARACTERS, keeps_lines: bool = False) -> str:
    """Text without control characters and unpaired surrogates, trimmed and cut; lines are joined unless kept."""
    # Cut first and generously, so that a text of many megabytes costs nothing.
    shortened = text[: maximum * 4].replace("\r\n", "\n").replace("\r", "\n")
    visible = _FORBIDDEN.sub("", shortened)
    if not keeps_lines:
        visible = " ".join(visible.split())
    return visible.strip()[:maximum]


def _picture(file: Tagged) -> Picture | None:
    """The front cover (type 3) or else the first picture that is an image and not too large."""
    candidates = [
        (kind, picture)
        for kind, picture in _pictures(file)[:MAXIMUM_VALUES]
        if picture is not None and len(picture.data) <= MAXIMUM_PICTURE_BYTES
    ]
    return next(
        (picture for kind, picture in candidates if kind == _FRONT_COVER), candidates[0][1] if candidates else None
    )


_FRONT_COVER = 3
_FLAC: Tagged = mutagen.flac


def _pictures(file: Tagged) -> list[tuple[int, Picture | None]]:
    if isinstance(file, FLAC):
        return [(found.type, _image(found.data, found.width, found.height)) for found in file.pictures]
    if file.tags is None:
        return []
    if isinstance(file, MP4):
        return [(_FRONT_COVER, _image(bytes(cover))) for cover in file.tags.get("covr", [])]
    tags: Tagged = file.tags
    if isinstance(file.tags, ID3):
        return [(int(frame.type), _image(frame.data)) for frame in tags.getall("APIC")]
    if isinstance(file, WavPack):
        covers = [file.tags[key].value for key in file.tags if str(key).lower() == "cover art (front)"]
        return [(_FRONT_COVER, _image(cover.partition(b"\0")[2])) for cover in covers]
    blocks = [_FLAC.Picture(base64.b64decode(text)) for text in file.tags.get("metadata_block_picture", [])]
    return [(block.type, _image(block.data, block.width, block.height)) for block in blocks]


def _image(data: bytes, width: int = 0, height: int = 0) -> Picture | None:
    """A picture by its own first bytes: the media type that a tag names is often wrong."""
    for magic, media_type in _IMAGE_MAGICS:
        if data.startswith(magic):
            return Picture(media_type=media_type, data=data, width=width, height=height)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Picture(media_type="image/webp", data=data, width=width, height=height)
    return None


_IMAGE_MAGICS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
)
