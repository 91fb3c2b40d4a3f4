"""Take in the files of a draft, cover and booklet, in slices where they are large. No buyer is shown them yet."""

from dataclasses import dataclass
from pathlib import Path

from obbligato.catalog import booklets, pictures
from obbligato.kernel.folders import data_folder
from obbligato.kernel.refusals import Invalid
from obbligato.sales.editing.models import Draft

KINDS = {"cover": pictures.LARGEST_BYTES, "booklet": booklets.LARGEST_BYTES}
NAME_LENGTH = 200


class BadSlice(Invalid):
    """A slice of a file that cannot follow what came before it."""


@dataclass(frozen=True)
class Slice:
    """Some bytes of a file that is `total_bytes` long, from `offset_bytes` on."""

    kind: str
    name: str
    total_bytes: int
    offset_bytes: int
    data: bytes


def take(draft: Draft, part: Slice) -> str:
    """Append a slice; with the last one keep the file. Gives its SHA-256 then, and nothing before.

    Raises BadSlice, BadPicture, BadBooklet, CannotStore. The first slice begins anew.
    """
    most = KINDS.get(part.kind, 0)
    if not most:
        raise BadSlice("A release has a cover and a booklet.")
    if part.total_bytes > most:
        raise BadSlice(f"The {part.kind} is larger than {most // 1_000_000} MB.")
    file = data_folder("drafts") / f"{draft.pk}-{part.kind}.part"
    has_bytes = file.stat().st_size if file.is_file() and part.offset_bytes else 0
    if part.offset_bytes != has_bytes or has_bytes + len(part.data) > part.total_bytes:
        raise BadSlice("The file did not come in order. Please choose it again.")
    with file.open("ab" if has_bytes else "wb") as opened:
        opened.write(part.data)
    if has_bytes + len(part.data) < part.total_bytes:
        return ""
    try:
        return keep(part.kind, file, name=part.name)
    finally:
        file.unlink(missing_ok=True)


def keep(kind: str, file: Path, *, name: str) -> str:
    """Keep a whole file as a cover or a booklet, and give its SHA-256. Raises BadPicture, BadBooklet, CannotStore."""
    if kind == "cover":
        with file.open("rb") as opened:
            return pictures.keep(opened.read(pictures.LARGEST_BYTES + 1)).sha256
    booklet = booklets.keep(file)
    if booklet.pk is None:
        booklet.original_name = Path(name.replace("\\", "/")).name[:NAME_LENGTH] or "booklet.pdf"
        booklet.save()
    return booklet.sha256


def take_whole(draft: Draft, kind: str, name: str, data: bytes) -> str:
    """Take a file that came in one piece."""
    return take(draft, Slice(kind, name, len(data), 0, data))
