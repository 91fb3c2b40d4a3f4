"""The one thing that a worker of the farm does: encode a part and put it into the bucket. It never binds anything.

A refusal is a result as well, so that RQ tries nothing again that would only be refused again. What ends the whole
process gives no result; the part is then begun once more elsewhere, and after that no more.
"""

import functools
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from obbligato.audio.encoding import encode_part
from obbligato.audio.errors import AudioRefused
from obbligato.audio.libraries import build_id
from obbligato.audio.recipes import Recipe
from obbligato.encoding.encoders import PartJob
from obbligato.encoding.farm_masters import Masters
from obbligato.encoding.farm_queues import BEGINS, FAILURE_SECONDS, TASK_SECONDS
from obbligato.encoding.storage import Altered, NotThere, Storage, StorageFails, sha256_of

log = logging.getLogger("obbligato.farm")


@dataclass(frozen=True)
class Workshop:
    """What one worker process works with."""

    storage: Storage
    masters: Masters
    redis: Any
    folder: Path
    build: str
    """Of the encoder libraries here; parts of another build would be other bytes."""


_workshop: Workshop | None = None


def open_workshop(workshop: Workshop) -> None:
    """Give this process what it works with; once, before the first part."""
    global _workshop
    _workshop = workshop


def order_for(job: PartJob, *, master_key: str) -> dict[str, Any]:
    """What a worker is told: the recipe with its master's key in the bucket, never a path of the web node."""
    recipe = job.recipe.to_json() | {"source": master_key}
    return {"id": job.id, "build": build_id(), "recipe": recipe, "index": job.index, "part": part_key(job)}


def part_key(job: PartJob) -> str:
    """Where a part is in the bucket."""
    return f"parts/{job.recipe.identity}/{job.index:05}"


def master_key(source: Path) -> tuple[str, str]:
    """Where a master is in the bucket, and its SHA-256: equal files are one object. Raises OSError."""
    stat = source.stat()
    sha256 = _remembered_sha256(str(source), stat.st_size, stat.st_mtime_ns)
    return f"masters/{sha256}", sha256


def encode(order: dict[str, Any]) -> dict[str, Any]:
    """Do an order; {"seconds": of work} or {"refused": kind, "sentence": for people}."""
    workshop = _workshop
    assert workshop is not None, "farm_worker.run() opens it"
    if order["build"] != workshop.build:
        sentence = (
            f"This worker's encoders are {workshop.build}, and the store's are {order['build']}: install the same."
        )
        log.error("Part %s is given back. %s", order["id"], sentence)
        return {"refused": "build", "sentence": sentence}
    started = time.monotonic()
    try:
        if not workshop.storage.holds(order["part"]):
            with _begun(workshop, order["id"]) as begins:
                if begins > BEGINS:
                    raise _EndsWorkers
                _encode_and_put(workshop, order)
        return {"seconds": time.monotonic() - started}
    except Exception as error:
        return _refusal(order["id"], error)


class _EndsWorkers(Exception):
    """This part has ended its worker as often as may be."""


def _encode_and_put(workshop: Workshop, order: dict[str, Any]) -> None:
    target = workshop.folder / f"{order['id']}.part"
    try:
        with workshop.masters.borrowed(order["recipe"]["source"]) as source:
            recipe = replace(Recipe.from_json(order["recipe"]), source=source)
            encode_part(recipe, order["index"], target).close()
        workshop.storage.put_file(order["part"], target, sha256=sha256_of(target))
    finally:
        target.unlink(missing_ok=True)


def _refusal(job_id: str, error: Exception) -> dict[str, Any]:
    match error:
        case _EndsWorkers():
            kind, sentence = "crashed", f"This part ended {BEGINS} workers and is not tried again."
        case AudioRefused():
            kind, sentence = "audio", str(error)
        case NotThere() | Altered():
            kind, sentence = "master", f"The master is not in the bucket as it was put there. {error}"
        case StorageFails():
            kind, sentence = "storage", f"The bucket does not answer this worker. {error}"
        case OSError():
            kind, sentence = "disk", f"This worker's disk did not take the part. {error}"
        case _:
            log.exception("Part %s failed.", job_id, exc_info=error)
            return {"refused": "fault", "sentence": "The worker failed on this part; its log has more."}
    log.warning("Part %s: %s", job_id, sentence)
    return {"refused": kind, "sentence": sentence}


@contextmanager
def _begun(workshop: Workshop, job_id: str) -> Iterator[int]:
    """Counts the beginnings that came to no end: a process that is killed here never takes its own away."""
    name = f"obbligato:begun:{job_id}"
    begins = int(workshop.redis.incr(name))
    workshop.redis.expire(name, TASK_SECONDS + FAILURE_SECONDS)
    try:
        yield begins
    except Exception:  # A refusal is an end as well.
        if begins <= BEGINS:
            workshop.redis.delete(name)
        raise
    workshop.redis.delete(name)


@functools.lru_cache(maxsize=1024)
def _remembered_sha256(path: str, size_bytes: int, changed_at: int) -> str:
    """Of a file of that size and time; when either changes, it is read again."""
    return sha256_of(Path(path))
