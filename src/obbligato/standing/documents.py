"""Keep files of an incident as they came, by their SHA-256, below the data folder. It never opens or shows one."""

from pathlib import PurePath

from django.db import transaction

from obbligato.kernel import kept_files
from obbligato.kernel.folders import has_room_for
from obbligato.kernel.refusals import Busy, Invalid
from obbligato.standing.models import Document, Incident
from obbligato.standing.words import Paper

FOLDER = "standing"
MOST_BYTES = 20_000_000
NAME_LENGTH = 150


class BadDocument(Invalid):
    """The file cannot be kept."""


def keep(incident: Incident, content: bytes, *, kind: Paper, title: str, name: str, by: str) -> Document:
    """Keep a file; the same one again is the same document. Mails (.eml) stay raw. Raises BadDocument, Busy."""
    if not content:
        raise BadDocument("The file is empty.")
    if len(content) > MOST_BYTES:
        raise BadDocument(f"A document has at most {MOST_BYTES // 1_000_000} MB.")
    if not has_room_for(len(content)):
        raise Busy("The disk is full.", retry_after_seconds=600)
    name = plain_name(name)
    sha256 = kept_files.keep(FOLDER, content)
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
    """The file's bytes as they came. Raises kept_files.LostFile."""
    return kept_files.content_of(FOLDER, document.sha256)


def plain_name(name: str) -> str:
    """A file's name without folders and without characters that cannot be printed."""
    last = PurePath(name.replace("\\", "/")).name
    cleaned = "".join(character for character in last if character.isprintable() and character not in '"<>|:*?')
    return cleaned[-NAME_LENGTH:].strip() or "document"
