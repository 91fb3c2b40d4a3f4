"""Keep masters and booklets in the data folder, each named by its SHA-256. A file is there whole or not at all."""

import hashlib
import os
import uuid
from pathlib import Path

from obbligato.audio.masters import Inspection
from obbligato.catalog.models import HEARD, Master
from obbligato.kernel.folders import data_folder, has_room_for, settle
from obbligato.kernel.refusals import Refused

CHUNK_BYTES = 1 << 20


class CannotStore(Refused):
    """The disk did not take the file. What was half-written is gone again."""


def master_of(inspection: Inspection, source: Path) -> Master:
    """The row that says what the one decoding told, not saved yet."""
    facts = {**inspection.facts.to_json(), HEARD: inspection.heard.to_json()}
    assert facts["container"].isalnum(), "the container becomes a file's extension"
    return Master(
        sha256=inspection.sha256,
        original_name=original_name(source),
        size_bytes=source.stat().st_size,
        facts_json=facts,
        pcm_md5=inspection.facts.pcm_md5,
        integrated_lufs=inspection.loudness.integrated_lufs,
        range_lu=inspection.loudness.range_lu,
        true_peak_dbtp=inspection.loudness.true_peak_dbtp,
        peaks=inspection.peaks,
        fingerprint=inspection.fingerprint,
    )


def original_name(source: Path) -> str:
    """The file's name as a row can hold it: what is not Unicode in it is replaced."""
    return os.fsencode(source.name).decode("utf-8", "replace")[:255]


def incoming_twin() -> Path:
    """Where a twin may be written that store_twin() takes later, and that sweep() removes if nobody does."""
    return data_folder("masters", "incoming") / f"{uuid.uuid4().hex}.part"


def store(master: Master, source: Path) -> bool:
    """Copy the master's file in, and say whether that was needed. Raises CannotStore with a sentence."""
    return store_file(source, master.file, sha256=master.sha256, size_bytes=master.size_bytes)


def store_file(source: Path, target: Path, *, sha256: str, size_bytes: int) -> bool:
    """Copy a file in where it is not there yet, and say whether that was needed. Raises CannotStore with a sentence."""
    if target.is_file() and target.stat().st_size == size_bytes:
        return False
    if not has_room_for(size_bytes):
        raise CannotStore("The disk of the store is full.")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        if _copy(source, part) != sha256:
            raise CannotStore("The file changed while it was being read.")
        part.replace(target)
        settle(target.parent)
    except OSError as error:
        raise CannotStore(f"The store could not keep the file: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return True


def store_twin(master: Master, twin: Path) -> None:
    """Take in the twin that was written when the master was inspected. Raises CannotStore with a sentence."""
    assert master.facts.frames_offset is not None, "a twin has frames to copy"
    try:
        if twin.stat().st_size != master.facts.frames_offset + master.facts.flac_bytes:
            raise CannotStore("The FLAC that was made of the file is not whole.")
        twin.chmod(0o400)
        settle(twin)
        twin.replace(master.twin)
        settle(master.twin.parent)
    except OSError as error:
        raise CannotStore(f"The store could not keep the file: {error.strerror}.") from error


def sha256_of(path: Path) -> str:
    """Of the file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep() -> None:
    """Remove what an import left half-written or did not want. Only for who holds the import lock."""
    for kind in ("masters", "covers", "booklets"):
        for part in data_folder(kind).glob("*/*.part"):
            part.unlink(missing_ok=True)


def forget(masters: list[Master]) -> None:
    """Remove the files of masters that were stored for a release which then was not published."""
    for master in masters:
        if not Master.objects.filter(sha256=master.sha256).exists():
            master.file.unlink(missing_ok=True)
            master.twin.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    target.chmod(0o400)
    return digest.hexdigest()
