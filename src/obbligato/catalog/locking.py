"""One import at a time in a store, by a lock that the system releases even when an import is killed."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from obbligato.kernel.refusals import Refused

POLL_SECONDS = 0.2


class ImportRunning(Refused):
    """Another import holds the store; this one has changed nothing."""


@contextmanager
def only_one(file: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock file exclusively. Raises ImportRunning where another holds it for longer than wait_seconds."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, wait_seconds)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, wait_seconds: float) -> None:
    give_up_at = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= give_up_at:
                raise ImportRunning(
                    "Another import is running in this store. Try again when it has ended, or let this one wait."
                ) from None
            time.sleep(POLL_SECONDS)
