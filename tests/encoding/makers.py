"""Masters, engines and encoders for tests of encoding; plain functions and one real, very obedient kind of encoders."""

import functools
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from obbligato.audio.encoding import encode_essence
from obbligato.audio.flacfile import write_flac
from obbligato.audio.formats import Format, Window
from obbligato.audio.masters import inspect
from obbligato.audio.recipes import Recipe
from obbligato.catalog.models import Master
from obbligato.encoding import engine as engines
from obbligato.encoding.cache import Cache
from obbligato.encoding.encoders import QUEUE_LIMIT, Encoders, Job, OnNews
from obbligato.encoding.engine import Engine
from obbligato.encoding.making import make
from obbligato.encoding.renditions import Rendition
from obbligato.encoding.waiting import Waiting

RATE = 44_100
GIGABYTE = 10**9


class ObedientEncoders:
    """Does a job when the test says so, on the test's own thread, the most urgent first."""

    def __init__(self, *, limit: int = QUEUE_LIMIT) -> None:
        self.queue: Waiting[tuple[Job, OnNews]] = Waiting(limit=limit)
        self.begun: list[str] = []

    def put(self, job: Job, *, priority: int, on_news: OnNews) -> None:
        self.queue.put(job.id, (job, on_news), priority=priority)

    def hurry(self, job_id: str, *, priority: int) -> None:
        self.queue.hurry(job_id, priority=priority)

    def drop(self, job_id: str) -> bool:
        return self.queue.drop(job_id)

    def waiting(self) -> tuple[int, int, int]:
        return self.queue.counts()

    def close(self) -> None:
        self.queue.drain()

    def take(self) -> tuple[Job, OnNews]:
        """Begin the most urgent job and leave it at that."""
        found = self.queue.most_urgent()
        assert found is not None, "nothing waits"
        self.begun.append(found[0])
        return self.queue.take(found[0])

    def do_one(self) -> str:
        """Do the most urgent job; its id."""
        job, on_news = self.take()
        make(job, on_news)
        return job.id

    def do_all(self) -> int:
        """Do everything that waits, and what comes of it; how many jobs that were."""
        done = 0
        while self.queue.most_urgent():
            self.do_one()
            done += 1
        return done


@contextmanager
def engine_of(
    encoders: Encoders, folder: Path, *, limit_bytes: int = GIGABYTE, spare_bytes: int = 0
) -> Iterator[Engine]:
    """This process encodes with these and into that folder for a while."""
    engine = Engine(encoders, Cache(folder, limit_bytes=lambda: limit_bytes, spare_bytes=spare_bytes))
    before = engines.use(engine)
    try:
        yield engine
    finally:
        engines.use(before)
        engine.close()


def a_master(*, seconds: float = 25.0, seed: int = 1) -> Master:
    """A master of two noisy voices in its place; not in the database, which encoding never asks."""
    content, facts = _sound(seconds, seed)
    master = Master(pk=seed, sha256=hashlib.sha256(content).hexdigest(), facts_json=facts)
    if not master.file.is_file():  # An encoder may be reading it at this moment.
        master.file.write_bytes(content)
    return master


def parts_of(rendition: Rendition) -> bytes:
    """All parts one after another, each waited for."""
    pieces = []
    for index in range(rendition.parts.count):
        want = rendition.ask(index)
        want.wait(60)
        pieces.append(want.read(0, 1 << 30))
        want.let_go()
    return b"".join(pieces)


@functools.cache
def serial_bytes(format_name: str, *, seconds: float = 25.0, seed: int = 1, window: Window | None = None) -> bytes:
    """The audio as one thread makes it in one go, without any of the code under test."""
    master = a_master(seconds=seconds, seed=seed)
    recipe = Recipe(master.file, master.facts, Format.parse(format_name), window)
    with tempfile.TemporaryDirectory() as folder, encode_essence(recipe, Path(folder) / "essence") as essence:
        return essence.read(0, essence.audio_bytes)


@functools.cache
def _sound(seconds: float, seed: int) -> tuple[bytes, dict[str, object]]:
    at = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).normal(0, 0.05, (at.size, 2))
    tones = np.stack([np.sin(2 * np.pi * 220 * at), np.sin(2 * np.pi * 331 * at)], axis=1) * 0.3
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "master.flac"
        write_flac(path, ((tones + noise) * 32_767).astype(np.int32), sample_rate=RATE, bits=16)
        return path.read_bytes(), inspect(path).facts.to_json()
