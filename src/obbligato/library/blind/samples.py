"""Has the samples of a blind test made by the store's encoders, and keeps the last few. It never says which is which.

All three of a passage are made before one of them is given: none comes sooner than another.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import anyio.to_thread

from obbligato.audio import comparing
from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format, Window
from obbligato.encoding.preparing import Preparation
from obbligato.encoding.renditions import Rendition, rendition_of
from obbligato.kernel.refusals import Busy
from obbligato.library.blind.counting import Kind
from obbligato.library.blind.passages import Passage, passage_of
from obbligato.library.blind.tickets import Ticket, kind_at
from obbligato.library.pieces import PIECE_BYTES, Piece
from obbligato.library.reading import begun_preparation, result_of
from obbligato.library.threads import in_thread

MARGIN_SECONDS = 1
"""Coded before and behind what is played, so that every codec is in its stride."""
KEPT = 6
"""Passages in memory, of some five megabytes each."""
AT_ONCE = 4
"""Passages that are made at a time; who comes then is asked to come again."""
Samples = dict[Kind, bytes]


class TooManyTests(Busy):
    """As many passages are being made as the machine can bear."""


@dataclass(frozen=True)
class Sample:
    """One sample as it is sent; its validator follows from its address alone."""

    content: bytes
    etag: str

    @property
    def size(self) -> int:
        return len(self.content)

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        stop = self.size if stop is None else stop
        for at in range(start, stop, PIECE_BYTES):
            yield self.content[at : min(at + PIECE_BYTES, stop)]


async def sample_of(ticket: Ticket, number: int, place: str, *, for_whom: str) -> Sample:
    """The sample at a place of a round. Raises NoSuchTest, NotToBeHeard, Busy, CannotEncode."""
    kind = kind_at(ticket, number, place)
    passage = await in_thread(passage_of, ticket)
    samples = await _samples(passage, ticket, for_whom)
    words = f"{ticket.nonce}:{number}:{place}"
    return Sample(samples[kind], f'"{hashlib.sha256(words.encode()).hexdigest()[:32]}"')


def forget() -> None:
    """Keep no samples; for tests, whose masters come and go."""
    _kept.clear()
    _under_way.clear()


_kept: dict[tuple[int, int, str], Samples] = {}
_under_way: dict[tuple[int, int, str], "asyncio.Task[Samples]"] = {}


async def _samples(passage: Passage, ticket: Ticket, for_whom: str) -> Samples:
    """All three, from memory, or made once for all who ask meanwhile; who leaves does not stop it."""
    key = (passage.master.pk, passage.start_milliseconds, ticket.codec)
    if key in _kept:
        _kept[key] = _kept.pop(key)  # So that the first in the dictionary is the one nobody asked for the longest.
        return _kept[key]
    if key not in _under_way:
        if len(_under_way) >= AT_ONCE:
            raise TooManyTests(
                "Several blind tests are being made just now. Please try again soon.", retry_after_seconds=10
            )
        task = _under_way[key] = asyncio.ensure_future(_made(passage, ticket, for_whom))
        task.add_done_callback(lambda done: _keep(key, done))
    return await asyncio.shield(_under_way[key])


def _keep(key: tuple[int, int, str], done: "asyncio.Task[Samples]") -> None:
    _under_way.pop(key, None)
    if not done.cancelled() and done.exception() is None:
        _kept[key] = done.result()
        while len(_kept) > KEPT:
            del _kept[next(iter(_kept))]


async def _made(passage: Passage, ticket: Ticket, for_whom: str) -> Samples:
    names: dict[Kind, str] = {kind: name for kind, name in ticket.format_names.items() if kind is not Kind.EXACT}
    window = _window(passage)
    renditions: dict[Kind, Rendition] = {
        kind: await anyio.to_thread.run_sync(_rendition, passage, Format.parse(name), window)
        for kind, name in names.items()
    }
    essences = await _encoded(renditions, for_whom)
    return await anyio.to_thread.run_sync(_heard, passage, window, renditions, essences)


async def _encoded(renditions: dict[Kind, Rendition], for_whom: str) -> dict[Kind, Essence]:
    begun: dict[Kind, Preparation] = {}
    try:
        for kind, rendition in renditions.items():
            begun[kind] = await begun_preparation(rendition, for_whom=for_whom)
        essences = {}
        for kind, preparation in begun.items():
            essence = await result_of(preparation)
            assert isinstance(essence, Essence), "what is lossy is no copied frames"
            essences[kind] = essence
        return essences
    finally:
        for preparation in begun.values():
            preparation.let_go()


def _rendition(passage: Passage, format_: Format, window: Window) -> Rendition:
    return rendition_of(passage.master, format_, window=window)


def _window(passage: Passage) -> Window:
    """The passage and a margin, in samples of the master, as far as the master has it."""
    rate, samples = passage.master.facts.sample_rate, passage.master.facts.samples
    first = passage.start_milliseconds * rate // 1000
    after = (passage.start_milliseconds + passage.length_milliseconds) * rate // 1000
    start = max(0, first - MARGIN_SECONDS * rate)
    return Window(start, min(samples, after + MARGIN_SECONDS * rate) - start)


def _heard(
    passage: Passage, window: Window, renditions: dict[Kind, Rendition], essences: dict[Kind, Essence]
) -> Samples:
    """The three as WAV of one length: decoded, and as the encoder was given it."""
    recipe = renditions[Kind.HIGH].recipe
    sound, master_rate = recipe.sound, passage.master.facts.sample_rate
    before = passage.start_milliseconds * master_rate // 1000 - window.start_samples
    first = before * sound.sample_rate // master_rate
    count = min(passage.length_milliseconds * sound.sample_rate // 1000, sound.samples - first)
    given = {kind: comparing.after_coding(essence) for kind, essence in essences.items()}
    given[Kind.EXACT] = comparing.before_coding(recipe)
    return {
        kind: comparing.heard_as(samples, sound, first=first, count=count, gain=passage.volume)
        for kind, samples in given.items()
    }
