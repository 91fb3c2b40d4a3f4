"""Keep a file that was uploaded as the cover or booklet of a draft. It receives nothing: catalog.uploads does that."""

from collections.abc import Iterable
from pathlib import Path

from obbligato.catalog import booklets, pictures
from obbligato.catalog.uploads import adding, receiving, removing
from obbligato.catalog.uploads.handing_over import NotAllHere
from obbligato.catalog.uploads.models import Upload
from obbligato.people.models import Person

LARGEST_BYTES = {"cover": pictures.LARGEST_BYTES, "booklet": booklets.LARGEST_BYTES}


def take(upload: Upload, kind: str) -> str:
    """Keep the one file of a batch as the cover or the booklet, and give its SHA-256; the batch is gone then.

    Raises NotAllHere, and then nothing has changed; BadPicture, BadBooklet, CannotStore, OSError.
    """
    file = upload.files.select_related("upload").order_by("pk").first()
    is_whole = file is not None and receiving.offset_of(file) == file.size_bytes
    if file is None or not is_whole or not upload.is_open or upload.files.count() > 1:
        raise NotAllHere("The file is not here whole. Please choose it again.")
    try:
        return _kept(kind, file.file)
    finally:
        removing.discard(upload)


def take_whole(person: Person, kind: str, *, name: str, size_bytes: int, pieces: Iterable[bytes]) -> str:
    """The same of a file that came with a form. Raises what adding.add and take() do."""
    upload = adding.begin(person)
    try:
        receiving.receive(adding.add(upload, name, size_bytes=size_bytes), pieces)
        return take(upload, kind)
    finally:
        if Upload.objects.filter(pk=upload.pk).exists():
            removing.discard(upload)


def _kept(kind: str, path: Path) -> str:
    if kind == "cover":
        with path.open("rb") as file:
            return pictures.keep(file.read(pictures.LARGEST_BYTES + 1)).sha256
    booklet = booklets.keep(path)
    if booklet.pk is None:
        booklet.save()
    return booklet.sha256
