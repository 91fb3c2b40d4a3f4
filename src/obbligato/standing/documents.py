"""Keep files of an incident as they came, by their SHA-256, below the data folder. It never opens or shows one."""

import hashlib
from pathlib import Path, PurePath

from django.db import transaction

from obbligato.kernel.folders import data_folder, has_room_for, put_file
from obbligato.kernel.refusals import Busy, Invalid, Missing
from obbligato.standing.models import Document, Incident
from obbligato.standing.words import Paper

MOST_BYTES = 20_000_000
NAME_LENGTH = 150


class BadDocument(Invalid):
    """The file cannot be kept."""


class LostDocument(Missing):
    """The file is not where it was put, or is not what it was."""


def keep(incident: Incident, content: bytes, *, kind: Paper, title: str, name: str, by: str) -> Document:
    """Keep a file; the same one again is the same document. Mails (.eml) stay raw. Raises BadDocument, Busy."""
    if not content:
        raise BadDocument("The file is empty.")
    if len(content) > MOST_BYTES:
        raise BadDocument(f"A document has at most {MOST_BYTES // 1_000_000} MB.")
    if not has_room_for(len(content)):
        raise Busy("The disk is full.", retry_after_seconds=600)
    sha256 = hashlib.sha256(content).hexdigest()
    name = plain_name(name)
    put_file(path_of(sha256), content, is_private=True)
    with transaction.atomic():
        made, _ = Document.objects.get_or_create(
            incident=incident,
            sha256=sha256,
            defaults={
                "kind": kind,
                "title": (title.strip() or name)[:200],
                "original_name": name,
                "size_bytes": len(content),
                "added_by": by[:150],
            },
        )
    return made


def content_of(document: Document) -> bytes:
    """The file's bytes, checked against their hash. Raises LostDocument."""
    try:
        content = path_of(document.sha256).read_bytes()
    except FileNotFoundError:
        raise LostDocument("The file is not in the store's folder any more.") from None
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise LostDocument("The file in the store's folder was altered: it is not what was put there.")
    return content


def path_of(sha256: str) -> Path:
    """Where the file with this hash is kept."""
    return data_folder("standing", sha256[:2]) / sha256


def plain_name(name: str) -> str:
    """A file's name without folders and without characters that cannot be printed."""
    last = PurePath(name.replace("\\", "/")).name
    cleaned = "".join(character for character in last if character.isprintable() and character not in '"<>|:*?')
    return cleaned[-NAME_LENGTH:].strip() or "document"
