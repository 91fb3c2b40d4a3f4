"""The one folder that holds everything a store has: database, masters, covers, cache. Never written outside it."""

import os
import shutil
from pathlib import Path

from django.conf import settings

SPARE_BYTES = 64 * 1024 * 1024


def data_folder(*parts: str) -> Path:
    """A folder below the data folder, made if it is not there yet (readable by the owner alone)."""
    folder: Path = settings.DATA_FOLDER.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def has_room_for(size_bytes: int) -> bool:
    """Whether the data folder's disk takes that much and keeps a little to spare."""
    return shutil.disk_usage(settings.DATA_FOLDER).free - SPARE_BYTES >= size_bytes


def put_file(target: Path, content: bytes, *, is_private: bool = False) -> None:
    """Write a file whole or not at all: a reader never sees half of it, and a crash leaves none.

    A private one can be read by its owner alone, from its first byte on.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    mode = 0o600 if is_private else 0o666  # What the process's mask leaves of it.
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def settle(path: Path) -> None:
    """Make a file's bytes, or the renames in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
