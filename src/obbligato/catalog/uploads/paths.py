"""Says whether a name from somebody's disk may be a file's name in a batch. Pure; it never asks a disk."""

import unicodedata

from obbligato.catalog.naming import printable
from obbligato.catalog.scanning import BOOKLET, MASTERS, NEVER_MASTERS, PICTURES, SIDECAR
from obbligato.catalog.uploads.models import LONGEST_PATH
from obbligato.kernel.refusals import Invalid

MOST_FOLDERS = 16
LONGEST_NAME_BYTES = 240
"""Of 255 that file systems take, so that something may be put behind it."""
OF_WINDOWS = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Devices on Windows whatever follows the first dot (learn.microsoft.com, “Naming Files, Paths, and Namespaces”)."""


class BadPath(Invalid):
    """The name cannot be that of a file in a batch."""


class NotForAStore(Invalid):
    """An import would not look at such a file."""


def safe_path(text: str) -> str:
    """The path with “/” between its names, in Unicode NFC (macOS sends NFD). Raises BadPath, NotForAStore."""
    path = unicodedata.normalize("NFC", text)
    if not path:
        raise BadPath("The file has no name.")
    shown = printable(path)[:120]
    if shown != path[:120] or printable(path) != path:
        raise BadPath(f"“{shown}” has a letter that cannot be seen. Give the file another name.")
    if "\\" in path or path.startswith("/") or path[1:3] == ":/":
        raise BadPath(f"“{shown}” is no path within a folder: names are parted by “/”, and the first is no disk.")
    if len(path) > LONGEST_PATH or path.count("/") > MOST_FOLDERS:
        raise BadPath(f"“{shown}…” is too long: a path has at most {LONGEST_PATH} letters and {MOST_FOLDERS} folders.")
    for name in path.split("/"):
        _refuse_name(name, shown)
    _refuse_kind(path.rsplit("/", 1)[-1])
    return path


def fold(path: str) -> str:
    """What a file system without upper and lower case takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def _refuse_name(name: str, shown: str) -> None:
    if name in {"", ".", ".."}:
        raise BadPath(f"“{shown}” leads out of its folder, or nowhere.")
    if name.startswith("."):
        raise BadPath(f"“{shown}” is hidden; what is hidden is left out.")
    if name.split(".", 1)[0].strip().casefold() in OF_WINDOWS:
        raise BadPath(f"“{shown}” has a name that Windows keeps for a device. Give it another one.")
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME_BYTES:
        raise BadPath(f"“{shown}…” has a name of more than {LONGEST_NAME_BYTES} bytes. Shorten it.")


def _refuse_kind(name: str) -> None:
    kind = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if kind in NEVER_MASTERS:
        raise NotForAStore(f"“{name}” is a compressed copy. The store sells from lossless masters: FLAC, WAV, AIFF …")
    if not (kind in MASTERS or kind in PICTURES or kind == BOOKLET or name.lower() == SIDECAR):
        raise NotForAStore(f"“{name}” is left out: an import takes audio, pictures, PDFs and release.toml.")
