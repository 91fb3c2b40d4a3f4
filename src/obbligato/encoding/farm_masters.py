"""The masters that a worker host keeps: fetched once, checked, whole or not there, least recently used out first.

Any number of processes share one folder. It never gives anyone a file that another may take away meanwhile.
"""

import fcntl
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from obbligato.encoding.storage import Storage

FETCH_SECONDS = 300
LEFTOVER_SECONDS = 3600
LOCKS = 16
_numbers = itertools.count()


class Masters:
    """A folder of masters, named by their SHA-256 as they are in the bucket."""

    def __init__(self, storage: Storage, folder: Path, *, limit_bytes: int) -> None:
        self._storage, self._folder, self._limit_bytes = storage, folder, limit_bytes
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def borrowed(self, key: str) -> Iterator[Path]:
        """A master for as long as the block runs, whatever the others evict. Raises as Storage.fetch does."""
        name = key.rpartition("/")[2]
        kept = self._folder / name
        own = self._folder / f"{name}.{os.getpid()}-{next(_numbers)}.growing"
        try:
            while not _linked(kept, own):
                self._fetch(key, kept)
            yield own
        finally:
            own.unlink(missing_ok=True)

    def _fetch(self, key: str, kept: Path) -> None:
        """Bring the master, once: whoever wants the same waits for the first."""
        with (self._folder / f"lock-{int(kept.name[:8], 16) % LOCKS}").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                self._storage.fetch(key, kept, seconds=FETCH_SECONDS, sha256=kept.name.partition(".")[0])
                self._make_room(spare=kept)

    def _make_room(self, *, spare: Path) -> None:
        """Remove what was unused for longest until the rest fits, and what killed processes left."""
        files = sorted(_stats(self._folder), key=lambda entry: entry[1].st_mtime)
        held = sum(stat.st_size for path, stat in files if path.suffix != ".growing")
        for path, stat in files:
            if path.suffix == ".growing":
                if stat.st_mtime < time.time() - LEFTOVER_SECONDS:
                    path.unlink(missing_ok=True)
            elif held > self._limit_bytes and path != spare:
                path.unlink(missing_ok=True)
                held -= stat.st_size


def _linked(kept: Path, own: Path) -> bool:
    """A second name for the file, which nobody else removes; False where there is no file."""
    try:
        own.hardlink_to(kept)
    except FileNotFoundError:
        return False
    os.utime(own)
    return True


def _stats(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.iterdir():
        if path.name.startswith("lock-"):
            continue
        try:
            yield path, path.stat()
        except FileNotFoundError:  # Another process was quicker.
            continue
