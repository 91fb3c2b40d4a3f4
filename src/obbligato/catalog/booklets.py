"""Take in the booklet of a release: a PDF in its folder, kept as delivered. It never looks into one nor makes one."""

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from obbligato.catalog.models import Booklet
from obbligato.catalog.scanning import FoundRelease, natural_order
from obbligato.catalog.storing import CHUNK_BYTES, original_name, store_file
from obbligato.kernel.refusals import Invalid, Refused

USUAL_NAME = "booklet"
LARGEST_BYTES = 200_000_000
OPENING = b"%PDF-"
ENDING = b"%%EOF"
ENDING_WITHIN_BYTES = 1024
"""Readers look for the end no further back than this (ISO 32000-1, annex H, note 18)."""


class BadBooklet(Invalid):
    """The file is not a PDF that can be kept; the release is imported without it."""


def booklet_of(found: FoundRelease, warnings: list[str], *, before: Booklet | None) -> Booklet | None:
    """The first PDF that can be used, stored, though its row is not saved; `warnings` get a sentence for each other.

    A release whose PDF cannot be used keeps the booklet from `before`; one whose PDF was taken away does not.
    """
    ranked = _ranked(found.pdfs)
    for number, path in enumerate(ranked, 1):
        try:
            booklet = keep(path)
        except Refused as refusal:
            warnings.append(f"{path.name}: {refusal}")
        except OSError as error:
            warnings.append(f"{path.name}: The store could not keep the booklet: {error.strerror}.")
        else:
            warnings += [f"{other.name}: A release has one booklet, and this is a second." for other in ranked[number:]]
            return booklet
    if ranked and before is not None:
        warnings.append(f"The booklet that it had stays, {_megabytes(before)}.")
        return before
    if found.pdfs and not ranked:
        warnings.append(f"It comes without a booklet: {_none_of(len(found.pdfs))} is named booklet.pdf.")
    return None


def keep(path: Path) -> Booklet:
    """Store a booklet; the same bytes again are the same row. Raises BadBooklet, CannotStore, OSError."""
    sha256, size_bytes = check(path)
    known = Booklet.objects.filter(sha256=sha256).first()
    booklet = known or Booklet(sha256=sha256, original_name=original_name(path), size_bytes=size_bytes)
    store_file(path, booklet.file, sha256=sha256, size_bytes=size_bytes)
    return booklet


def check(path: Path) -> tuple[str, int]:
    """The SHA-256 and the size in bytes of a whole PDF. Raises BadBooklet with a sentence."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            return _checked(file)
    except OSError as error:
        raise BadBooklet(f"The booklet cannot be read: {error.strerror}.") from error


def forget(booklet: Booklet | None) -> None:
    """Remove the file of a booklet that was stored for a release which then was not published."""
    if booklet is not None and not Booklet.objects.filter(sha256=booklet.sha256).exists():
        booklet.file.unlink(missing_ok=True)


def sentence_of(booklet: Booklet) -> str:
    """What an import says of a booklet it took, by name: the label should notice a PDF that is none."""
    return f"With its booklet of {_megabytes(booklet)}, “{booklet.original_name}”."


def _ranked(pdfs: tuple[Path, ...]) -> list[Path]:
    """Those named like a booklet; any other PDF may be a contract, and is nobody's to fetch."""
    usual = [path for path in pdfs if path.stem.casefold().startswith(USUAL_NAME)]
    return sorted(usual, key=lambda path: (len(path.parts), natural_order(path.stem)))


def _none_of(pdfs: int) -> str:
    return "no PDF of it" if pdfs == 1 else f"none of its {pdfs} PDFs"


def _without_waiting(path: str, flags: int) -> int:
    # A pipe that is named like a booklet would otherwise hold the import for ever.
    return os.open(path, flags | os.O_NONBLOCK)


def _checked(file: BinaryIO) -> tuple[str, int]:
    facts = os.fstat(file.fileno())
    if not stat.S_ISREG(facts.st_mode):
        raise BadBooklet("The booklet is not a file but a device or a pipe.")
    _refuse_larger(facts.st_size)
    if file.read(len(OPENING)) != OPENING:
        raise BadBooklet("The booklet is not a PDF." if facts.st_size else "The booklet is empty.")
    digest, size_bytes, ending = hashlib.sha256(OPENING), len(OPENING), b""
    while size_bytes <= LARGEST_BYTES and (chunk := file.read(CHUNK_BYTES)):
        digest.update(chunk)
        size_bytes += len(chunk)
        ending = (ending + chunk)[-ENDING_WITHIN_BYTES:]
    _refuse_larger(size_bytes)  # It may have grown.
    if ENDING not in ending:
        raise BadBooklet("The booklet is not whole: the end of the PDF is missing.")
    return digest.hexdigest(), size_bytes


def _refuse_larger(size_bytes: int) -> None:
    if size_bytes > LARGEST_BYTES:
        raise BadBooklet(f"The booklet is larger than {LARGEST_BYTES // 1_000_000} MB.")


def _megabytes(booklet: Booklet) -> str:
    megabytes = booklet.size_bytes / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes >= 1 else f"{max(megabytes, 0.01):.2f} MB"
