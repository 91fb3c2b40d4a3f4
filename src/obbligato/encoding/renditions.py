"""A master in a format, part by part: encoded when asked for, once for any number of readers. It never waits.

A rendition is one object in a process as long as someone holds it. What it has made is in the cache and outlives it.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from itertools import accumulate

from obbligato.audio.copies import CopiedFrames, Copy
from obbligato.audio.errors import AudioRefused
from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format, Window
from obbligato.audio.parts import Parts
from obbligato.audio.recipes import Recipe
from obbligato.audio.tags import Tags
from obbligato.audio.writing_tags import tag_bytes
from obbligato.catalog.models import Master
from obbligato.encoding import engine as engines
from obbligato.encoding import metrics
from obbligato.encoding.encoders import LOOK_AHEAD as LOOK_AHEAD
from obbligato.encoding.encoders import WANTED_NOW as WANTED_NOW
from obbligato.encoding.encoders import WHEN_IDLE as WHEN_IDLE
from obbligato.encoding.encoders import BindJob, Done, Job, News, NotDone, PartJob, Why, Written
from obbligato.encoding.engine import BecameWhole, Engine
from obbligato.encoding.refusing import NO_ROOM_SENTENCE, NoRoom, refusal_of
from obbligato.encoding.refusing import CannotEncode as CannotEncode
from obbligato.encoding.refusing import EnoughForOne as EnoughForOne
from obbligato.encoding.wants import WHOLE, Flight, Slice, Want
from obbligato.kernel.sentences import Sentence

OGG_PACKETS_IN_PAGE = 40
log = logging.getLogger("obbligato.encoding")


def rendition_of(master: Master, format_: Format, *, window: Window | None = None) -> "Rendition":
    """The rendition of a master in a format, the same object for all who ask for the same bytes; begins nothing.

    Raises CannotEncode where the codec cannot carry the master. Reads no database; opens the essence where there is
    one, so call it from a thread.
    """
    recipe = Recipe(master.source, master.facts, format_, window)
    try:
        identity = recipe.identity
    except AudioRefused as refusal:
        raise CannotEncode(refusal.template, **refusal.values) from None
    engine = engines.current()
    with engine.guard:
        found = engine.renditions.get(identity)
        if found is None:
            found = engine.renditions[identity] = Rendition(engine, master.pk, recipe)
    return found


class Rendition:
    """An essence being made or read. All may be called from any thread; nothing here waits for an encode."""

    def __init__(self, engine: Engine, master_id: int, recipe: Recipe) -> None:
        self.engine = engine
        self.master_id = master_id
        self.recipe = recipe
        self.lock = threading.RLock()
        self._flights: dict[int, Flight] = {}
        self._wants: Counter[int] = Counter()
        """How many read or wait for each part."""
        self._slices: dict[int, Slice] = {}
        """The parts that somebody reads, open: once for any number of readers."""
        self._made: set[int] | None = None
        self._audio: Essence | CopiedFrames | None = None
        self._starts: list[int] = []
        self._work_seconds = self._music_seconds = 0.0

    @property
    def parts(self) -> Parts:
        """Where the audio is cut. A rendition of copied frames has none."""
        return self.recipe.parts

    @property
    def audio(self) -> "Essence | CopiedFrames | None":
        """All of the audio, open, where it is whole: an essence, or the frames of a FLAC master; else None."""
        with self.lock:
            if self._audio is None:
                self._audio = self._find_whole()
            return self._audio

    @property
    def done_fraction(self) -> float:
        """How much of the audio is made, 0 to 1; 1.0 only when it is whole."""
        if self.audio is not None:
            return 1.0
        with self.lock:
            return min(0.99, len(self._parts_made()) / max(1, self.parts.count))

    def ask(self, index: int, *, priority: int = WANTED_NOW, for_whom: str = "") -> Want:
        """Want a part: ready, joined while under way (and hurried), or begun. One encode for any number of wants.

        for_whom names the asker, of whom 60 unfinished parts are accepted; "" is the store itself. Each Want must be
        let go of. Raises EnoughForOne, NoRoom when the disk is full, QueueFull (all Busy: 503 with Retry-After), or
        CannotEncode; what is ready or under way is refused to nobody.
        """
        assert 0 <= index < self.parts.count, "there is no such part"
        with self.lock:
            source = self._ready(index) or self._joined(index, priority)
            metrics.asks.labels(_answer(source)).inc()
            if source is None:
                target = self.engine.cache.growing_target(self._job_id(index))
                job = PartJob(self._job_id(index), self.recipe, index, target)
                source = self._begun(index, job, self.parts.limit_bytes(index), priority, for_whom)
            return self._want(index, source)

    def hurry(self, index: int, *, priority: int) -> None:
        """Make a part, or WHOLE, at least so urgent where it is under way; nothing is begun."""
        with self.lock:
            self._joined(index, priority)

    def bind(self, *, priority: int = LOOK_AHEAD) -> Want:
        """Want all parts, which must have been made, as one essence; when done, audio is there.

        Refused with CannotEncode where a part has been evicted meanwhile: ask for the parts again.
        """
        with self.lock:
            audio = self.audio
            if audio is not None:
                assert isinstance(audio, Essence), "copied frames are never bound"
                return self._want(WHOLE, Slice(audio, 0, audio.audio_bytes))
            source = self._joined(WHOLE, priority)
            if source is None:
                cache, identity = self.engine.cache, self.recipe.identity
                paths = tuple(cache.part_path(identity, index) for index in range(self.parts.count))
                job = BindJob(self._job_id(WHOLE), self.recipe, paths, cache.growing_target(self._job_id(WHOLE)))
                limit_bytes = sum(self.parts.limit_bytes(index) for index in range(self.parts.count))
                source = self._begun(WHOLE, job, limit_bytes, priority, "")
            return self._want(WHOLE, source)

    def missing(self, *, is_thorough: bool = False) -> list[int]:
        """The numbers of the parts that are not kept at the moment; is_thorough also reads whether each is sound."""
        with self.lock:
            self._made = None
            if is_thorough:
                cache, identity = self.engine.cache, self.recipe.identity
                return [index for index in range(self.parts.count) if cache.part(identity, index) is None]
            made = self._parts_made()
            return [index for index in range(self.parts.count) if index not in made]

    def left(self, want: Want, flight: Flight | None) -> None:
        """A want was let go of; only for Want.let_go."""
        with self.lock:
            self._wants[want.index] -= 1
            if not self._wants[want.index]:
                del self._wants[want.index]
                self._slices.pop(want.index, None)
            if flight is not None:
                flight.wants.discard(want)
                if not flight.wants and not flight.is_over and self.engine.encoders.drop(flight.job.id):
                    self._forget(flight)
            is_abandoned = not self._wants and self._audio is None
        if is_abandoned:
            from obbligato.encoding import preparing  # It is built on this module.

            preparing.finish_when_idle(self)

    def _find_whole(self) -> "Essence | CopiedFrames | None":
        if self.recipe.is_copied:
            try:
                return CopiedFrames(self.recipe)
            except AudioRefused as refusal:
                raise CannotEncode(refusal.template, **refusal.values) from None
        return self.engine.cache.essence(self.recipe.identity)

    def _parts_made(self) -> set[int]:
        if self._made is None:
            self._made = self.engine.cache.parts_made(self.recipe.identity)
        return self._made

    def _ready(self, index: int) -> Slice | None:
        if isinstance(self._audio, Essence):
            return self._slice(self._audio, index)
        if index in self._flights:
            return None
        if index in self._slices:
            return self._slices[index]
        part = self.engine.cache.part(self.recipe.identity, index)
        if part is not None:
            self._parts_made().add(index)
            return Slice(part, 0, part.audio_bytes)
        whole = self.audio  # Another process may have bound the parts and removed them.
        return self._slice(whole, index) if isinstance(whole, Essence) else None

    def _slice(self, essence: Essence, index: int) -> Slice:
        self._starts = self._starts or starts_of(essence, self.parts)
        return Slice(essence, self._starts[index], self._starts[index + 1] - self._starts[index])

    def _joined(self, index: int, priority: int) -> Flight | None:
        flight = self._flights.get(index)
        if flight is not None and priority < flight.priority:
            flight.priority = priority
            self.engine.encoders.hurry(flight.job.id, priority=priority)
        return flight

    def _begun(self, index: int, job: Job, limit_bytes: int, priority: int, for_whom: str) -> Flight:
        flight = Flight(index, job, priority=priority, for_whom=for_whom)
        try:
            self._make_sure_of_room(limit_bytes)
            self.engine.take_share(for_whom)
            try:
                self.engine.encoders.put(job, priority=priority, on_news=lambda news: self._hear(flight, news))
            except BaseException:
                self.engine.give_share_back(for_whom)
                raise
        except Exception as refusal:
            metrics.refusals.labels(getattr(refusal, "code", "fault")).inc()
            raise
        self._flights[index] = flight
        self.engine.cache.hold(self.recipe.identity)
        return flight

    def _make_sure_of_room(self, limit_bytes: int) -> None:
        """What is kept can be made again, so it makes way where the disk is full; only then is anything refused."""
        cache = self.engine.cache
        if cache.has_room_for(limit_bytes):
            return
        cache.make_room(limit_bytes)
        if not cache.has_room_for(limit_bytes):
            raise NoRoom(NO_ROOM_SENTENCE, retry_after_seconds=600)

    def _want(self, index: int, source: Flight | Slice) -> Want:
        want = Want(self, index, source)
        self._wants[index] += 1
        if isinstance(source, Flight):
            source.wants.add(want)
        else:
            self._slices[index] = source
        return want

    def _hear(self, flight: Flight, news: News) -> None:
        """News from a thread of the encoders."""
        with self.lock:
            if isinstance(news, Written):
                flight.note_written(news.bytes)
            else:
                self._land(flight, news)
            listeners = tuple(flight.wants)
        for want in listeners:
            want.tell()
        if isinstance(news, Done):
            if flight.index != WHOLE:
                self._bind_when_all_are_made()
            # Now that it is told, and without the lock: in a full cache many files are looked at.
            self.engine.cache.keep_within()

    def _land(self, flight: Flight, news: Done | NotDone) -> None:
        try:
            if isinstance(news, Done):
                flight.slice = self._kept(flight, news.seconds)
                if self._wants[flight.index]:
                    self._slices[flight.index] = flight.slice
        except (OSError, AudioRefused) as error:
            log.warning("Job %s: %s", flight.job.id, str(error))
            news = NotDone(Why.DISK, f"The store's disk did not keep the encoded file ({type(error).__name__}).")
        except Exception:  # Whatever it was, nobody shall wait for ever.
            log.exception("Job %s was done and could not be kept.", flight.job.id)
            news = NotDone(Why.FAULT, Sentence("The store failed on this track."))
        if isinstance(news, NotDone):
            flight.job.target.unlink(missing_ok=True)
            flight.refusal = refusal_of(news)
            metrics.refusals.labels(news.why.value).inc()
            if news.why is Why.MISSING:
                self._made = None
        self._forget(flight)

    def _kept(self, flight: Flight, seconds: float) -> Slice:
        codec, cache, identity = self.recipe.sound.codec, self.engine.cache, self.recipe.identity
        if flight.index == WHOLE:
            essence = cache.adopt_essence(flight.job.target, identity)
            self._audio = essence
            self._note_whole(essence)
            metrics.essences_bound.labels(codec).inc()
            return Slice(essence, 0, essence.audio_bytes)
        part = cache.adopt_part(flight.job.target, identity, flight.index)
        self._parts_made().add(flight.index)
        packets = self.parts.packets(flight.index)
        sound = self.recipe.sound
        self._work_seconds += seconds
        self._music_seconds += len(packets) * max(1, sound.frame_samples) / sound.sample_rate
        metrics.parts_encoded.labels(codec).inc()
        metrics.encode_seconds.labels(codec).inc(seconds)
        metrics.encoded_bytes.labels(codec).inc(part.audio_bytes)
        return Slice(part, 0, part.audio_bytes)

    def _note_whole(self, essence: Essence) -> None:
        news = BecameWhole(
            self.master_id,
            Format.parse(essence.sound.format_name),
            self.recipe.window,
            bare_bytes(essence),
            essence.sound.crc32,
            self._music_seconds,
            self._work_seconds,
        )
        self._music_seconds = self._work_seconds = 0.0
        self.engine.whole.append(news)

    def _forget(self, flight: Flight) -> None:
        del self._flights[flight.index]
        self.engine.give_share_back(flight.for_whom)
        self.engine.cache.release(self.recipe.identity)

    def _bind_when_all_are_made(self) -> None:
        """What readers have had encoded part by part becomes one file, so that its size is known from then on."""
        with self.lock:
            if self._audio is not None or len(self._parts_made()) < self.parts.count:
                return
            try:
                want = self.bind(priority=LOOK_AHEAD)
            except (NoRoom, CannotEncode, EnoughForOne):
                return
        want.on_change(_let_go_when_over(want))

    def _job_id(self, index: int) -> str:
        return f"{self.recipe.identity}-{'whole' if index == WHOLE else f'{index:05d}'}"


def starts_of(essence: Essence, parts: Parts) -> list[int]:
    """Where each part begins in its essence, and behind the last one where that ends. To be kept: it adds up all."""
    if parts.is_exact:
        return [parts.start_bytes(index) for index in range(parts.count + 1)]
    if parts.count == 1:
        return [0, essence.audio_bytes]
    sizes = essence.packet_sizes
    step = parts.packets_in_part // (OGG_PACKETS_IN_PAGE if parts.sound.codec == "opus" else 1)
    return [0, *accumulate(sum(sizes[first : first + step]) for first in range(0, len(sizes), step))]


def bare_bytes(essence: Essence) -> int:
    """Bytes of a copy of that essence, less those that its tags and cover add."""
    untagged = Tags()
    format_ = Format.parse(essence.sound.format_name)
    return Copy(essence, untagged, None).size - tag_bytes(format_, untagged, None)


def _answer(source: Flight | Slice | None) -> str:
    """For the metrics: whether a part was kept, is under way, or must be made."""
    if source is None:
        return "made"
    return "kept" if isinstance(source, Slice) else "joined"


def _let_go_when_over(want: Want) -> Callable[[], None]:
    def look() -> None:
        if want.is_done or want.refusal is not None:
            want.let_go()

    return look
