"""Starts the worker processes of one host, starts again those that die, ends them when asked; it encodes nothing."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

GRACE_SECONDS = 120
"""For the part that each has begun, before a process is killed."""
LOOK_SECONDS = 0.2
PAUSES_SECONDS = (1, 2, 5, 10, 30)
"""Before a process is started again that died at once, time after time."""
HEALTHY_SECONDS = 60
log = logging.getLogger("obbligato.farm")


@dataclass
class _Place:
    """One worker's place; processes come and go in it."""

    process: subprocess.Popen[bytes]
    started_at: float
    deaths: int = 0
    again_at: float | None = None


class Crew:
    """So many worker processes on this host."""

    def __init__(
        self, *, processes: int, tasks_url: str, storage_url: str, folder: Path, cache_bytes: int, build: str = ""
    ) -> None:
        """Start them. build pretends that the encoders here are others; "" tells the truth."""
        orders = {
            "tasks_url": tasks_url,
            "storage_url": storage_url,
            "folder": str(folder),
            "cache_bytes": cache_bytes,
            "build": build,
        }
        # Through a pipe and not in arguments, which every user of a machine can read.
        self._orders = json.dumps(orders).encode() + b"\n"
        self._stopping, self._folder = threading.Event(), folder
        sweep(folder)
        self._places = [_Place(self._started(), time.monotonic()) for _ in range(processes)]

    @property
    def pids(self) -> list[int]:
        """Of the processes that live."""
        return [place.process.pid for place in self._places if place.process.poll() is None]

    def run(self) -> None:
        """Keep them all alive until stop() or a signal; returns when the last has ended."""
        while not self._stopping.wait(LOOK_SECONDS):
            for place in self._places:
                self._keep_alive(place)
        self._end()

    def stop(self) -> None:
        """Let run() end the processes, each after the part it has begun."""
        self._stopping.set()

    def obey_signals(self) -> None:
        """Take SIGTERM and Ctrl-C as stop(). Only from the main thread."""

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "obbligato.encoding.farm_worker"]
        # A session of its own: Ctrl-C in a terminal is ours to hand on.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        assert process.stdin is not None, "it was asked for"
        try:
            process.stdin.write(self._orders)
            process.stdin.flush()
        except BrokenPipeError:  # It died at once; run() sees that.
            pass
        return process

    def _keep_alive(self, place: _Place) -> None:
        status = place.process.poll()
        if status is None:
            return
        now = time.monotonic()
        if place.again_at is None:
            place.deaths = 0 if now - place.started_at > HEALTHY_SECONDS else place.deaths + 1
            pause = PAUSES_SECONDS[min(place.deaths, len(PAUSES_SECONDS)) - 1] if place.deaths else 0
            place.again_at = now + pause
            log.warning("Worker %s ended with %s; another starts in %s s.", place.process.pid, status, pause)
            _close_pipe(place.process)
            sweep(self._folder)
        elif now >= place.again_at:
            place.process, place.started_at, place.again_at = self._started(), now, None

    def _end(self) -> None:
        for place in self._places:
            place.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for place in self._places:
            try:
                place.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("Worker %s does not end and is killed.", place.process.pid)
                place.process.kill()
                place.process.wait()
            _close_pipe(place.process)
        sweep(self._folder)


def worker_folder(folder: Path, pid: int) -> Path:
    """Where a worker process makes its parts."""
    return folder / f"worker-{pid}"


def sweep(folder: Path) -> None:
    """Remove what worker processes have left that are no more."""
    for left in folder.glob("worker-*"):
        try:
            os.kill(int(left.name.partition("-")[2]), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (ValueError, OSError):  # Not ours, or of another user.
            continue


def _close_pipe(process: subprocess.Popen[Any]) -> None:
    assert process.stdin is not None, "it was asked for"
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
