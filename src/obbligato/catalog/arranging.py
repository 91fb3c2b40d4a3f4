"""Decide what a release will be, from its release.toml, its tags and its names. Pure: it reads no file and no row.

What release.toml says outranks tags; tags outrank the names of files and folders.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath

from obbligato.catalog.models import Master, Recording
from obbligato.catalog.naming import clean, clean_lines
from obbligato.catalog.scanning import FoundFile, FoundRelease
from obbligato.catalog.sidecar import BadSidecar, Sidecar, TrackLine, checked_isrc, checked_upc

VARIOUS = "Various Artists"
UNKNOWN = "Unknown Artist"
LARGEST_NUMBER = 999
MOST_GENRES = 10
DISC_AND_NUMBER = re.compile(r"^(?P<disc>\d{1,2})-(?P<number>\d{1,3})(?:[\s._-]+|$)(?P<title>.*)$", re.DOTALL)
NUMBER = re.compile(r"^(?P<number>\d{1,3})(?:[\s._-]+|$)(?P<title>.*)$", re.DOTALL)


@dataclass(frozen=True)
class PlannedTrack:
    """One track as it is to be sold."""

    file: FoundFile
    master: Master
    disc: int
    position: int
    title: str
    artist_credit: str
    recording_artist: str
    isrc: str
    recording: Recording | None = None
    """The recording that the catalogue already knows it as; None where only its file is known."""


@dataclass(frozen=True)
class PlannedRelease:
    """A release as it is to be sold. Texts are clean and fit their columns."""

    title: str
    artist: str
    label: str
    upc: str
    date: date | None
    date_text: str
    """As precise as it is known: "1913", "1913-05" or "1913-05-29"."""
    genres: tuple[str, ...]
    description: str
    copyright: str
    credits: tuple[dict[str, object], ...]
    tracks: tuple[PlannedTrack, ...]


@dataclass
class Remarks:
    """What is to be told about single files: refusals, and warnings."""

    refused: list[tuple[FoundFile, str]] = field(default_factory=list)
    warnings: list[tuple[FoundFile, str]] = field(default_factory=list)


def check_lines(found: FoundRelease, sidecar: Sidecar) -> None:
    """Raise BadSidecar where [[tracks]] names a file that is not there, or one file twice."""
    names = {_file_key(file.name) for file in found.files}
    seen: set[str] = set()
    for line in sidecar.tracks:
        key = _file_key(line.file)
        shown = clean(line.file, limit=80)
        if key not in names:
            raise BadSidecar(f"release.toml: “{shown}” is not an audio file of this folder.")
        if key in seen:
            raise BadSidecar(f"release.toml: “{shown}” is listed twice.")
        seen.add(key)


def arrange(
    found: FoundRelease, sidecar: Sidecar, sounds: Sequence[tuple[FoundFile, Master]], remarks: Remarks
) -> PlannedRelease:
    """The release that these accepted files make. A file whose place is taken is refused in `remarks`."""
    files = [file for file, _ in sounds]
    artist = sidecar.artist or _artist_of(files)
    date_text = sidecar.date.isoformat() if sidecar.date else _first(_date_text(file.tags.date) for file in files)
    return PlannedRelease(
        title=sidecar.title or _first(clean(file.tags.album, limit=300) for file in files) or _folder_title(found),
        artist=artist,
        label=sidecar.label or _first(clean(file.tags.label, limit=200) for file in files) or artist,
        upc=sidecar.upc or _first(_upc_of(file, remarks) for file in files),
        date=_day(date_text),
        date_text=date_text,
        genres=sidecar.genres[:MOST_GENRES] or _genres_of(files),
        description=sidecar.description,
        copyright=sidecar.copyright or _first(clean(file.tags.copyright, limit=300) for file in files),
        credits=tuple(
            {"name": credit.name, "role": credit.role, "tracks": list(credit.tracks)} for credit in sidecar.credits
        ),
        tracks=tuple(_tracks(sounds, sidecar, artist, remarks)),
    )


def _tracks(
    sounds: Sequence[tuple[FoundFile, Master]], sidecar: Sidecar, artist: str, remarks: Remarks
) -> list[PlannedTrack]:
    lines = {_file_key(line.file): line for line in sidecar.tracks}
    taken: dict[tuple[int, int], PlannedTrack] = {}
    # Files that say their number come first, so that one without never takes a place that another names.
    for file, master in sorted(sounds, key=lambda sound: _place(sound[0], lines)[1] is None):
        line = lines.get(_file_key(file.name), TrackLine(file.name))
        disc, number = _place(file, lines)
        position = number or 1 + max((place[1] for place in taken if place[0] == disc), default=0)
        if (disc, position) in taken:
            first = taken[disc, position].file.name
            remarks.refused.append((file, f"It claims disc {disc}, track {position}, as “{first}” already does."))
            continue
        taken[disc, position] = _track(file, master, line, disc, position, artist, remarks)
    return [taken[place] for place in sorted(taken)]


def _track(
    file: FoundFile, master: Master, line: TrackLine, disc: int, position: int, artist: str, remarks: Remarks
) -> PlannedTrack:
    artists = [name for name in (clean(name, limit=200) for name in file.tags.artists) if name]
    named = _named(file.name).get("title", "").replace("_", " ")
    return PlannedTrack(
        file=file,
        master=master,
        disc=disc,
        position=position,
        title=line.title or clean(file.tags.title, limit=300) or clean(named, limit=300) or f"Track {position}",
        artist_credit=line.artist or clean(", ".join(artists), limit=300) or artist,
        recording_artist=line.artist or (artists[0] if artists else artist),
        isrc=line.isrc or isrc_of(file, remarks),
    )


def _place(file: FoundFile, lines: dict[str, TrackLine]) -> tuple[int, int | None]:
    """Disc and track number as they are said somewhere; the track number is None where nothing says it."""
    line = lines.get(_file_key(file.name), TrackLine(file.name))
    named = _named(file.name)
    disc = line.disc or file.disc or _sane(file.tags.disc) or _sane(int(named.get("disc") or 0)) or 1
    return disc, line.position or _sane(file.tags.track) or _sane(int(named.get("number") or 0))


def _named(name: str) -> dict[str, str]:
    """Disc, number and title as a file's name says them: “2-05 Aria.flac”, “05 Aria.flac”, “Aria.flac”."""
    stem = PurePath(name).stem
    found = DISC_AND_NUMBER.match(stem) or NUMBER.match(stem)
    parts = {key: value or "" for key, value in found.groupdict().items()} if found else {"title": stem}
    return parts if parts["title"].strip() else {**parts, "title": stem}


def _sane(number: int | None) -> int | None:
    return number if number is not None and 1 <= number <= LARGEST_NUMBER else None


def _artist_of(files: Sequence[FoundFile]) -> str:
    """The album artist that most files name, else the artist where all agree, else various."""
    named = Counter(name for file in files if (name := clean(file.tags.album_artist, limit=200)))
    if named:
        return named.most_common(1)[0][0]
    artists = {clean(name, limit=200) for file in files for name in file.tags.artists[:1]} - {""}
    if len(artists) == 1:
        return artists.pop()
    return VARIOUS if artists else UNKNOWN


def _genres_of(files: Sequence[FoundFile]) -> tuple[str, ...]:
    genres = (clean(part, limit=100) for file in files for part in file.tags.genre[:1000].split(";"))
    return tuple(dict.fromkeys(genre for genre in genres if genre))[:MOST_GENRES]


def isrc_of(file: FoundFile, remarks: Remarks) -> str:
    """The ISRC of a file's tags; "" where there is none, or none that is right, which is remarked."""
    try:
        return checked_isrc(file.tags.isrc) if file.tags.isrc else ""
    except ValueError:
        written = clean(file.tags.isrc, limit=20)
        remarks.warnings.append((file, f"Its tag ISRC “{written}” is not an ISRC and was left out."))
        return ""


def _upc_of(file: FoundFile, remarks: Remarks) -> str:
    try:
        return checked_upc(file.tags.upc) if file.tags.upc else ""
    except ValueError:
        written = clean(file.tags.upc, limit=20)
        remarks.warnings.append((file, f"Its tag UPC “{written}” is not a UPC or EAN and was left out."))
        return ""


def _date_text(text: str) -> str:
    """The date of a tag where it is one: a year, a month or a day (ISO 8601), else nothing."""
    found = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    if not found:
        return ""
    parts = [part for part in found.groups() if part]
    while parts and _day("-".join(parts)) is None:
        parts.pop()
    return "-".join(parts)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text + "-01-01"[len(text) - 4 :]) if text else None
    except ValueError:
        return None


def _folder_title(found: FoundRelease) -> str:
    return clean(found.folder.name.replace("_", " "), limit=300) or "Untitled"


def _file_key(name: str) -> str:
    # Some file systems store names decomposed, and people write them composed.
    return unicodedata.normalize("NFC", name.replace("\\", "/").removeprefix("./"))


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def remaining_text(text: str) -> str:
    """Long text of a tag (lyrics, comment) as it is kept."""
    return clean_lines(text, limit=20_000)
