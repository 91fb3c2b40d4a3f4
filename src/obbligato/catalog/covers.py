"""Find the cover of a release: a picture in its folder, else one inside its files. It never draws one."""

from collections.abc import Iterator
from pathlib import Path

from obbligato.audio.reading_tags import read_tags
from obbligato.catalog.models import Picture
from obbligato.catalog.pictures import LARGEST_BYTES, BadPicture, keep
from obbligato.catalog.scanning import FoundRelease, natural_order

USUAL_NAMES = ("cover", "front", "folder", "albumart", "album", "artwork")
MOST_FILES = 5
"""How many files are asked for a picture inside; the first ones tell."""


def cover_of(found: FoundRelease, warnings: list[str]) -> Picture | None:
    """The first picture that can be used, stored; a sentence goes to `warnings` for each that cannot."""
    for name, data in _candidates(found, warnings):
        try:
            return keep(data)
        except BadPicture as refusal:
            warnings.append(f"{name}: {refusal}")
    return None


def _candidates(found: FoundRelease, warnings: list[str]) -> Iterator[tuple[str, bytes]]:
    for path in _ranked(found.pictures):
        try:
            with path.open("rb") as file:
                yield path.name, file.read(LARGEST_BYTES + 1)
        except OSError as error:
            warnings.append(f"{path.name}: The cover cannot be read: {error.strerror}.")
    for file_ in found.files[:MOST_FILES]:
        if file_.path.is_file():
            _, picture = read_tags(file_.path)
            if picture is not None:
                yield file_.name, picture.data


def _ranked(pictures: tuple[Path, ...]) -> list[Path]:
    """Those named like a front cover; where none is, the only picture there is."""
    usual = [path for path in pictures if _rank(path) < len(USUAL_NAMES)]
    if not usual:
        return list(pictures) if len(pictures) == 1 else []
    return sorted(usual, key=lambda path: (_rank(path), len(path.parts), natural_order(path.name)))


def _rank(path: Path) -> int:
    stem = path.stem.casefold()
    return next((rank for rank, name in enumerate(USUAL_NAMES) if stem.startswith(name)), len(USUAL_NAMES))
