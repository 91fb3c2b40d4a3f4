"""Inspects masters in child processes with limits; a file that breaks the decoder breaks nothing else.

A child is forked, for one file, from a process that has the decoders loaded already; see forking. It writes no file
but the twin that it is asked for.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from obbligato.audio.answering import LARGEST_ANSWER_BYTES, understood
from obbligato.audio.errors import AudioRefused
from obbligato.audio.masters import Inspection

MEMORY_BYTES = 1 << 30
_SOURCES = Path(__file__).resolve().parents[2]
_ATTEMPTS = 2
_PATIENCE_SECONDS = 5.0


def inspect_in_child(path: Path, *, timeout_seconds: float = 600.0, memory_bytes: int = MEMORY_BYTES) -> Inspection:
    """Inspect one file in a child process; for many files keep one Inspector, which raises the same."""
    with Inspector() as inspector:
        return inspector.inspect(path, timeout_seconds=timeout_seconds, memory_bytes=memory_bytes)


class Inspector:
    """Inspects files, each in a process of its own, also for several threads at once; none outlives the block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._end()

    def inspect(
        self,
        path: Path,
        *,
        twin: Path | None = None,
        timeout_seconds: float = 600.0,
        memory_bytes: int = MEMORY_BYTES,
    ) -> Inspection:
        """masters.inspect(path, twin=twin) in a process that is killed after timeout_seconds of wall-clock time.

        Raises what inspect raises; Damaged where the decoder crashed or asked for more than memory_bytes of address
        space; AudioRefused after the time-out, and where no process can be started. Then there is no twin.
        """
        path.stat()
        order = {
            "path": str(path.resolve()),
            "twin": str(twin) if twin is not None else None,
            "memory_bytes": memory_bytes,
            "timeout_seconds": timeout_seconds,
        }
        try:
            answer = self._answered(json.dumps(order).encode(), twin=twin, timeout_seconds=timeout_seconds)
            return understood(answer)
        except BaseException:
            if twin is not None:
                twin.unlink(missing_ok=True)
            raise

    def _answered(self, order: bytes, *, twin: Path | None, timeout_seconds: float) -> bytes:
        deadline = time.monotonic() + timeout_seconds
        for _ in range(_ATTEMPTS):
            if twin is not None:
                twin.unlink(missing_ok=True)
            try:
                with self._ordered(order) as line:
                    answer = _answer(line, deadline=deadline)
            except TimeoutError as error:
                raise AudioRefused(
                    f"Checking the file took longer than {timeout_seconds:g} seconds and was stopped."
                ) from error
            if answer:
                return answer
        raise AudioRefused("The process that checks files was stopped; import the file again.")

    @property
    def server_pid(self) -> int | None:
        """The process that all children are forked from, where one runs."""
        return self._server.process.pid if self._server else None

    def _ordered(self, order: bytes) -> socket.socket:
        """Hand an order to the fork server, a new one if there is none; returns where the answer will come.

        Whoever closes that line early has the child killed.
        """
        ours, theirs = socket.socketpair()
        ours.sendall(order)
        with theirs, self._lock:
            for _ in range(_ATTEMPTS):
                self._server = self._server or _start()
                try:
                    socket.send_fds(self._server.control, [b"+"], [theirs.fileno()])
                    break
                except OSError:
                    self._end()
        return ours

    def _end(self) -> None:
        """Its control line closed, the fork server kills its children and ends."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.control.close()
        try:
            server.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


class _Server:
    """A running fork server and the line on which it takes orders."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
        self.process = process
        self.control = control


def _start() -> _Server:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "obbligato.audio.forking", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
        )
    return _Server(process, ours)


def child_environment() -> dict[str, str]:
    """For a child: our own sources first; one thread for numpy, whose pools survive no fork."""
    inherited = os.environ.get("PYTHONPATH")
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(_SOURCES), *([inherited] if inherited else [])]),
        "OPENBLAS_NUM_THREADS": "1",
    }


def _answer(line: socket.socket, *, deadline: float) -> bytes:
    """All that comes until the line is closed; nothing if the fork server died. Raises TimeoutError."""
    answer = b""
    while len(answer) <= LARGEST_ANSWER_BYTES:
        left_seconds = deadline - time.monotonic()
        if left_seconds <= 0:
            raise TimeoutError
        line.settimeout(left_seconds)
        try:
            part = line.recv(LARGEST_ANSWER_BYTES)
        except ConnectionError:
            return b""
        if not part:
            break
        answer += part
    return answer
