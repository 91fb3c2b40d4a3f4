"""Keep what is sent with a claim: private, named by its SHA-256, within limits. It unpacks no file and shows none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from obbligato.claims.models import Claim, Document
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import kept_files
from obbligato.kernel.refusals import Invalid

FOLDER = "claims"
MOST_BYTES = 2_000_000
MOST_DOCUMENTS = 10
"""Of each side of a claim."""
KINDS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
NO_PLAIN_TEXT = re.compile(r"<\s*[!?/a-zA-Z]|[\x00-\x08\x0e-\x1f]")
UNSAFE = re.compile(r"[^\w .()-]")


class BadDocument(Invalid):
    """The file is of a kind or a size that is not taken."""


@dataclass(frozen=True)
class Sent:
    """A file as it came: what its sender calls it is only a name."""

    name: str
    content: bytes
    is_mandate: bool = False


def refuse_bad(sent: Sequence[Sent], *, before: int = 0) -> None:
    """Raise BadDocument where there are too many, or one is too large or of another kind."""
    if before + len(sent) > MOST_DOCUMENTS:
        raise BadDocument("A claim can have {most} documents from each side.", most=MOST_DOCUMENTS)
    for one in sent:
        if len(one.content) > MOST_BYTES:
            raise BadDocument("A document can have {most} MB. Please make it smaller.", most=MOST_BYTES // 1_000_000)
        kind_of(one.content)


def kind_of(content: bytes) -> str:
    """pdf, png, jpg or txt, by its bytes alone. Raises BadDocument: no pages, no programs, no archives."""
    for start, kind in KINDS.items():
        if content.startswith(start):
            return kind
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\x00"
    if not text.strip() or NO_PLAIN_TEXT.search(text):
        raise BadDocument("A document must be a PDF, a PNG or JPEG picture, or plain text. Others are not taken.")
    return "txt"


def add(claim: Claim, sent: Sequence[Sent], *, sent_by: Who) -> int:
    """Keep more files of one side; gives how many were not here yet. Raises BadDocument; then none is kept."""
    refuse_bad(sent, before=claim.documents.filter(sent_by=sent_by.value).count())
    before = claim.documents.count()
    for one in sent:
        keep(claim, one, sent_by=sent_by)
    return claim.documents.count() - before


def keep(claim: Claim, one: Sent, *, sent_by: Who) -> Document:
    """Store a file whose kind and size are known to be right; the same file again is the same document."""
    made, _ = Document.objects.get_or_create(
        claim=claim,
        sha256=kept_files.keep(FOLDER, one.content),
        defaults={
            "name": UNSAFE.sub("_", Path(one.name).name)[-150:] or "document",
            "kind": kind_of(one.content),
            "size_bytes": len(one.content),
            "sent_by": sent_by.value,
            "is_mandate": one.is_mandate,
        },
    )
    return made


def content_of(document: Document) -> bytes:
    """Its bytes, for somebody who may have them, to be saved and never shown in place. Raises kept_files.LostFile."""
    return kept_files.content_of(FOLDER, document.sha256)
