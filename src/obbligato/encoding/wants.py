"""One reader's wish for one part, and the single flight that many wishes share. It decides nothing about queues."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from obbligato.audio.essence import Essence, Part, growing_path
from obbligato.encoding.encoders import Job
from obbligato.kernel.refusals import Refused

if TYPE_CHECKING:
    from obbligato.encoding.renditions import Rendition

WHOLE = -1
"""The index of the flight that binds all parts."""
log = logging.getLogger("obbligato.encoding")


class Slice:
    """The audio bytes [start, start + length) of a file of kept audio, as a part of their own."""

    def __init__(self, file: Part | Essence, start: int, length: int) -> None:
        self.file, self.start, self.length = file, start, length

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from offset on; fewer than length only at the end."""
        return self.file.read(self.start + offset, max(0, min(length, self.length - offset)))


class Flight:
    """A job under way and all who wait for it. Its fields are changed by its rendition alone, under a lock."""

    def __init__(self, index: int, job: Job, *, priority: int, for_whom: str) -> None:
        self.index, self.job, self.priority, self.for_whom = index, job, priority, for_whom
        self.wants: set[Want] = set()
        self.written = 0
        self.slice: Slice | None = None
        self.refusal: Refused | None = None
        self._guard = threading.Lock()
        self._growing = -1
        self._left_open: list[int] = []

    @property
    def is_over(self) -> bool:
        return self.slice is not None or self.refusal is not None

    def read(self, offset: int, length: int) -> bytes:
        """What may be read by now."""
        if self.slice is None:
            available = max(0, min(length, self.written - offset))
            if available and (descriptor := self._opened()) >= 0:
                return os.pread(descriptor, available, offset)
        return self.slice.read(offset, length) if self.slice else b""

    def note_written(self, written: int) -> None:
        """So much may be read. Less than before means that the encoder died, and the file is another now."""
        with self._guard:
            if written < self.written and self._growing >= 0:
                self._left_open.append(self._growing)  # Someone may be reading it at this moment.
                self._growing = -1
            self.written = written

    def _opened(self) -> int:
        """The growing file. Between its last byte and the news of it, it may have its own name already, or another's:
        then the news are awaited."""
        with self._guard:  # Many read the same flight, and it is opened once.
            if self._growing < 0:
                for path in (growing_path(self.job.target), self.job.target):
                    with contextlib.suppress(FileNotFoundError):
                        self._growing = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                        break
            return self._growing

    def __del__(self) -> None:
        for descriptor in (self._growing, *self._left_open):
            if descriptor >= 0:
                os.close(descriptor)


class Want:
    """A part that somebody waits for. All may be called from any thread, and nothing but wait() waits.

    Hold it as long as the part is read: it keeps the file open, and so readable and in the cache.
    """

    def __init__(self, rendition: "Rendition", index: int, source: Flight | Slice) -> None:
        self.rendition = rendition
        self.index = index
        self._source = source
        self._callbacks: list[Callable[[], None]] = []
        self._is_let_go = False

    @property
    def written(self) -> int:
        """How many bytes of the part may be read now. Before is_done only MP3 of constant rate and PCM show any.

        It falls back to 0 when an encoder has died: what was read stays right, the rest comes a little later.
        """
        source = self._source
        if isinstance(source, Slice):
            return source.length
        return source.slice.length if source.slice is not None else source.written

    @property
    def is_done(self) -> bool:
        """Whether all bytes of the part may be read."""
        return isinstance(self._source, Slice) or self._source.slice is not None

    @property
    def refusal(self) -> Refused | None:
        """Why there will be no more bytes; asking the rendition again begins anew."""
        return None if isinstance(self._source, Slice) else self._source.refusal

    @property
    def slice(self) -> Slice | None:
        """Once it is done: the open file that the part is in, and where; for those who read it by other means."""
        return self._source if isinstance(self._source, Slice) else self._source.slice

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the part from offset on, as they stand in the essence; b"" where none can be read yet.

        Fewer than length at the end of what is written. Raises Damaged when the file was cut meanwhile.
        """
        assert offset >= 0, "an offset is counted from the part's first byte"
        return self._source.read(offset, length)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call this after each change of written, is_done or refusal, from whatever thread makes it.

        Called once at once where it is done or refused already. It must return soon and raise nothing.
        """
        with self.rendition.lock:
            self._callbacks.append(callback)
            is_over = isinstance(self._source, Slice) or self._source.is_over
        if is_over:
            _call(callback)

    def wait(self, timeout_seconds: float | None = None) -> None:
        """Wait until the part is done. Raises its refusal, or TimeoutError. For threads, never for an event loop."""
        changed = threading.Event()

        def look() -> None:
            if self.is_done or self.refusal is not None:
                changed.set()

        self.on_change(look)
        if not changed.wait(timeout_seconds):
            raise TimeoutError
        if self.refusal is not None:
            raise self.refusal

    def let_go(self) -> None:
        """The reader has gone, or has read all of it. Safe to call twice; nothing may be read afterwards."""
        with self.rendition.lock:
            if self._is_let_go:
                return
            self._is_let_go = True
            self._callbacks.clear()
        self.rendition.left(self, self._source if isinstance(self._source, Flight) else None)

    def tell(self) -> None:
        """Call everyone who wanted to hear of changes; only for the rendition."""
        for callback in tuple(self._callbacks):
            _call(callback)


def _call(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:
        log.exception("Someone who waited for a part could not be told.")
