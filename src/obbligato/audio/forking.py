"""Forks one child for each master that is to be inspected, from a process that has the decoders loaded.

`python -m obbligato.audio.forking DESCRIPTOR` takes orders from a socket. Each is one byte and a descriptor: a line
of its own, on which a JSON object lies and the answer is awaited. The fork server has one thread and decodes nothing
itself. When its socket is closed it kills its children and ends; when a line is closed it kills that child.
"""

import ctypes
import errno
import gc
import json
import math
import os
import resource
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from obbligato.audio import fingerprinting
from obbligato.audio.answering import LARGEST_ANSWER_BYTES, inspected, refused, unreadable
from obbligato.audio.errors import AudioRefused
from obbligato.audio.masters import inspect

_LARGEST_ORDER_BYTES = 1 << 16
_NO_ANSWER = b"{}"
_PR_SET_PDEATHSIG = 1
_TWIN_GROWTH, _TWIN_SPARE_BYTES = 4, 1 << 26
"""A twin may be larger than what it is made from, but not without end."""


def serve(control: socket.socket) -> None:
    """Fork children for orders until `control` is closed at the other end."""
    # A terminal sends Ctrl-C to all processes; who gave the orders decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    fingerprinting.is_available()  # The library is loaded once, not by each child.
    gc.freeze()
    selector = selectors.PollSelector()
    selector.register(control, selectors.EVENT_READ)
    try:
        while True:
            for key, _ in selector.select():
                if key.fileobj is control:
                    if not _take_order(control, selector):
                        return
                elif not key.data.has_ended:
                    _attend(key.data, selector, has_spoken=key.fd == key.data.pipe)
    finally:
        for key in list(selector.get_map().values()):
            if key.data is not None and not key.data.has_ended:
                _end(key.data)


@dataclass
class _Child:
    """A child, the pipe it answers on, and the line of who waits for the answer."""

    pid: int
    pipe: int
    line: socket.socket
    answer: bytes = b""
    has_ended: bool = False


def _take_order(control: socket.socket, selector: selectors.BaseSelector) -> bool:
    """Start a child for the next order; False where there will be none."""
    try:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    except ConnectionError:
        return False
    if not descriptors:
        return False
    line = socket.socket(fileno=descriptors[0])
    order = line.recv(_LARGEST_ORDER_BYTES)
    reader, writer = os.pipe()
    server_pid = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        pid = -1
    if pid == 0:
        foreign = [*(key.fd for key in selector.get_map().values()), line.fileno(), reader]
        _become_child(order, writer=writer, server_pid=server_pid, foreign=foreign)
    os.close(writer)
    if pid < 0:
        os.close(reader)
        line.close()
        return True
    child = _Child(pid, reader, line)
    selector.register(reader, selectors.EVENT_READ, child)
    selector.register(line, selectors.EVENT_READ, child)
    return True


def _attend(child: _Child, selector: selectors.BaseSelector, *, has_spoken: bool) -> None:
    """Take what a child says, and hand it on when that was all; end the child when nobody waits any more."""
    said = os.read(child.pipe, LARGEST_ANSWER_BYTES) if has_spoken else b""
    child.answer += said
    if said and len(child.answer) <= LARGEST_ANSWER_BYTES:
        return
    selector.unregister(child.pipe)
    selector.unregister(child.line)
    is_answer = _end(child) == 0 and len(child.answer) <= LARGEST_ANSWER_BYTES
    try:
        child.line.sendall(child.answer if is_answer and child.answer else _NO_ANSWER)
    except OSError:
        pass  # Nobody waits.
    child.line.close()


def _end(child: _Child) -> int:
    """Make sure that a child has ended; returns its status, which a kill does not change where it was ending."""
    os.kill(child.pid, signal.SIGKILL)
    child.has_ended = True
    os.close(child.pipe)
    return os.waitpid(child.pid, 0)[1]


def _become_child(order: bytes, *, writer: int, server_pid: int, foreign: list[int]) -> NoReturn:
    """Inspect in the forked process, keeping nothing of the fork server's but the pipe for the answer."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _end_with(server_pid)
        for descriptor in foreign:
            os.close(descriptor)
        answer = _inspected(**json.loads(order))
        while answer:
            answer = answer[os.write(writer, answer) :]
        status = 0
    finally:
        os._exit(status)


def _end_with(server_pid: int) -> None:
    """Die when the fork server dies, where the system can arrange that (Linux); elsewhere the alarm has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != server_pid:
            os._exit(1)


def _inspected(*, path: str, twin: str | None, memory_bytes: int, timeout_seconds: float) -> bytes:
    """Limit this process, inspect, and answer with an inspection or a refusal."""
    # Who waits kills earlier; this is for when nobody waits.
    signal.alarm(math.ceil(timeout_seconds) + 1)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        most_bytes = 0 if twin is None else Path(path).stat().st_size * _TWIN_GROWTH + _TWIN_SPARE_BYTES
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        return inspected(inspect(Path(path), twin=Path(twin) if twin is not None else None))
    except AudioRefused as refusal:
        return refused(refusal)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise  # It is the file that asked for too much.
        return unreadable(error)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
