"""A farm for tests: Debian's redis-server, an S3 server of this process, workers as processes; all on loopback."""

import hashlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer
from redis import Redis
from redis.exceptions import RedisError
from rq.worker import BaseWorker

from obbligato.audio.essence import Part
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.audio.recipes import Recipe
from obbligato.encoding.encoders import LOOK_AHEAD, Done, Encoders, News, NotDone, PartJob, Written
from obbligato.encoding.farm import FarmEncoders
from obbligato.encoding.farm_crew import Crew
from obbligato.encoding.storage import Storage
from obbligato.encoding.threads import ThreadEncoders
from tests import waiting
from tests.audio import makers

PATIENCE_SECONDS = 60.0
until = partial(waiting.until, seconds=PATIENCE_SECONDS)


@contextmanager
def a_redis(folder: Path) -> Iterator["Server"]:
    """A server that keeps nothing on the disk."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    server = Server(f"redis://127.0.0.1:{port}/0", process)
    try:
        until(server.answers)
        yield server
    finally:
        server.stop()


@dataclass
class Server:
    """A running redis-server."""

    url: str
    process: subprocess.Popen[bytes]

    def answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def done_by_worker(self) -> dict[int, int]:
        """How many jobs each living worker has done, by process id."""
        with Redis.from_url(self.url) as client:
            return {one.pid: one.successful_job_count for one in BaseWorker.all(connection=client)}


@contextmanager
def a_bucket() -> Iterator[str]:
    """The URL of an empty bucket on an S3 server of this process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"s3://user:word@bucket/store?endpoint=http://{host}:{port}"
        Storage(url)._client.create_bucket(Bucket="bucket")
        yield url
    finally:
        server.stop()


@contextmanager
def a_crew(redis: Server, bucket: str, folder: Path, *, processes: int = 2, build: str = "") -> Iterator[Crew]:
    """Workers that are there and wait; started again when they die."""
    crew = Crew(
        processes=processes,
        tasks_url=redis.url,
        storage_url=bucket,
        folder=folder,
        cache_bytes=10**9,
        build=build,
    )
    thread = threading.Thread(target=crew.run)
    thread.start()
    try:
        until(lambda: len(redis.done_by_worker()) == processes)
        yield crew
    finally:
        crew.stop()
        thread.join()


@contextmanager
def a_farm(redis: Server, bucket: str, **options: Any) -> Iterator[FarmEncoders]:
    """Encoders that have found the farm well."""
    farm = FarmEncoders(local=ThreadEncoders(threads=2), tasks_url=redis.url, storage_url=bucket, **options)
    try:
        until(lambda: not farm.illness)
        yield farm
    finally:
        farm.close()


def a_recipe(folder: Path, *, seed: int, seconds: int = 100, format_name: str = "mp3-128") -> Recipe:
    """Of a master that no other test has: nothing of it is in any bucket."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = makers.sine(samples=44100 * seconds, hertz=200.0 + seed)
    master = makers.write_master(folder, "flac", samples, bits=16, sample_rate=44100)
    facts = MasterFacts(
        container="flac",
        codec="flac",
        sample_rate=44100,
        bits=16,
        channels=2,
        samples=len(samples),
        pcm_md5=hashlib.md5(samples.astype("<i2").tobytes()).hexdigest(),
        flac_bytes=master.stat().st_size,
        frames_offset=None,
    )
    return Recipe(master, facts, Format.parse(format_name))


@dataclass
class Asked:
    """All parts of a recipe, asked of encoders, and what was told of each."""

    recipe: Recipe
    folder: Path
    news: dict[int, list[News]] = field(default_factory=dict)

    def of(self, encoders: Encoders, *, priority: int = LOOK_AHEAD) -> "Asked":
        self.folder.mkdir(parents=True, exist_ok=True)
        for index in range(self.recipe.parts.count):
            told = self.news.setdefault(index, [])
            job = PartJob(self.id(index), self.recipe, index, self.target(index))
            encoders.put(job, priority=priority, on_news=told.append)
        return self

    def id(self, index: int) -> str:
        return f"{self.recipe.identity}-{index:05}"

    def target(self, index: int) -> Path:
        return self.folder / self.id(index)

    def wait(self) -> "Asked":
        """Until all are done. Each must have been told once that it is."""
        until(lambda: all(any(not isinstance(one, Written) for one in told) for told in self.news.values()))
        last = [[one for one in told if not isinstance(one, Written)] for told in self.news.values()]
        assert [one for told in last for one in told if isinstance(one, NotDone)] == []
        assert all(len(told) == 1 and isinstance(told[0], Done) for told in last)
        return self

    def bytes(self) -> list[bytes]:
        """The files of the parts, each found whole."""
        for index in self.news:
            Part.open(self.target(index)).close()
        return [self.target(index).read_bytes() for index in self.news]


def made_here(recipe: Recipe, folder: Path) -> list[bytes]:
    """The files that the encoders of this process make."""
    encoders = ThreadEncoders(threads=2)
    try:
        return Asked(recipe, folder).of(encoders).wait().bytes()
    finally:
        encoders.close()
