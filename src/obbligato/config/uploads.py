"""Starts a process whenever something that was uploaded waits to be examined or taken in. It does none of that itself.

Decoding strangers' files and an import of minutes have no place in the process that answers pages. The process ends
by itself when nothing waits any more, and with this one.
"""

import logging
import subprocess
import sys
import threading

from django.db import close_old_connections

from obbligato.catalog.uploads.handing_over import is_something_waiting

LOOK_EVERY_SECONDS = 1.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
COMMAND = (sys.executable, "-P", "-m", "obbligato.config.uploads_process")
log = logging.getLogger("obbligato.uploads")


def start() -> threading.Event:
    """Begin to look in the background; setting the returned event ends it."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop,), name="uploads", daemon=True).start()
    return stop


def _run(stop: threading.Event) -> None:
    pause_seconds = FIRST_PAUSE_SECONDS
    while not stop.wait(LOOK_EVERY_SECONDS):
        close_old_connections()
        try:
            if not is_something_waiting():
                continue
            is_well = _worked_off(stop)
        except Exception:
            log.exception("What waits of uploads will be looked for again.")
            is_well = False
        pause_seconds = FIRST_PAUSE_SECONDS if is_well else min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
        if not is_well:
            stop.wait(pause_seconds)


def _worked_off(stop: threading.Event) -> bool:
    """Let a process do what waits; False where it ended before its time. It ends too when its input does."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE) as process:
        while not stop.is_set():
            try:
                return process.wait(LOOK_EVERY_SECONDS) == 0
            except subprocess.TimeoutExpired:
                pass
    return True
