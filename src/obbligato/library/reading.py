"""Read a rendition's parts one after another while they are encoded, the next ones asked for ahead. Knows no tags.

A reader holds a connection and a few parts, never an encoder: how far ahead is counted in parts, so that a slow
client makes nobody else wait. When it leaves, what nobody else wants is dropped from the queue.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import TypeVar

import anyio.to_thread

from obbligato.audio.copies import CopiedFrames
from obbligato.audio.essence import Essence
from obbligato.encoding.preparing import Preparation, prepare_rendition
from obbligato.encoding.renditions import LOOK_AHEAD, WANTED_NOW, Rendition
from obbligato.encoding.wants import Want
from obbligato.kernel.refusals import Busy, Refused
from obbligato.library.pieces import PIECE_BYTES, FileSlice, Piece

PARTS_AHEAD = 3
FIRST_BYTES = 16_384
"""So much of a part goes out before the next ones are begun: they would take the cores from it."""
PAUSE_SECONDS, TRIES = 0.5, 120
"""A download that has begun waits a minute for a full queue or disk before it breaks off, to be resumed."""
Result = TypeVar("Result")


class Parts:
    """Some consecutive parts of a rendition as one reader takes them. Leave it by close(), whatever happened."""

    def __init__(self, rendition: Rendition, numbers: range, *, for_whom: str, is_patient: bool = False) -> None:
        """is_patient: wait a while where the first part is refused for the moment, as with all later ones."""
        self._rendition, self._numbers, self._for_whom = rendition, numbers, for_whom
        self._watched: dict[int, _Watched] = {}
        self._is_patient = is_patient

    async def begin(self) -> None:
        """Ask for the first part. Raises what Rendition.ask does: then nothing was sent and it can still be said."""
        if self._numbers and not self._is_patient:
            await self._asked(self._numbers.start)
            self._is_patient = True

    async def pieces(self, number: int, start: int, stop: int) -> AsyncGenerator[Piece]:
        """The bytes [start, stop) of a part as they are made. Raises Refused where there will be no more."""
        async for piece in self._patiently(number, start, stop):
            start += len(piece)
            yield piece
            if start >= min(stop, FIRST_BYTES):
                await self.look_ahead(number + 1)
        self._let_go(number)

    async def whole(self, number: int) -> bytes:
        """All of a part, once it is done. Raises Refused."""
        watched = await patiently(lambda: self._done(number))
        await self.look_ahead(number + 1)
        data = await anyio.to_thread.run_sync(watched.want.read, 0, watched.want.written)
        self._let_go(number)
        return data

    async def look_ahead(self, first: int) -> None:
        """Have the few parts from this one on made soon, as far as they are wanted at all."""
        for number in range(first, min(first + PARTS_AHEAD, self._numbers.stop)):
            if number not in self._watched:
                try:
                    await self._asked(number, priority=LOOK_AHEAD)
                except Refused:  # It is asked for again when it is its turn.
                    return

    def close(self) -> None:
        """The reader has all it wanted, or has gone."""
        for number in list(self._watched):
            self._let_go(number)

    async def _patiently(self, number: int, start: int, stop: int) -> AsyncGenerator[Piece]:
        """What is refused for the moment is asked for again where the reader was, for its bytes are the same."""
        while start < stop:
            watched = await patiently(lambda at=start: self._with_a_byte(number, at))  # type: ignore[misc]
            with contextlib.suppress(Busy):
                async for piece in _pieces_of(watched, start, stop):
                    start += len(piece)
                    yield piece

    async def _with_a_byte(self, number: int, at: int) -> "_Watched":
        watched = await self._asked(number)
        await watched.until(lambda: watched.want.written > at)
        return watched

    async def _done(self, number: int) -> "_Watched":
        watched = await self._asked(number)
        await watched.until(lambda: watched.want.is_done)
        return watched

    async def _asked(self, number: int, *, priority: int = WANTED_NOW) -> "_Watched":
        """The want of a part. One of an earlier look ahead is hurried, which asking again does."""
        held = self._watched.get(number)
        if held is not None and (held.want.is_done or held.priority <= priority) and held.want.refusal is None:
            return held
        ask = partial(self._rendition.ask, number, priority=priority, for_whom=self._for_whom)
        # On a thread, for a part that is kept is read and checked when it is opened.
        want = await anyio.to_thread.run_sync(ask)
        self._let_go(number)
        self._watched[number] = _Watched(want, priority)
        return self._watched[number]

    def _let_go(self, number: int) -> None:
        if watched := self._watched.pop(number, None):
            watched.want.let_go()


class _Watched:
    """A want whose changes wake who waits for them on the event loop."""

    def __init__(self, want: Want, priority: int) -> None:
        self.want, self.priority = want, priority
        self._loop, self._changed = asyncio.get_running_loop(), asyncio.Event()
        want.on_change(self._tell)

    async def until(self, is_enough: Callable[[], bool]) -> None:
        """Wait for changes until it is enough. Raises the want's refusal."""
        while not is_enough():
            if self.want.refusal is not None:
                raise self.want.refusal
            self._changed.clear()
            if not is_enough() and self.want.refusal is None:
                await self._changed.wait()

    def _tell(self) -> None:
        _set_soon(self._loop, self._changed)


async def patiently(act: Callable[[], Awaitable[Result]]) -> Result:
    """Try again for a minute what is refused only for the moment. Raises the refusal then, and others at once."""
    for _ in range(TRIES - 1):
        try:
            return await act()
        except Busy:
            await asyncio.sleep(PAUSE_SECONDS)
    return await act()


async def begun_preparation(rendition: Rendition, *, for_whom: str, priority: int = WANTED_NOW) -> Preparation:
    """Have the whole audio made; to be let go of. Raises Refused where that is not even begun."""
    return await anyio.to_thread.run_sync(partial(prepare_rendition, rendition, priority=priority, for_whom=for_whom))


async def result_of(preparation: Preparation) -> Essence | CopiedFrames:
    """The whole audio, waited for. Raises Refused."""
    loop, finished = asyncio.get_running_loop(), asyncio.Event()
    preparation.on_finished(partial(_set_soon, loop, finished))
    await finished.wait()
    return await anyio.to_thread.run_sync(preparation.result, 0)


def _set_soon(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event of a loop from any thread."""
    with contextlib.suppress(RuntimeError):  # The loop has ended, and with it who waited.
        loop.call_soon_threadsafe(event.set)


async def _pieces_of(watched: _Watched, start: int, stop: int) -> AsyncGenerator[Piece]:
    want, most_kept = watched.want, FIRST_BYTES  # A slow reader takes long to get the rest, which is one slice.
    while start < stop:
        await watched.until(lambda at=start: want.written > at)  # type: ignore[misc]
        kept = want.slice
        piece: Piece
        if kept is not None:
            piece = FileSlice(kept.file, kept.start + start, min(most_kept, min(stop, kept.length) - start))
            most_kept = kept.length
        else:  # What was written just now is in memory.
            piece = want.read(start, min(PIECE_BYTES, stop - start))
        start += len(piece)
        if piece:
            yield piece
