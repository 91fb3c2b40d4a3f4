"""Batches with files for tests, sent as a browser would send them."""

from pathlib import Path

from obbligato.catalog.uploads import adding, receiving
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.people.models import Person


def an_upload(person: Person | None = None) -> Upload:
    """An open batch of somebody who sells."""
    return adding.begin(person or Person.objects.create_user("bob", "bob@example.org", "a long password"))


def send(upload: Upload, path: str, content: bytes = b"sound") -> UploadedFile:
    """A file of it that is here whole."""
    file = adding.add(upload, path, size_bytes=len(content))
    receiving.receive(file, [content])
    return file


def send_folder(upload: Upload, folder: Path) -> list[UploadedFile]:
    """All files of a folder, with the folder's own name in their paths."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [send(upload, str(path.relative_to(folder.parent)), path.read_bytes()) for path in found]
