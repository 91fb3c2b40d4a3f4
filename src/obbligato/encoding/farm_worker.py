"""`python -m obbligato.encoding.farm_worker`: one worker of the farm, told where everything is on its standard input.

It takes parts from the three queues, the most urgent first, one at a time in this very process. It runs no other
code than farm_task.encode, whatever a job in Redis names. It ends, after the part it has begun, when it is asked
to (SIGTERM, Ctrl-C) and when whoever started it is gone (end of its standard input).
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.queue import Queue

from obbligato.audio.libraries import build_id
from obbligato.encoding import farm_task
from obbligato.encoding.farm_crew import worker_folder
from obbligato.encoding.farm_masters import Masters
from obbligato.encoding.farm_queues import QUEUES, RESULT_SECONDS, connection
from obbligato.encoding.storage import Storage

BEAT_SECONDS = 1
ALIVE_SECONDS = 8
"""A worker whose last sign is older is taken for dead; eight beats, for a machine may be busy."""
IDLE_SECONDS = 2
REDIS_SECONDS = 15
log = logging.getLogger("obbligato.farm")


class PartOfTheFarm(Job):
    """A job whose function is ours, so that what stands in Redis decides on values and never on code."""

    @property
    def func(self) -> Callable[..., Any]:
        return farm_task.encode


class FarmWorker(SimpleWorker):
    """RQ's worker without a fork for each job; with beats while it works, and never stopped between two steps."""

    job_class = PartOfTheFarm
    max_connection_wait_time = 5.0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Do the job here while another thread shows that this process lives."""
        execution = self.prepare_execution(job)
        with _beating(lambda: self.maintain_heartbeats(job, execution)):
            self.perform_job(job, queue, execution)
        self.set_state("idle")

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a job in short turns, so that a wish to stop is seen between them: none is lost by it."""
        while not self._stop_requested:
            found = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time=IDLE_SECONDS)
            if found is not None:
                return found
        raise StopRequested

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Live for a few seconds more, whatever RQ would allow: dead workers must be known as dead soon."""
        try:
            super().heartbeat(ALIVE_SECONDS, pipeline=pipeline)
        except RedisError:
            # RQ tries again and again; who is to stop does not wait for a Redis that is gone.
            if self._stop_requested:
                raise StopRequested from None
            raise

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """How long a begun job counts as begun without a beat."""
        return ALIVE_SECONDS

    def _shutdown(self) -> None:
        self._stop_requested = True


def run(orders: dict[str, Any]) -> None:
    """Work until asked to stop. orders: tasks_url, storage_url, folder, cache_bytes, and maybe build."""
    folder = Path(orders["folder"])
    storage = Storage(orders["storage_url"])
    redis = connection(orders["tasks_url"], seconds=REDIS_SECONDS)
    farm_task.open_workshop(
        farm_task.Workshop(
            storage=storage,
            masters=Masters(storage, folder / "masters", limit_bytes=orders["cache_bytes"]),
            redis=redis,
            folder=_own_folder(folder),
            build=orders.get("build") or build_id(),
        )
    )
    try:
        worker = FarmWorker(
            list(QUEUES),
            connection=redis,
            serializer="json",
            default_result_ttl=RESULT_SECONDS,
            worker_ttl=REDIS_SECONDS + 5,
            maintenance_interval=ALIVE_SECONDS,
            job_monitoring_interval=BEAT_SECONDS,
            log_job_description=False,
        )
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("This worker leaves without a word, for Redis does not answer: %s", error)


def _own_folder(folder: Path) -> Path:
    """Where this process makes its parts; nothing is left in it by the one that had its number before."""
    own = worker_folder(folder, os.getpid())
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    for leftover in own.iterdir():
        leftover.unlink(missing_ok=True)
    return own


@contextmanager
def _beating(beat: Callable[[], None]) -> Iterator[None]:
    ended = threading.Event()

    def run_beats() -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                beat()
            except Exception as error:  # Redis is away; the part is finished all the same.
                log.warning("Redis does not take this worker's signs of life: %s", error)

    thread = threading.Thread(target=run_beats, name="beats", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _stop_with(starter: BinaryIO) -> None:
    """Ask this process to stop when the pipe ends: nobody is there any more who would."""
    while starter.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Read one line of JSON, then work."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s[%(process)d] %(message)s")
    # Without a buffer, whose lock a thread that waits would keep from an interpreter that ends.
    starter = os.fdopen(0, "rb", buffering=0, closefd=False)
    orders = json.loads(starter.readline())
    threading.Thread(target=_stop_with, args=(starter,), name="starter", daemon=True).start()
    run(orders)


if __name__ == "__main__":
    main()
