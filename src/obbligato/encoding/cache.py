"""Keeps parts and essences on the disk by bytes, the least recently used out first. It never gives a damaged one.

Below the folder: ab/ab…-00012.part and ab/ab….essence, named by identity, whole or not there; growing/TOKEN/ for what
one living process is making. Any number of processes may share the folder: what one removes, another makes again.
"""

import contextlib
import fcntl
import json
import logging
import os
import secrets
import shutil
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeVar

from obbligato.audio.errors import AudioRefused
from obbligato.audio.essence import Essence, Part
from obbligato.encoding import metrics
from obbligato.kernel import folders

EMPTIED_TO = 0.95
"""Eviction looks at every file, so it frees a little more than it must and is needed seldom."""
Kept = TypeVar("Kept", Part, Essence)
log = logging.getLogger("obbligato.encoding")
COUNT_AGAIN_SECONDS = 600.0
DAMAGE = (AudioRefused, IsADirectoryError, json.JSONDecodeError, KeyError, TypeError, ValueError)


class Cache:
    """One process's view of a cache folder. All methods may be called from any thread."""

    def __init__(self, folder: Path, *, limit_bytes: Callable[[], int], spare_bytes: int = folders.SPARE_BYTES) -> None:
        """limit_bytes is asked each time; spare_bytes of the disk are never used."""
        self.folder = folder
        self._spare_bytes = spare_bytes
        self._limit_bytes = limit_bytes
        self._guard = threading.Lock()
        self._evicting = threading.Lock()
        self._open: weakref.WeakSet[Part | Essence] = weakref.WeakSet()
        """Only asked which files they are and never given to anybody: such a one may be closing at this moment."""
        self._held: Counter[str] = Counter()
        self._bytes = -1
        self._added_meanwhile = 0
        self._counted_at = 0.0
        self._growing: Path | None = None
        self._lock_file: IO[bytes] | None = None
        """Kept open: it is locked as long as this process lives."""

    def part(self, identity: str, index: int) -> Part | None:
        """The part, opened and checked anew, where it is kept; a damaged one is removed, so that it is made again."""
        return self._opened(self._part_path(identity, index), Part)

    def essence(self, identity: str) -> Essence | None:
        """The same for the essence, of which only the end is checked."""
        return self._opened(self._essence_path(identity), Essence)

    def part_path(self, identity: str, index: int) -> Path:
        """Where a part is kept, or would be."""
        return self._part_path(identity, index)

    def parts_made(self, identity: str) -> set[int]:
        """The numbers of the parts that are there; whether each is sound is seen when it is opened."""
        prefix = f"{identity}-"
        try:
            names = os.listdir(self._shard(identity))
        except FileNotFoundError:
            return set()
        texts = [name[len(prefix) : -len(".part")] for name in names if name.startswith(prefix)]
        return {int(text) for text in texts if text.isdecimal()}

    def growing_target(self, job_id: str) -> Path:
        """Where this process makes something, apart from what other processes make of the same name."""
        with self._guard:
            if self._growing is None or not self._growing.is_dir():
                if self._lock_file is not None:
                    self._lock_file.close()
                self._growing, self._lock_file = _own_folder(self.folder / "growing")
            return self._growing / job_id

    def adopt_part(self, made: Path, identity: str, index: int) -> Part:
        """Keep a part that was made at growing_target; gives it open. keep_within() is due. Raises OSError, Damaged."""
        return self._adopted(made, self._part_path(identity, index), Part)

    def adopt_essence(self, made: Path, identity: str) -> Essence:
        """Keep an essence that was made at growing_target, and no longer its parts; else as adopt_part."""
        essence = self._adopted(made, self._essence_path(identity), Essence)
        for index in self.parts_made(identity):
            self._remove(self._part_path(identity, index))
        return essence

    @contextlib.contextmanager
    def holding(self, identity: str) -> Iterator[None]:
        """Nothing of this identity is evicted meanwhile."""
        self.hold(identity)
        try:
            yield
        finally:
            self.release(identity)

    def hold(self, identity: str) -> None:
        """Evict nothing of this identity until it was released as often as held."""
        with self._guard:
            self._held[identity] += 1

    def release(self, identity: str) -> None:
        """The counterpart of hold."""
        with self._guard:
            assert self._held[identity] > 0, "held before it is released"
            self._held[identity] -= 1
            if not self._held[identity]:
                del self._held[identity]

    def keep_within(self) -> int:
        """Remove what was unused for longest once there is more than the limit; gives the bytes freed.

        What is open or held in this process stays. A file that another process has open stays readable to it.
        """
        limit = self._limit_bytes()
        with self._guard:
            is_within = 0 <= self._bytes <= limit
        if is_within:
            return 0
        with self._evicting:
            return self._evict(above=limit, down_to=int(limit * EMPTIED_TO))

    def make_room(self, needed_bytes: int) -> int:
        """Give up so much that has_room_for(needed_bytes), or nothing; gives the bytes freed."""
        needed_bytes += self._spare_bytes - shutil.disk_usage(self.folder).free
        with self._evicting:
            open_paths = self._open_paths()
            if sum(size for _, size, path in self._files() if not self._is_pinned(path, open_paths)) < needed_bytes:
                return 0
            held = self._measured()
            return self._evict(above=held - needed_bytes, down_to=held - needed_bytes)

    def has_room_for(self, size_bytes: int) -> bool:
        """Whether the cache's disk takes that much and keeps a little to spare."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self.folder).free - self._spare_bytes >= size_bytes

    def tidy(self) -> None:
        """Count all files again when that is long ago, for other processes add and remove some; then keep within."""
        with self._guard:
            if time.monotonic() - self._counted_at > COUNT_AGAIN_SECONDS:
                self._bytes = -1
        self.keep_within()

    def close(self) -> None:
        """Give up what is half-made in this process, which makes nothing any more."""
        with self._guard:
            growing, lock_file = self._growing, self._lock_file
            self._growing = self._lock_file = None
        if growing is not None and lock_file is not None:
            shutil.rmtree(growing, ignore_errors=True)
            _lock_path(growing).unlink(missing_ok=True)
            lock_file.close()

    def clean_up(self) -> int:
        """Remove what processes that no longer live have left half-made; gives how many had left something."""
        folders = {path.with_suffix("") for path in (self.folder / "growing").glob("*")}
        return sum(_removed_when_dead(folder) for folder in folders if folder != self._growing)

    def _part_path(self, identity: str, index: int) -> Path:
        return self._shard(identity) / f"{identity}-{index:05d}.part"

    def _essence_path(self, identity: str) -> Path:
        return self._shard(identity) / f"{identity}.essence"

    def _shard(self, identity: str) -> Path:
        return self.folder / identity[:2]

    def _opened(self, path: Path, kind: type[Kept]) -> Kept | None:
        try:
            opened = kind.open(path)
        except FileNotFoundError:
            return None
        except DAMAGE as error:
            log.warning("%s is damaged and will be made again: %s", path.name, error)
            self._remove(path)
            return None
        with self._guard:
            self._open.add(opened)
        with contextlib.suppress(OSError):  # Removed meanwhile; who has it open reads on.
            os.utime(path)
        return opened

    def _adopted(self, made: Path, path: Path, kind: type[Kept]) -> Kept:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.is_dir():
            self._remove(path)
        opened = kind.open(made)  # Before it has its name: from then on another process may evict it.
        os.replace(made, path)
        opened.path = path
        with self._guard:
            self._open.add(opened)
            size = os.fstat(opened.fileno()).st_size
            self._added_meanwhile += size
            if self._bytes >= 0:
                self._bytes += size
                metrics.cache_bytes.set(self._bytes)
        return opened

    def _remove(self, path: Path) -> None:
        """Remove a file, or what stands in its place, and count it out."""
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return
        except (IsADirectoryError, PermissionError):
            shutil.rmtree(path, ignore_errors=True)
            return
        with self._guard:
            if self._bytes >= 0:
                self._bytes = max(0, self._bytes - size)

    def _evict(self, *, above: int, down_to: int) -> int:
        """Remove the unpinned files unused for longest, where all together are above a number of bytes."""
        held, freed = self._measured(), 0
        if held > above:
            files, open_paths = sorted(self._files()), self._open_paths()
            for _, size, path in files:
                if held - freed <= down_to:
                    break
                if not self._is_pinned(path, open_paths):
                    self._remove(path)
                    freed += size
        metrics.cache_bytes.set(held - freed)
        return freed

    def _measured(self) -> int:
        with self._guard:
            self._added_meanwhile = 0
        held = sum(size for _, size, _ in self._files())
        with self._guard:
            # What was added during the count may be in it or not: it is only ever counted too much.
            self._bytes, self._counted_at = held + self._added_meanwhile, time.monotonic()
        return held

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        """When it was last used, bytes and path of every part and essence."""
        for shard in sorted(self.folder.glob("??")):
            with contextlib.suppress(OSError), os.scandir(shard) as entries:
                for entry in entries:
                    if not entry.name.endswith((".part", ".essence")):
                        continue
                    with contextlib.suppress(FileNotFoundError):
                        stat = entry.stat(follow_symlinks=False)
                        yield stat.st_mtime_ns, stat.st_size, Path(entry.path)

    def _open_paths(self) -> set[Path]:
        """The files that are open in this process. Those opened a moment later lose their name, but no reader."""
        with self._guard:
            return {opened.path for opened in self._open}

    def _is_pinned(self, path: Path, open_paths: set[Path]) -> bool:
        with self._guard:
            return path in open_paths or path.stem.split("-")[0] in self._held


def _own_folder(parent: Path) -> tuple[Path, IO[bytes]]:
    """A new folder that is this process's as long as it lives: the system gives the lock back with its last breath."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        folder = parent / secrets.token_hex(8)
        lock_file = _lock_path(folder).open("wb")
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            # Another process may have cleaned the lock away before it was taken: then it protects nothing.
            if os.path.samestat(os.fstat(lock_file.fileno()), os.stat(_lock_path(folder))):
                folder.mkdir(mode=0o700)
                return folder, lock_file
        lock_file.close()


def _removed_when_dead(folder: Path) -> bool:
    """Remove a folder whose process is gone; whether it was."""
    try:
        with _lock_path(folder).open("rb") as lock_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            _lock_path(folder).unlink(missing_ok=True)
    except FileNotFoundError:  # Without a lock there is no process.
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    return True


def _lock_path(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")
