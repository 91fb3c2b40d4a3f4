"""The process that holds the store's worker: one that dies is followed by another, and none is left behind."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx

from tests.story.running import RunningStore, a_store


def test_a_worker_that_died_is_followed_by_another_and_none_outlives_its_supervisor() -> None:
    with a_store("supervisor") as store:
        store.start()
        first = _worker(store)
        os.kill(first, signal.SIGKILL)
        _until(lambda: _worker(store) not in {0, first} and _answers(store))
        second = _worker(store)
        os.kill(store.pid, signal.SIGKILL)
        _until(lambda: not _is_running(second) and not _answers(store))


def _worker(store: RunningStore) -> int:
    """The child that serves, and not Python's watcher of shared memory."""
    children = Path(f"/proc/{store.pid}/task/{store.pid}/children").read_text().split()
    for child in children:
        try:
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        except OSError:
            continue
    return 0


def _answers(store: RunningStore) -> bool:
    try:
        return httpx.get(f"{store.url}/help", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, "it did not come to be"
        time.sleep(0.1)
