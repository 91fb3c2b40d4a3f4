"""CPU, wall and memory of our encoder in a warm worker process, beside Debian's ffmpeg on the same master."""

from functools import partial
from pathlib import Path

from bench.label import write_long_master
from bench.programs import ENCODE_WORDS, ffmpeg_encode
from bench.rows import Row, guarded, medians
from bench.scale import Scale
from bench.worker import Worker
from obbligato.audio.facts import MasterFacts
from obbligato.audio.masters import inspect

CPU_GOALS = {"mp3-320": 0.97, "aac-256": 1.0, "opus-128": 0.97, "vorbis-q6": 1.0, "flac": 1.0, "alac": 0.95,
             "wavpack": 1.0, "wav": 1.0}  # fmt: skip
WALL_GOALS = {"mp3-320": 1.8, "opus-128": 1.6, "flac": 1.4}
CORES = 2
MEMORY_GOAL_BYTES = 120_000_000


def rows(master: Path, folder: Path, scale: Scale) -> list[Row]:
    """CPU of each codec, then wall on both cores; `folder` is where both sides write."""
    facts = inspect(master).facts
    found = []
    with Worker() as worker:
        race = _Race(worker, master, facts, folder, rounds=scale.rounds)
        for name, goal in CPU_GOALS.items():
            found += guarded(f"CPU of one encode, {name}", f"≥ {goal} ×", partial(race.cpu, name, goal))
        for name, goal in WALL_GOALS.items():
            found += guarded(f"wall of one track, {name}", f"≥ {goal} ×", partial(race.wall, name, goal))
    return found


def memory_rows(folder: Path, scale: Scale) -> list[Row]:
    """What encoding a long 24-bit master of 96 kHz adds to a fresh process, at its peak."""
    found = []
    master = write_long_master(folder, minutes=scale.long_minutes)
    facts = inspect(master).facts
    for name in ENCODE_WORDS:
        what = f"{scale.long_minutes:g}-minute 24/96 master to {name}: extra memory"
        measure = partial(_memory, what, master, facts, folder, name)
        found += guarded(what, f"≤ {MEMORY_GOAL_BYTES / 1e6:.0f} MB", measure)
    master.unlink()
    return found


class _Race:
    """One master encoded by both sides in turns; each side pays for a whole, tagged file on the same disk."""

    def __init__(self, worker: Worker, master: Path, facts: MasterFacts, folder: Path, *, rounds: int) -> None:
        self._worker, self._master, self._facts, self._folder = worker, master, facts, folder
        self._rounds = rounds

    def cpu(self, name: str, goal: float) -> Row:
        self._ours(name, threads=1)  # What is loaded on first use is not paid for by one track.
        pairs = [(self._ours(name, threads=1)["cpu"], self._theirs(name)[0]) for _ in range(self._rounds)]
        return _race_row(f"CPU of one encode, {name} : ffmpeg 5.1", medians(pairs), goal)

    def wall(self, name: str, goal: float) -> Row:
        self._ours(name, threads=CORES)
        pairs = [(self._ours(name, threads=CORES)["wall"], self._theirs(name)[1]) for _ in range(self._rounds)]
        return _race_row(f"wall of one track, {name}, two cores : ffmpeg 5.1", medians(pairs), goal)

    def _ours(self, name: str, *, threads: int) -> dict[str, float]:
        return self._worker.encode(self._master, self._facts, name, self._folder, threads=threads)

    def _theirs(self, name: str) -> tuple[float, float]:
        return ffmpeg_encode(self._master, self._folder, name)


def _race_row(what: str, both: list[float], goal: float) -> Row:
    """Theirs divided by ours: more than 1 is quicker."""
    ours, theirs = both
    return Row(what, f"{ours:.2f} s / {theirs:.2f} s = {theirs / ours:.2f} ×", f"≥ {goal} ×", theirs / ours >= goal)


def _memory(what: str, master: Path, facts: MasterFacts, folder: Path, name: str) -> Row:
    with Worker() as worker:
        growth = worker.encode(master, facts, name, folder, threads=CORES)["growth"]
    goal = f"≤ {MEMORY_GOAL_BYTES / 1e6:.0f} MB"
    return Row(what, f"{growth / 1e6:.0f} MB", goal, growth <= MEMORY_GOAL_BYTES)
