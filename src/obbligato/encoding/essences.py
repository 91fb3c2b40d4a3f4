"""Encode each essence once, keep it, and let readers follow while it grows. It never serves a broken one."""

import contextlib
import hashlib
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from obbligato.audio.copies import Copy
from obbligato.audio.encoding import encode_essence, part_path
from obbligato.audio.errors import AudioRefused
from obbligato.audio.essence import Essence
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window, fitted
from obbligato.audio.libraries import build_id
from obbligato.audio.tags import Tags
from obbligato.audio.writing_tags import tag_bytes
from obbligato.catalog.models import Master
from obbligato.encoding import eviction
from obbligato.encoding.workers import Workers
from obbligato.kernel.folders import data_folder, has_room_for
from obbligato.kernel.refusals import Busy, Refused

WANTED_NOW, LOOK_AHEAD, WHEN_IDLE = 0, 1, 2
LIMIT_FOR_ONE = 60


class CannotEncode(Refused):
    """This master cannot be had in this format."""


class EnoughForOne(Busy):
    """As much is being encoded for one asker as the others can bear."""


class NoRoom(Busy):
    """The disk is full, so nothing can be encoded."""


@dataclass(eq=False)
class Encoding:
    """An essence that is being made: `written` bytes of its audio may already be read from `part`."""

    master_id: int
    source: Path
    facts: MasterFacts
    format: Format
    window: Window | None
    target: Path
    for_whom: str = ""
    written: int = 0
    done_fraction: float = 0.0
    essence: Essence | None = None
    error: str = ""
    started_at: float = 0.0
    work_seconds: float = 0.0
    bare_bytes: int = 0
    """Of a copy without tags and cover, known as soon as it is encoded; 0 where it was ready before."""
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def part(self) -> Path:
        """Where the growing audio is; once finished, the same bytes are in the essence."""
        return part_path(self.target)

    def result(self, timeout_seconds: float | None = None) -> Essence:
        """Wait for the whole essence. Raises CannotEncode with the reason, or TimeoutError."""
        if not self.finished.wait(timeout_seconds):
            raise TimeoutError
        if self.essence is None:
            raise CannotEncode(self.error)
        return self.essence


_under_way: dict[Path, Encoding] = {}
_guard = threading.Lock()
_workers = Workers(threads=settings.ENCODER_THREADS)
_news: deque[Encoding] = deque()


def request(
    master: Master, format_: Format, *, window: Window | None = None, priority: int = WANTED_NOW, for_whom: str = ""
) -> Encoding:
    """The essence of a master in a format: ready, joined while under way, or begun. One encode for any number.

    Raises CannotEncode where the codec cannot carry the master, NoRoom when the disk is full, Busy when the
    queue is, EnoughForOne when 60 begun `for_whom` are unfinished. What is ready or under way is refused to nobody.
    """
    encoding = _described(master, format_, window)
    encoding.for_whom = for_whom
    with _guard:
        running = _under_way.get(encoding.target)
        if running is not None:
            _workers.hurry(running.target, priority)
            return running
        if ready := _open(encoding.target):
            return _finished(encoding, ready)
        _refuse_too_many(for_whom)
        if not has_room_for(encoding.facts.flac_bytes):
            raise NoRoom("The store's disk is full. Please try again later.", retry_after_seconds=600)
        _workers.put(encoding.target, lambda: _encode(encoding), priority=priority)
        _under_way[encoding.target] = encoding
    return encoding


def ready(master: Master, format_: Format, *, window: Window | None = None) -> Essence | None:
    """The whole essence where it is kept already; never starts any work."""
    return _open(_described(master, format_, window).target)


def finished_since_last_asked() -> list[Encoding]:
    """What finished and was not asked for yet, so that sizes and speeds can be remembered by the asker."""
    news = []
    while _news:
        news.append(_news.popleft())
    return news


def clean_up() -> None:
    """Remove what an interrupted process left half-written. For the start of a store, before anyone reads."""
    for part in data_folder("essences").glob("*/*.part"):
        part.unlink(missing_ok=True)


def _described(master: Master, format_: Format, window: Window | None) -> Encoding:
    facts = master.facts
    try:
        fit = fitted(format_, facts)
    except AudioRefused as refusal:
        raise CannotEncode(str(refusal)) from None
    words = f"{facts.pcm_md5}:{master.sha256}:{fit.name}:{fit.channels}:{window}:{build_id()}"
    key = hashlib.sha256(words.encode()).hexdigest()
    target = data_folder("essences", key[:2]) / f"{key}.essence"
    return Encoding(master.pk, master.file, facts, fit, window, target)


def _refuse_too_many(for_whom: str) -> None:
    unfinished = sum(one.for_whom == for_whom and not one.finished.is_set() for one in _under_way.values())
    if for_whom and unfinished >= LIMIT_FOR_ONE:
        raise EnoughForOne("Much is being encoded for you already. Please try again soon.", retry_after_seconds=30)


def _open(target: Path) -> Essence | None:
    try:
        essence = Essence.open(target)
    except FileNotFoundError:
        return None
    except AudioRefused:  # Damaged on disk: it is made again, byte for byte.
        target.unlink(missing_ok=True)
        return None
    with contextlib.suppress(FileNotFoundError):  # Evicted meanwhile; who holds it open reads on.
        os.utime(target)
    return essence


def bare_bytes(essence: Essence) -> int:
    """Bytes of a copy of that essence, less those that its tags and cover add."""
    untagged = Tags()
    format_ = Format.parse(essence.sound.format_name)
    return Copy(essence, untagged, None).size - tag_bytes(format_, untagged, None)


def _finished(encoding: Encoding, essence: Essence) -> Encoding:
    encoding.essence = essence
    encoding.written = essence.audio_bytes
    encoding.done_fraction = 1.0
    encoding.finished.set()
    return encoding


def _encode(encoding: Encoding) -> None:
    """Runs on a worker thread; whatever happens, the waiting readers are told."""
    encoding.started_at = time.monotonic()
    try:
        essence = encode_essence(
            encoding.source,
            encoding.facts,
            encoding.format,
            encoding.target,
            window=encoding.window,
            progress=lambda done, total: setattr(encoding, "done_fraction", done / max(total, 1)),
            on_written=lambda written: setattr(encoding, "written", written),
        )
        encoding.work_seconds = time.monotonic() - encoding.started_at
        encoding.bare_bytes = bare_bytes(essence)
        _finished(encoding, essence)
        _news.append(encoding)
        eviction.keep_within(settings.ESSENCE_CACHE_BYTES, spare=encoding.target)
    except AudioRefused as refusal:
        encoding.error = str(refusal)
    except OSError:
        encoding.error = "The store's disk did not take the encoded file. Please try again later."
    except Exception as bug:
        encoding.error = "The encoder failed on this track."
        raise bug
    finally:
        with _guard:
            _under_way.pop(encoding.target, None)
        encoding.finished.set()
