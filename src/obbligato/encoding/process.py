"""The encoder process: `python -m obbligato.encoding.process FD THREADS`. It knows no Django and no readers.

Over the socket FD come jobs and go news, one JSON object a line. To it: {"put": job, "priority": 0} and
{"hurry": id, "priority": 0}. From it: {"ready": pid}, {"speed": 76.1}, {"begun": id}, {"written": bytes, "id": id},
{"done": seconds, "id": id}, {"refused": why, "sentence": "…", "id": id}. When the line ends, so does the process,
at once and whatever it does, for then nobody is there any more who wants it.
"""

import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

from obbligato.encoding import self_test
from obbligato.encoding.encoders import QUEUE_LIMIT, Done, News, NotDone, OnNews, Written, from_json
from obbligato.encoding.threads import ThreadEncoders

NICENESS = 15


def main(arguments: list[str]) -> None:
    """Do the jobs that come over the socket until it ends. Never returns."""
    descriptor, threads = map(int, arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the store, which then ends the line.
    logging.basicConfig(level=logging.INFO, format="encoder: %(message)s")
    give_way()
    line = _Line(socket.socket(fileno=descriptor))
    encoders = ThreadEncoders(
        threads=threads, limit=2 * QUEUE_LIMIT, on_begun=lambda job_id: line.tell({"begun": job_id})
    )
    line.tell({"ready": os.getpid()})
    threading.Thread(target=lambda: line.tell({"speed": self_test.lame_times_realtime()}), daemon=True).start()
    for message in line:
        if "put" in message:
            job = from_json(message["put"])
            encoders.put(job, priority=message["priority"], on_news=line.teller_of(job.id))
        else:
            encoders.hurry(message["hurry"], priority=message["priority"])
    os._exit(0)


def give_way() -> None:
    """Let every page go before encodes: they run in the time that pages leave, and never interrupt one.

    A batch process on Linux does not take the processor from another one by waking up (sched(7)).
    """
    os.nice(NICENESS)
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class _Line:
    """The connection to the store: messages in, messages out from any thread."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._guard = threading.Lock()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self._connection.makefile("rb") as lines:
            for line in lines:
                yield json.loads(line)

    def tell(self, message: dict[str, Any]) -> None:
        """Send one message; when nobody is there any more, the process ends."""
        data = json.dumps(message).encode() + b"\n"
        try:
            with self._guard:
                self._connection.sendall(data)
        except OSError:
            os._exit(0)

    def teller_of(self, job_id: str) -> OnNews:
        """What passes on the news of one job."""

        def on_news(news: News) -> None:
            self.tell(_as_message(news) | {"id": job_id})

        return on_news


def _as_message(news: News) -> dict[str, Any]:
    match news:
        case Written():
            return {"written": news.bytes}
        case Done():
            return {"done": news.seconds}
        case NotDone():
            return {"refused": news.why, "sentence": news.sentence}


if __name__ == "__main__":
    main(sys.argv[1:])
