"""Puts masters into the bucket, each once, on a thread of its own: a long one keeps no part waiting but its own."""

import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from obbligato.encoding.storage import Storage, StorageFails

log = logging.getLogger("obbligato.farm")


class Uploads:
    """The masters that are known to be in the bucket, and those on their way."""

    def __init__(self, storage: Storage, *, on_fault: Callable[[str], None]) -> None:
        """on_fault is told when the bucket does not take a master."""
        self._storage, self._on_fault = storage, on_fault
        self._known: set[str] = set()
        self._under_way: dict[str, list[Callable[[], None]]] = {}
        self._guard = threading.Lock()
        self._orders: queue.Queue[tuple[str, Path, str] | None] = queue.Queue()
        threading.Thread(target=self._run, name="farm-uploads", daemon=True).start()

    def is_known(self, key: str) -> bool:
        """Whether the master was in the bucket when last looked at; asks nobody."""
        return key in self._known

    def is_there(self, key: str, path: Path, sha256: str) -> bool:
        """Whether the bucket has the master, with its length and SHA-256. Raises StorageFails, OSError."""
        if key not in self._known and self._storage.holds(key, size_bytes=path.stat().st_size, sha256=sha256):
            self._known.add(key)
        return key in self._known

    def begin(self, key: str, path: Path, sha256: str, *, on_done: Callable[[], None]) -> None:
        """Put the master into the bucket unless that has begun; on_done comes afterwards, also when it failed."""
        with self._guard:
            is_new = key not in self._under_way
            self._under_way.setdefault(key, []).append(on_done)
        if is_new:
            self._orders.put((key, path, sha256))

    def forget(self, key: str) -> None:
        """Look again the next time: someone has not found it."""
        self._known.discard(key)

    def close(self) -> None:
        """End the thread after what it does now."""
        self._orders.put(None)

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            key, path, sha256 = order
            try:
                # Another upload may have ended since this one was asked for.
                if not self.is_there(key, path, sha256):
                    self._storage.put_file(key, path, sha256=sha256)
                    self._known.add(key)
            except StorageFails as error:
                self._on_fault(f"the bucket takes no master: {error}")
            except Exception:  # The file is gone, or the disk is ill; the parts are tried at home.
                log.exception("The master %s could not be put into the bucket.", path)
            finally:
                self._tell(key)

    def _tell(self, key: str) -> None:
        with self._guard:
            waiting = self._under_way.pop(key)
        for on_done in waiting:
            try:
                on_done()
            except Exception:  # Whoever is told made a mistake; the next master is another's.
                log.exception("Someone who waited for the master %s could not be told.", key)
