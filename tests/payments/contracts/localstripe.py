"""localstripe plays Stripe on loopback: one process for all tests of a run, for its licence keeps it out of ours."""

import atexit
import functools
import subprocess
import sys

PROGRAM = """
import asyncio, os, socket, sys, threading
from aiohttp import web
from localstripe import resources, server

resources.Store.dump_to_disk = lambda store: None
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
web.run_app(server.app, sock=listening, print=None, access_log=None)
"""
"""As its own command does, but on loopback alone, on a free port, writing nothing; it ends with our end of a pipe."""


@functools.cache
def address() -> str:
    """Where it listens; started when it is first asked for, and ended with this process whatever ends that."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    atexit.register(_end, process)
    assert process.stdout is not None
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
