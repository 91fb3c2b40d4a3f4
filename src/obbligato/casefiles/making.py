"""Write an archive to the disk whole or not at all, one at a time. What a dead process left is swept by the next."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from obbligato.casefiles import archive, laying_out
from obbligato.casefiles.models import CaseFile
from obbligato.kernel.folders import data_folder, settle
from obbligato.kernel.refusals import Busy, Missing

PIECE_BYTES = 1 << 20
LOCK_FILE, FOLDER = "lock", "making"


class BeingBuilt(Busy):
    """Another case file is being built in this store."""


class LostCaseFile(Missing):
    """The archive is not where it was put, or is not what it was."""


@contextmanager
def written(case: CaseFile) -> Iterator[tuple[Path, str, int]]:
    """A new archive of what was frozen, its SHA-256 and size; gone afterwards, unless it was moved away.

    Raises BeingBuilt, archive.TooLarge, kept_files.LostFile.
    """
    with alone() as folder:
        part = folder / f"{case.number}.zip"
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                sha256, size_bytes = archive.write(laying_out.files(case), file)
                file.flush()
                os.fsync(file.fileno())
            yield part, sha256, size_bytes
        finally:
            part.unlink(missing_ok=True)


def keep(part: Path, case: CaseFile) -> None:
    """Put an archive that was written where it is kept, at once and whole."""
    part.replace(case.file)
    settle(case.file.parent)


def opened(case: CaseFile) -> BinaryIO:
    """The archive as it was built, checked against its hash, to be read and closed. Raises LostCaseFile."""
    try:
        file = case.file.open("rb")
    except FileNotFoundError:
        raise LostCaseFile("The archive is not in the store's folder any more: build it again.") from None
    hashed = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        hashed.update(piece)
    if hashed.hexdigest() != case.sha256:
        file.close()
        raise LostCaseFile("The archive in the store's folder was altered: build it again.")
    file.seek(0)
    return file


@contextmanager
def alone() -> Iterator[Path]:
    """An empty folder that is nobody else's meanwhile. Raises BeingBuilt."""
    with (data_folder("casefiles") / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingBuilt("Another case file is being built; please try again.", retry_after_seconds=20) from None
        folder = data_folder("casefiles", FOLDER)
        for left in folder.iterdir():
            left.unlink()
        yield folder
