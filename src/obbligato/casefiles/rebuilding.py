"""Build a case file once more from its snapshot, and say whether it is the same to the byte. It changes no row."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from obbligato.casefiles import making
from obbligato.casefiles.models import CaseFile
from obbligato.kernel.refusals import Missing


class NoSuchCaseFile(Missing):
    """There is no case file of that number."""


@dataclass(frozen=True)
class Rebuilt:
    """The hash that it had when it was built, and the one that it has now."""

    case: CaseFile
    sha256: str

    @property
    def is_same(self) -> bool:
        return self.sha256 == self.case.sha256

    @property
    def sentence(self) -> str:
        """What is to be said of it."""
        if self.is_same:
            return f"Built again, {self.case.number} is the same to the byte: SHA-256 {self.sha256}."
        return (
            f"Built again, {self.case.number} is NOT the same: SHA-256 {self.sha256}, it was {self.case.sha256}. An"
            " exhibit, the ledger or the log was altered, or another version of the program or its fonts wrote it."
        )


def rebuild(number: str) -> Rebuilt:
    """Write the archive again. The same takes the place of what is kept, which may have been lost or altered.

    Raises NoSuchCaseFile, making.BeingBuilt, kept_files.LostFile.
    """
    case = CaseFile.objects.filter(number=number[:32]).first()
    if case is None:
        raise NoSuchCaseFile(f"There is no case file “{number[:40]}”.")
    with making.written(case) as (part, sha256, _):
        made = Rebuilt(case, sha256)
        if made.is_same:
            making.keep(part, case)
    return made


def copy_to(case: CaseFile, target: Path) -> None:
    """Write the archive that is kept to a file of the operator's. Raises making.LostCaseFile, OSError."""
    part = target.with_name(f"{target.name}.part")
    try:
        with making.opened(case) as file, part.open("wb") as to:
            shutil.copyfileobj(file, to)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
