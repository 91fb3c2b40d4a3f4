"""A few threads that take the most urgent work first. They know nothing of what the work is."""

import heapq
import itertools
import logging
import os
import threading
from collections.abc import Callable, Hashable

from obbligato.kernel.refusals import Busy

LIMIT = 2_000
NICENESS = 10
log = logging.getLogger("obbligato.encoding")


class QueueFull(Busy):
    """More is waiting to be encoded than this machine should promise."""


class Workers:
    """Threads started on first use; daemons, so that a stopping store does not wait for an encode."""

    def __init__(self, *, threads: int) -> None:
        self._wanted_threads = max(1, threads)
        self._started = 0
        self._heap: list[tuple[int, int, Hashable]] = []
        self._work: dict[Hashable, Callable[[], None]] = {}
        self._order = itertools.count()
        self._changed = threading.Condition()

    def put(self, name: Hashable, work: Callable[[], None], *, priority: int) -> None:
        """Queue work; 0 is the most urgent. Raises QueueFull beyond the limit."""
        with self._changed:
            if len(self._work) >= LIMIT:
                raise QueueFull("The store is encoding at its limit. Please try again soon.", retry_after_seconds=30)
            self._work[name] = work
            heapq.heappush(self._heap, (priority, next(self._order), name))
            self._start_one()
            self._changed.notify()

    def hurry(self, name: Hashable, priority: int) -> None:
        """Make queued work more urgent; what already runs is left alone."""
        with self._changed:
            if name in self._work:
                heapq.heappush(self._heap, (priority, next(self._order), name))

    def _start_one(self) -> None:
        if self._started < self._wanted_threads:
            self._started += 1
            threading.Thread(target=self._run, name=f"encoder-{self._started}", daemon=True).start()

    def _run(self) -> None:
        _be_nice()
        while True:
            work = self._take()
            try:
                work()
            except Exception:
                log.exception("An encode failed.")

    def _take(self) -> Callable[[], None]:
        with self._changed:
            while True:
                while self._heap:
                    _, _, name = heapq.heappop(self._heap)
                    # Hurried work stands in the heap twice; the second finding of it is passed over.
                    if work := self._work.pop(name, None):
                        return work
                self._changed.wait()


def _be_nice() -> None:
    """Let pages go before encodes. Only Linux knows a niceness for one thread."""
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except (OSError, AttributeError):
        log.info("Encoder threads run at the same priority as pages on this system.")
