"""File names for what is fetched, safe on Windows, macOS and FAT. It never lets a title leave its folder."""

import re
import unicodedata
from urllib.parse import quote

from obbligato.catalog.models import Edition, Track

# What Windows and FAT refuse, the path separators, and all control characters.
FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]')
PORTS = (*"0123456789", "¹", "²", "³")
DEVICES = {
    *("con", "prn", "aux", "nul", "conin$", "conout$", "clock$"),
    *(f"{kind}{number}" for kind in ("com", "lpt") for number in PORTS),
}
LONGEST_BYTES = 120


def track_file_name(track: Track, extension: str) -> str:
    """ "1-02 Title.flac" on releases of several discs, else "02 Title.flac"."""
    disc = f"{track.disc}-" if track.disc > 1 or _has_discs(track) else ""
    return f"{disc}{track.position:02d} {safe(track.title)}.{extension}"


def release_file_name(edition: Edition) -> str:
    """ "Artist - Title", without an extension."""
    return safe(f"{edition.release.artist.name} - {edition.title}")


def booklet_file_name(edition: Edition) -> str:
    """ "Artist - Title.pdf": by itself it has to say whose it is."""
    return f"{release_file_name(edition)}.pdf"


def safe(text: str) -> str:
    """The text as a file name's stem: never empty, never a device, at most 120 bytes of UTF-8."""
    cleaned = FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    cleaned = cleaned.encode(errors="ignore")[:LONGEST_BYTES].decode(errors="ignore").strip(" .")
    if cleaned.split(".")[0].lower().strip() in DEVICES:
        cleaned = f"_{cleaned}"
    return cleaned or "untitled"


def distinct(names: list[str]) -> list[str]:
    """The names, each followed by a number where an earlier one is the same to some file system.

    Some ignore case, macOS also how an accent is composed. A name that is unlike all others stays as it is.
    """
    taken = {_as_compared(name) for name in names}
    seen: set[str] = set()
    made = []
    for name in names:
        stem, dot, extension = name.rpartition(".") if "." in name[-6:] else (name, "", "")
        chosen, number = name, 1
        while _as_compared(chosen) in (seen if number == 1 else taken):
            number += 1
            chosen = f"{stem} ({number}){dot}{extension}"
        seen.add(_as_compared(chosen))
        taken.add(_as_compared(chosen))
        made.append(chosen)
    return made


def in_url(name: str) -> str:
    """The name as one segment of a URL's path (RFC 3986)."""
    return quote(name, safe="")


def disposition(name: str) -> str:
    """A Content-Disposition for saving under that name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace('"', "").replace("\\", "")
    return f"attachment; filename=\"{plain or 'download'}\"; filename*=UTF-8''{quote(name, safe='')}"


def _as_compared(name: str) -> str:
    """Equal for names that Windows, macOS or FAT may take for one another."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", name).casefold())
    return unicodedata.normalize("NFC", folded.casefold())


def _has_discs(track: Track) -> bool:
    return bool((track.tags.get("disc_total") or 1) > 1)
