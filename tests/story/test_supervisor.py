"""The process that holds the store's worker: one that dies is followed by another, and none is left behind."""

import contextlib
import os
import signal
import sys
from functools import partial
from pathlib import Path

import httpx2 as httpx
import pytest

from tests import waiting
from tests.pids import children_of, is_running
from tests.story.running import RunningStore, a_store

pytestmark = [
    pytest.mark.running,
    pytest.mark.skipif(sys.platform != "linux", reason="It looks at processes in /proc."),
]
until = partial(waiting.until, seconds=60, pause_seconds=0.1)


def test_a_worker_that_died_is_followed_by_another_and_none_outlives_its_supervisor() -> None:
    with a_store("supervisor") as store:
        store.start()
        first = _worker(store)
        os.kill(first, signal.SIGKILL)
        until(lambda: _worker(store) not in {0, first} and _answers(store), seconds=120)
        second = _worker(store)
        os.kill(store.pid, signal.SIGKILL)
        until(lambda: not is_running(second) and not _answers(store))


def _worker(store: RunningStore) -> int:
    """The child that serves, and not Python's watcher of shared memory."""
    for child in children_of(store.pid):
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
    return 0


def _answers(store: RunningStore) -> bool:
    try:
        return httpx.get(f"{store.url}/help", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
