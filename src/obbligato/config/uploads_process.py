"""The process that examines and takes in what was uploaded: `python -m obbligato.config.uploads_process`.

There is one at a time. It ends when nothing has waited for a minute, and at once, whatever it does, when its input
ends: a killed import leaves nothing half-done, and rows say what is to be begun again.
"""

import logging
import os
import sys
import threading
import time

import django

NICENESS = 10
PAUSE_SECONDS = 0.5
IDLE_SECONDS = 60.0


def main() -> None:
    """Work until nothing waits. Never returns."""
    os.nice(NICENESS)
    threading.Thread(target=_end_with_input, daemon=True).start()
    django.setup()
    from obbligato.catalog.examining import one_inspector
    from obbligato.catalog.locking import ImportRunning, only_one
    from obbligato.kernel.folders import data_folder

    try:
        with only_one(data_folder("uploads") / "work.lock", wait_seconds=5.0), one_inspector():
            _work()
    except ImportRunning:
        os._exit(1)  # Another one works.
    except Exception:
        logging.getLogger("obbligato.uploads").exception("Work on uploads was broken off, and is begun again.")
        os._exit(1)
    os._exit(0)


def _work() -> None:
    """Take in what waits, beside a thread that examines: nobody's findings wait for somebody's import."""
    from django.db import close_old_connections

    from obbligato.catalog.uploads.handing_over import is_something_waiting
    from obbligato.sales import examining_uploads, taking_in_uploads

    examining_uploads.begin_again()
    taking_in_uploads.begin_again()
    threading.Thread(target=_examine, daemon=True).start()
    busy_at = time.monotonic()
    while time.monotonic() - busy_at < IDLE_SECONDS:
        close_old_connections()
        if not taking_in_uploads.take_in_next():
            time.sleep(PAUSE_SECONDS)
        if is_something_waiting():
            busy_at = time.monotonic()


def _examine() -> None:
    from django.db import close_old_connections

    from obbligato.sales.examining_uploads import an_examiner, examine_next

    try:
        with an_examiner() as examiner:
            while True:
                close_old_connections()
                if not examine_next(examiner):
                    time.sleep(PAUSE_SECONDS)
    except Exception:
        logging.getLogger("obbligato.uploads").exception("Examining was broken off, and is begun again.")
        os._exit(1)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
