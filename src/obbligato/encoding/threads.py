"""Does jobs on niced threads of this process, the most urgent first. It knows nothing of caches or readers."""

import logging
import os
import threading
from collections.abc import Callable

from obbligato.encoding.encoders import QUEUE_LIMIT, Job, OnNews
from obbligato.encoding.making import make
from obbligato.encoding.waiting import Waiting

NICENESS = 10
log = logging.getLogger("obbligato.encoding")


class ThreadEncoders:
    """Threads started on first use; daemons, so that a stopping program does not wait for an encode."""

    def __init__(
        self, *, threads: int, limit: int = QUEUE_LIMIT, on_begun: Callable[[str], None] | None = None
    ) -> None:
        """on_begun is told the id of each job as a thread begins it."""
        self._threads: list[threading.Thread] = []
        self._wanted_threads = max(1, threads)
        self._on_begun = on_begun
        self._waiting: Waiting[tuple[Job, OnNews]] = Waiting(limit=limit)
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, job: Job, *, priority: int, on_news: OnNews) -> None:
        """Queue a job; encoders.Encoders tells the rest. Raises QueueFull."""
        with self._changed:
            self._waiting.put(job.id, (job, on_news), priority=priority)
            self._start_one()
            self._changed.notify()

    def hurry(self, job_id: str, *, priority: int) -> None:
        """Make a waiting job at least so urgent."""
        with self._changed:
            self._waiting.hurry(job_id, priority=priority)

    def drop(self, job_id: str) -> bool:
        """Take a waiting job back."""
        with self._changed:
            return self._waiting.drop(job_id)

    def waiting(self) -> tuple[int, int, int]:
        """How many jobs wait at each priority."""
        with self._changed:
            return self._waiting.counts()

    def close(self) -> None:
        """Forget what waits and let the threads end after what they do now; waits for them."""
        with self._changed:
            self._is_closed = True
            self._waiting.drain()
            self._changed.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _start_one(self) -> None:
        if len(self._threads) < self._wanted_threads:
            thread = threading.Thread(target=self._run, name=f"encoder-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        _be_nice()
        while (taken := self._take()) is not None:
            job, on_news = taken
            try:
                if self._on_begun is not None:
                    self._on_begun(job.id)
                make(job, on_news)
            except Exception:  # Whoever is told the news made a mistake; the next job is another's.
                log.exception("News of job %s were not taken.", job.id)
            del taken, job, on_news  # While it waits for the next one, a thread keeps no rendition alive.

    def _take(self) -> tuple[Job, OnNews] | None:
        with self._changed:
            while not self._is_closed:
                if found := self._waiting.most_urgent():
                    return self._waiting.take(found[0])
                self._changed.wait()
        return None


def _be_nice() -> None:
    """Let pages go before encodes. Only Linux knows a niceness for one thread."""
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except (OSError, AttributeError):
        log.info("Encoder threads run at the same priority as pages on this system.")
