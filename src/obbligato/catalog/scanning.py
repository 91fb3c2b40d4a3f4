"""Walk a label's folder and group what sounds in it into releases. It only looks: nothing is changed or decoded.

No link is followed out of the folder or into another folder, so that no loop is endless. A folder with audio is a
release; its CD1, CD2 … belong to it; where one folder holds several albums and no release.toml, each album tag
makes a release.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from obbligato.audio.tags import Tags
from obbligato.catalog.naming import folded

SIDECAR = "release.toml"
MASTERS = {"flac", "wav", "wave", "w64", "rf64", "aif", "aiff", "aifc", "m4a", "mp4", "caf", "wv", "oga", "ogg", "tta"}
NEVER_MASTERS = {"mp3", "mp2", "aac", "opus", "wma", "ape", "mpc", "dsf", "dff", "ac3", "mka", "webm", "ofr", "shn"}
AUDIO = MASTERS | NEVER_MASTERS
PICTURES = {"jpg", "jpeg", "png", "webp", "gif"}
BOOKLET = "pdf"
DISC_FOLDER = re.compile(r"(?:cd|dis[ck]|disque|disco|lp|platte)[\s._-]*0*([1-9]\d?)\b", re.IGNORECASE)
DEEPEST = 64

ReadTags = Callable[[Path], Tags]


@dataclass(frozen=True)
class FoundFile:
    """An audio file and what its tags say. `name` is its path relative to the release's folder."""

    path: Path
    name: str
    tags: Tags
    disc: int | None = None
    """The number of the CD1, CD2 … folder it lies in."""


@dataclass(frozen=True)
class FoundRelease:
    """Files that are to become one release."""

    folder: Path
    name: str
    """The folder relative to the imported one, "." for that one itself."""
    files: tuple[FoundFile, ...]
    pictures: tuple[Path, ...]
    pdfs: tuple[Path, ...]
    sidecar: Path | None


@dataclass(frozen=True)
class Skipped:
    """Something in the folder that was not looked into, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Scan:
    """What a folder holds: its releases, and what was passed over."""

    root: Path
    releases: tuple[FoundRelease, ...]
    skipped: tuple[Skipped, ...]

    @property
    def file_count(self) -> int:
        return sum(len(release.files) for release in self.releases)


@dataclass
class _Folder:
    """What one folder holds, before its CD1, CD2 … have joined it."""

    path: Path
    audio: list[tuple[Path, int | None]] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    pdfs: list[Path] = field(default_factory=list)
    sidecar: Path | None = None


def scan(root: Path, *, read_tags: ReadTags) -> Scan:
    """Everything importable below `root`, in the order of names. Raises OSError when root itself cannot be read."""
    root = root.resolve(strict=True)
    skipped: list[Skipped] = []
    folders = _joined(list(_walk(root, root, skipped)))
    releases = [release for folder in folders for release in _releases_in(folder, root, read_tags)]
    return Scan(root, tuple(releases), tuple(skipped))


def _walk(folder: Path, root: Path, skipped: list[Skipped], *, depth: int = 0) -> Iterator[_Folder]:
    """The folder and all below it, in the order of names; hidden ones are left out."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: natural_order(entry.name))
    except OSError as error:
        if folder == root:
            raise
        skipped.append(Skipped(_relative(folder, root), f"The folder cannot be read: {error.strerror}."))
        return
    found = _Folder(folder)
    below: list[Path] = []
    for entry in listed:
        if not entry.name.startswith("."):
            _sort_in(entry, root, found, below, skipped)
    yield found
    for path in below:
        if depth < DEEPEST:
            yield from _walk(path, root, skipped, depth=depth + 1)
        else:
            skipped.append(Skipped(_relative(path, root), "The folder lies too deep."))


def _sort_in(entry: os.DirEntry[str], root: Path, found: _Folder, below: list[Path], skipped: list[Skipped]) -> None:
    path = Path(entry.path)
    kind = path.suffix[1:].lower()
    if entry.is_symlink() and (reason := _reason_against_link(path, root)):
        if kind in AUDIO or kind == BOOKLET or not path.suffix or entry.name.lower() == SIDECAR:
            skipped.append(Skipped(_relative(path, root), reason))
        return
    if entry.is_dir(follow_symlinks=False):
        below.append(path)
    elif (kind in PICTURES or entry.name.lower() == SIDECAR) and not path.is_file():
        # A pipe would hold the import for ever, and nobody looks at these in a process of their own.
        skipped.append(Skipped(_relative(path, root), "It is not a file but a device or a pipe."))
    elif kind in AUDIO:
        found.audio.append((path, None))
    elif kind in PICTURES:
        found.pictures.append(path)
    elif kind == BOOKLET:
        found.pdfs.append(path)
    elif entry.name.lower() == SIDECAR:
        found.sidecar = path


def _reason_against_link(path: Path, root: Path) -> str:
    """Why a link is not followed, or nothing where it leads to a file of the same folder tree."""
    try:
        target = path.resolve(strict=True)
        is_file = stat.S_ISREG(target.stat().st_mode)
    except (OSError, RuntimeError):
        return "The link leads nowhere."
    if not target.is_relative_to(root):
        return "The link leads out of the folder."
    if not is_file:
        return "The link leads to another folder, which is imported where it lies."
    return ""


def _joined(folders: list[_Folder]) -> list[_Folder]:
    """Folders with audio; those called CD1, Disc 2 … have joined the one they lie in."""
    by_path = {folder.path: folder for folder in folders}
    result: list[_Folder] = []
    for folder in folders:
        parent = by_path.get(folder.path.parent)
        disc = DISC_FOLDER.match(folder.path.name)
        if disc and parent is not None and folder.sidecar is None and folder.audio:
            parent.audio += [(path, int(disc[1])) for path, _ in folder.audio]
            parent.pictures += folder.pictures
            parent.pdfs += folder.pdfs
        else:
            result.append(folder)
    return [folder for folder in result if folder.audio or folder.sidecar]


def _releases_in(folder: _Folder, root: Path, read_tags: ReadTags) -> Iterator[FoundRelease]:
    files = [_found(path, disc, folder, read_tags) for path, disc in folder.audio]
    groups: dict[str, list[FoundFile]] = {}
    for file, album in zip(files, _albums(files, has_sidecar=folder.sidecar is not None), strict=True):
        groups.setdefault(album, []).append(file)
    for group in groups.values() if groups else [[]]:
        yield FoundRelease(
            folder=folder.path,
            name=_relative(folder.path, root),
            files=tuple(group),
            pictures=tuple(folder.pictures),
            pdfs=tuple(folder.pdfs),
            sidecar=folder.sidecar,
        )


def _albums(files: list[FoundFile], *, has_sidecar: bool) -> list[str]:
    """For each file the album it belongs to, "" for the folder's own.

    Where the folder names one album alone, a file without that tag belongs to it too.
    """
    albums = [folded(file.tags.album) for file in files]
    return [""] * len(files) if has_sidecar or len(set(albums) - {""}) < 2 else albums


def _found(path: Path, disc: int | None, folder: _Folder, read_tags: ReadTags) -> FoundFile:
    tags = read_tags(path) if path.is_file() else Tags()
    return FoundFile(path, str(path.relative_to(folder.path)), tags, disc)


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root))


def natural_order(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A key that puts “2” before “10” and numbers before letters, then decides by the exact name."""
    parts = [part for part in re.split(r"(\d{1,18})", name.casefold()) if part]
    return [(0, int(part), "") if part[0].isdecimal() else (1, 0, part) for part in parts], name
