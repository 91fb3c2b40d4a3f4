"""What every kind of encoder takes and tells: jobs, news, priorities. It encodes nothing and imports no Django.

There are three kinds: threads of this process (threads.py), one process beside it (processes.py), and any number of
other machines (farm.py). The same job gives the same bytes with each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from obbligato.audio.recipes import Recipe
from obbligato.kernel.refusals import Busy

WANTED_NOW, LOOK_AHEAD, WHEN_IDLE = 0, 1, 2
"""How urgent a job is: someone waits for the next byte, will want it soon, or nobody waits at all."""
QUEUE_LIMIT = 2_000


class QueueFull(Busy):
    """More is waiting to be encoded than this store should promise."""


class Why(StrEnum):
    """Why a job was not done."""

    AUDIO = "audio"
    """The master is not what it was, or cannot be had so."""
    NO_ROOM = "no-room"
    """The disk took no more."""
    MISSING = "missing"
    """A file that the job builds on is not there or damaged; made again, the job can be done."""
    DISK = "disk"
    """The disk refused for another reason."""
    CRASHED = "crashed"
    """The encoder died of this job."""
    FAULT = "fault"
    """A mistake in the encoder; the log has it."""
    UNREACHABLE = "unreachable"
    """There is no encoder to be had at the moment."""


@dataclass(frozen=True)
class PartJob:
    """Encode one part into the file target, all or nothing; while it grows it is named essence.growing_path(target)."""

    id: str
    """Equal for equal bytes, whoever asks; letters, digits and hyphens only."""
    recipe: Recipe
    index: int
    target: Path


@dataclass(frozen=True)
class BindJob:
    """Put the parts of a recipe together into one essence at target, all or nothing."""

    id: str
    recipe: Recipe
    part_paths: tuple[Path, ...]
    target: Path


Job = PartJob | BindJob


@dataclass(frozen=True)
class Written:
    """So many audio bytes of the growing file may be read; they never change. Not told for every piece."""

    bytes: int


@dataclass(frozen=True)
class Done:
    """The target is whole. seconds: of work, without waiting."""

    seconds: float


@dataclass(frozen=True)
class NotDone:
    """There is no target; the sentence is for people."""

    why: Why
    sentence: str


News = Written | Done | NotDone
"""About one job: any number of Written, then either Done or NotDone, once."""
OnNews = Callable[[News], None]


class Encoders(Protocol):
    """Whoever does jobs. Every method may be called from any thread and returns at once."""

    def put(self, job: Job, *, priority: int, on_news: OnNews) -> None:
        """Queue a job. on_news is called from a thread of the encoders', with none of their locks held.

        Raises QueueFull when 2,000 wait. A job must not be put again before its Done or NotDone, or its drop.
        """

    def hurry(self, job_id: str, *, priority: int) -> None:
        """Make a waiting job at least so urgent; nothing happens to one that was begun."""

    def drop(self, job_id: str) -> bool:
        """Take a waiting job back: True when it will never be done and no news come. What was begun is finished."""

    def waiting(self) -> tuple[int, int, int]:
        """How many jobs wait at each priority."""

    def close(self) -> None:
        """End the threads or the process; jobs that are not done are forgotten."""


def to_json(job: Job) -> dict[str, Any]:
    """The job as values that JSON can hold."""
    values: dict[str, Any] = {"id": job.id, "recipe": job.recipe.to_json(), "target": str(job.target)}
    if isinstance(job, PartJob):
        return values | {"index": job.index}
    return values | {"parts": [str(path) for path in job.part_paths]}


def from_json(values: dict[str, Any]) -> Job:
    """The job that to_json gave."""
    recipe, target = Recipe.from_json(values["recipe"]), Path(values["target"])
    if "index" in values:
        return PartJob(values["id"], recipe, values["index"], target)
    return BindJob(values["id"], recipe, tuple(map(Path, values["parts"])), target)
