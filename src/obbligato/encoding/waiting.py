"""Holds the jobs that wait, the most urgent first, and only so many. It never does any of them."""

import heapq
import itertools
from typing import Generic, TypeVar

from obbligato.encoding.encoders import QUEUE_LIMIT, QueueFull

Item = TypeVar("Item")


class Waiting(Generic[Item]):
    """A queue by priority, first come first served within one. Not locked: who owns it owns the lock as well."""

    def __init__(self, *, limit: int = QUEUE_LIMIT) -> None:
        self._limit = limit
        self._heap: list[tuple[int, int, str]] = []
        self._items: dict[str, tuple[int, Item]] = {}
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._items

    def put(self, job_id: str, item: Item, *, priority: int) -> None:
        """Add an item. Raises QueueFull beyond the limit."""
        assert job_id not in self._items, "one flight for each job"
        if len(self._items) >= self._limit:
            raise QueueFull("The store is encoding at its limit. Please try again soon.", retry_after_seconds=30)
        self._push(job_id, item, priority)

    def put_back(self, job_id: str, item: Item, *, priority: int) -> None:
        """Add what was taken before; the limit has let it in once already."""
        self._push(job_id, item, priority)

    def hurry(self, job_id: str, *, priority: int) -> None:
        """Make an item at least so urgent; one that does not wait is left alone."""
        if job_id in self._items and priority < self._items[job_id][0]:
            self._push(job_id, self._items[job_id][1], priority)

    def drop(self, job_id: str) -> bool:
        """Remove an item; whether it was there."""
        return self._items.pop(job_id, None) is not None

    def most_urgent(self) -> tuple[str, int] | None:
        """Name and priority of the next item, which stays; None when nothing waits."""
        while self._heap:
            priority, _, job_id = self._heap[0]
            # A hurried item stands in the heap twice, a dropped one still once: only the current entry counts.
            if job_id in self._items and self._items[job_id][0] == priority:
                return job_id, priority
            heapq.heappop(self._heap)
        return None

    def take(self, job_id: str) -> Item:
        """Remove and give an item that waits."""
        return self._items.pop(job_id)[1]

    def drain(self) -> list[Item]:
        """Everything that waits, in order; nothing waits afterwards."""
        items = []
        while found := self.most_urgent():
            items.append(self.take(found[0]))
        return items

    def counts(self) -> tuple[int, int, int]:
        """How many wait at each of the three priorities."""
        priorities = [priority for priority, _ in self._items.values()]
        return priorities.count(0), priorities.count(1), priorities.count(2)

    def _push(self, job_id: str, item: Item, priority: int) -> None:
        self._items[job_id] = (priority, item)
        heapq.heappush(self._heap, (priority, next(self._order), job_id))
