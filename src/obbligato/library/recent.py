"""Keep what was looked up a moment ago for those who ask again at once: players that seek, managers of downloads.

It holds nothing longer than that moment, for an open file keeps its room on the disk.
"""

import asyncio
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Values by key, each for some seconds; of one event loop."""

    def __init__(self) -> None:
        self._kept: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        return self._kept.get(key)

    def keep(self, key: Key, value: Value, *, seconds: float) -> None:
        """Nothing is kept for no time."""
        if seconds > 0:
            self._kept[key] = value
            asyncio.get_running_loop().call_later(seconds, self._kept.pop, key, None)
