"""File names for what is fetched, safe on Windows, macOS and FAT. It never lets a title leave its folder."""

import re
import unicodedata
from urllib.parse import quote

from obbligato.catalog.models import Edition, Track

# What Windows and FAT refuse, the path separators, and all control characters.
FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]')
DEVICES = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
LONGEST_BYTES = 120


def track_file_name(track: Track, extension: str) -> str:
    """ "1-02 Title.flac" on releases of several discs, else "02 Title.flac"."""
    disc = f"{track.disc}-" if track.disc > 1 or _has_discs(track) else ""
    return f"{disc}{track.position:02d} {safe(track.title)}.{extension}"


def release_file_name(edition: Edition) -> str:
    """ "Artist - Title", without an extension."""
    return safe(f"{edition.release.artist.name} - {edition.title}")


def safe(text: str) -> str:
    """The text as a file name's stem: never empty, never a device, at most 120 bytes of UTF-8."""
    cleaned = FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    cleaned = cleaned.encode()[:LONGEST_BYTES].decode(errors="ignore").strip(" .")
    if cleaned.split(".")[0].lower().strip() in DEVICES:
        cleaned = f"_{cleaned}"
    return cleaned or "untitled"


def distinct(names: list[str]) -> list[str]:
    """The names, each followed by a number where an earlier one is the same but for case."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        stem, dot, extension = name.rpartition(".")
        count = seen[name.lower()] = seen.get(name.lower(), 0) + 1
        made.append(name if count == 1 else f"{stem} ({count}){dot}{extension}")
    return made


def in_url(name: str) -> str:
    """The name as one segment of a URL's path (RFC 3986)."""
    return quote(name, safe="")


def disposition(name: str) -> str:
    """A Content-Disposition for saving under that name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace('"', "").replace("\\", "")
    return f"attachment; filename=\"{plain or 'download'}\"; filename*=UTF-8''{quote(name, safe='')}"


def _has_discs(track: Track) -> bool:
    return bool((track.tags.get("disc_total") or 1) > 1)
