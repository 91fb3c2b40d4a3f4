"""How pages answer while two thousand slow readers are held, and while both cores encode; and what that costs."""

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.story.running import RunningStore

from bench.fetching import Answer, cpu_seconds, forget_encoded, track_links, until_idle
from bench.memory import resident_megabytes
from bench.rows import Row, percentile
from bench.scale import Scale

PAGE = "/releases/the-bench-ensemble-forty-minutes"
PAUSE_SECONDS = 0.02
WARM_FORMAT, BUSY_FORMATS = "mp3-320", ("aac-256", "mp3-192", "mp3-256", "aac-192", "mp3-160", "mp3-128")


def slow_readers(store: RunningStore, scale: Scale) -> list[Row]:
    """Each of another person, over ten tracks that are encoded; the pages' visitor is one of many."""
    forget_encoded(store)
    persons = track_links(store, WARM_FORMAT, persons=scale.slow_readers)
    for link in persons[0]:
        answer = Answer(store.port, link)
        answer.count()
        answer.close()
    _page_times(store.port, 2.0)
    until_idle(store)
    before = resident_megabytes(store.pid)
    paths = [links[number % len(links)] for number, links in enumerate(persons)]
    with _held(store.port, paths) as held:
        time.sleep(1.0)
        times = _page_times(store.port, scale.hold_seconds)
        growth = resident_megabytes(store.pid) - before
    fed = held["alive"] if held["slowest"] >= 45_000 else 0
    return [
        Row("slow readers (50 kB/s) held at once; memory added to all processes", f"{held['held']:,} held, "
            f"{held['alive']:,.0f} fed to the end, slowest {held['slowest'] / 1000:.0f} kB/s, +{growth:.0f} MB",
            f"{scale.slow_readers:,}, ≤ 300 MB", fed == scale.slow_readers and growth <= 300),
        Row("a page meanwhile", f"median {percentile(times, 50):.1f} ms, 99 % within {percentile(times, 99):.1f} ms",
            "99 % within 500 ms", percentile(times, 99) <= 500),
    ]  # fmt: skip


def busy_encoders(store: RunningStore, scale: Scale) -> Row:
    """The release page asked every 20 ms, idle and while readers keep both encoders busy, in turns."""
    idle: list[float] = []
    busy: list[float] = []
    cores = []
    for _ in range(max(1, scale.rounds // 2)):
        forget_encoded(store)
        _page_times(store.port, 2.0)
        until_idle(store)
        idle += _page_times(store.port, scale.hold_seconds)
        with _reading(store):
            time.sleep(1.0)
            cpu, began = cpu_seconds(store), time.monotonic()
            busy += _page_times(store.port, scale.hold_seconds)
            cores.append((cpu_seconds(store) - cpu) / (time.monotonic() - began))
    quiet, loaded = percentile(idle, 99), percentile(busy, 99)
    words = (
        f"99 %: {loaded:.1f} / {quiet:.1f} ms = {loaded / quiet:.2f} × (median {percentile(busy, 50):.1f} / "
        f"{percentile(idle, 50):.1f} ms; {min(cores):.1f} cores busy)"
    )
    return Row("a page while both cores encode : idle", words, "≤ 3 ×", loaded <= 3 * quiet)


def allow_many_files() -> None:
    """Raise this process's limit of open files to the hard one; the store inherits it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def _held(port: int, paths: list[str]) -> Iterator[dict[str, float]]:
    """Readers in their own process; what they tell is in the dictionary, all of it once the block has ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.slow_readers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told: dict[str, float] = {}
    try:
        process.stdin.write(json.dumps({"port": port, "paths": paths}) + "\n")
        process.stdin.flush()
        told |= json.loads(process.stdout.readline())
        yield told
        process.stdin.write("enough\n")
        process.stdin.flush()
        told |= json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


@contextmanager
def _reading(store: RunningStore) -> Iterator[None]:
    """Downloads of what nobody has encoded, several at once, until the block ends."""
    links = [link for name in BUSY_FORMATS for link in track_links(store, name)[0]]
    random.Random(2).shuffle(links)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.hungry", str(store.port)], stdin=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(links) + "\n")
        process.stdin.flush()
        yield
    finally:
        process.kill()
        process.wait()


def _page_times(port: int, seconds: float) -> list[float]:
    """Milliseconds of each page, asked one after another with a short pause between."""
    times: list[float] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.perf_counter()
        answer = Answer(port, PAGE)
        assert answer.status == 200, answer.status
        answer.count()
        answer.close()
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(PAUSE_SECONDS)
    return times
