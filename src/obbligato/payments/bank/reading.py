"""Recognise a statement by what is in it, not by its name, and read it; also out of a zip. It touches no database."""

import zipfile
import zlib
from collections.abc import Mapping
from typing import IO

from obbligato.payments.bank.reading_camt import read_camt
from obbligato.payments.bank.reading_csv import read_csv
from obbligato.payments.bank.reading_mt940 import read_mt940
from obbligato.payments.bank.statements import MOST_BYTES, BadStatement, Statement, StatementTooLarge

CAMT, MT940, CSV = "camt.053", "MT940", "CSV"
MOST_FILES = 200
HEAD_BYTES = 4_096
ZIP = b"PK"
XML = (b"<", b"\xff\xfe", b"\xfe\xff")
NO_STATEMENT = ("__MACOSX/", ".")


Read = list[tuple[str, Statement]]
"""Statements, each with the format it came in."""


class Measured:
    """A stream that ends with a refusal where it gives more than a statement can have: no bomb is ever whole."""

    def __init__(self, source: IO[bytes], most_bytes: int = MOST_BYTES) -> None:
        self._source, self._left = source, most_bytes

    def read(self, size: int = -1, /) -> bytes:
        """As any stream. Raises StatementTooLarge."""
        found = self._source.read(self._left + 1 if size < 0 else size)
        self._left -= len(found)
        if self._left < 0:
            raise StatementTooLarge("No statement is larger than 200 MB. Please ask your bank for shorter ones.")
        return found


def read(source: IO[bytes], headings: Mapping[str, str] | None = None) -> Read:
    """What a file says, whichever of the formats it is. `source` can be read twice. Raises BadStatement."""
    if source.read(4).startswith(ZIP):
        source.seek(0)
        return _unpacked(source, headings)
    source.seek(0)
    return _read_one(source, headings)


def _read_one(source: IO[bytes], headings: Mapping[str, str] | None) -> Read:
    head = source.read(HEAD_BYTES)
    source.seek(0)
    whole = Measured(source)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(XML):
        return [(CAMT, one) for one in read_camt(whole)]
    if b":20:" in head and b":25:" in head:
        return [(MT940, one) for one in read_mt940(whole)]
    return [(CSV, one) for one in read_csv(whole, headings)]


def _unpacked(source: IO[bytes], headings: Mapping[str, str] | None) -> Read:
    found: Read = []
    try:
        with zipfile.ZipFile(source) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _is_dross(one.filename)]
            if not 0 < len(members) <= MOST_FILES:
                raise BadStatement(f"A zip of statements holds between 1 and {MOST_FILES} files.")
            if sum(one.file_size for one in members) > MOST_BYTES:
                raise StatementTooLarge("What is in this zip is larger than 200 MB. Please split it.")
            for one in sorted(members, key=lambda member: member.filename):
                found += _read_member(archive, one, headings)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as trouble:
        raise BadStatement(f"The zip cannot be read: {str(trouble)[:120]}.") from None
    return found


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, headings: Mapping[str, str] | None) -> Read:
    try:
        with archive.open(member) as content:
            if content.read(4).startswith(ZIP):
                raise BadStatement("it is a zip in a zip.")
            content.seek(0)
            return _read_one(content, headings)
    except BadStatement as trouble:
        raise type(trouble)(f"{member.filename[-60:]}: {trouble}") from None


def _is_dross(name: str) -> bool:
    return name.startswith(NO_STATEMENT[0]) or name.rsplit("/", 1)[-1].startswith(NO_STATEMENT[1])
