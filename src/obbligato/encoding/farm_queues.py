"""The farm's three queues on Redis or Valkey, by means of RQ, as a web node sees them. It never waits for a part.

A job is named by the part it makes, so that over all web nodes a part is queued once; whoever asks for what is
queued already only watches it. Orders and results travel as JSON: nobody who can write to Redis can send code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from obbligato.kernel.refusals import Invalid

if TYPE_CHECKING:
    from redis import Redis

QUEUES = ("now", "ahead", "idle")
"""By priority: a worker empties the first before it looks at the next."""
TASK = "obbligato.encoding.farm_task.encode"
REDIS_SECONDS = 1.5
"""For a connection and for an answer; nothing that is asked of Redis here takes it a hundredth of that."""
TASK_SECONDS, WAITING_SECONDS = 600, 1800
"""How long a worker may take for one part, and how long one stays queued that nobody watches any more."""
RESULT_SECONDS, FAILURE_SECONDS = 60, 600
BEGINS = 2
"""How often a part is begun: one that ended its worker twice is not tried a third time."""
MOVE = """
if redis.call('LREM', KEYS[1], 0, ARGV[1]) > 0 then
    redis.call('RPUSH', KEYS[2], ARGV[1])
    redis.call('HSET', KEYS[3], 'origin', ARGV[2])
end
"""
FORGET = """
local waited = 0
for at = 2, #KEYS do waited = waited + redis.call('LREM', KEYS[at], 0, ARGV[1]) end
local status = redis.call('HGET', KEYS[1], 'status')
if waited > 0 or status == 'finished' or status == 'failed' then redis.call('DEL', KEYS[1]) end
"""


class BadTasks(Invalid):
    """TASKS_URL cannot be understood, or what opens it is not installed."""


class QueuesFail(Exception):
    """Redis did not answer, or refused; str() says what it said."""


@dataclass(frozen=True)
class Seen:
    """One job as Redis had it."""

    status: str
    """RQ's words: queued, started, finished, failed ...; empty when there is no such job (any more)."""
    beat: str
    """Changes as long as the worker that began it lives."""


class Queues:
    """One thread's view of the farm's queues."""

    def __init__(self, url: str) -> None:
        """Of redis://user:password@host:port/number or rediss://…. Nothing is sent yet. Raises BadTasks."""
        try:
            from rq import Queue
        except ImportError:
            raise BadTasks("TASKS_URL needs RQ, which is not installed: pip install 'obbligato[farm]'.") from None
        self._redis = connection(url, seconds=REDIS_SECONDS)
        self._queues = [Queue(name, connection=self._redis, serializer="json") for name in QUEUES]
        self._move = self._redis.register_script(MOVE)
        self._forget = self._redis.register_script(FORGET)

    def workers(self) -> int:
        """How many workers live. Raises QueuesFail."""
        from redis.exceptions import RedisError
        from rq.worker import BaseWorker

        try:
            keys = BaseWorker.all_keys(queue=self._queues[0])
            # A worker that was killed stays in that list for a while, but its own key has ended with its beats.
            return self._redis.exists(*keys) if keys else 0
        except RedisError as error:
            raise QueuesFail(str(error)) from None

    def put(self, job_id: str, order: dict[str, Any], *, priority: int) -> None:
        """Queue an order unless it is queued, under way or just done. Raises QueuesFail."""
        from redis.exceptions import RedisError
        from rq import Retry
        from rq.exceptions import DuplicateJobError

        try:
            self._queues[priority].enqueue(
                TASK,
                order,
                job_id=job_id,
                unique=True,
                description=f"part {job_id}",
                job_timeout=TASK_SECONDS,
                ttl=WAITING_SECONDS,
                result_ttl=RESULT_SECONDS,
                failure_ttl=FAILURE_SECONDS,
                retry=Retry(max=BEGINS),  # After the last of them the task itself says why not.
            )
        except DuplicateJobError:
            self.hurry(job_id, priority=priority)
        except RedisError as error:
            raise QueuesFail(str(error)) from None

    def hurry(self, job_id: str, *, priority: int) -> None:
        """Move a waiting job to a more urgent queue; nothing happens to any other. Raises QueuesFail."""
        from redis.exceptions import RedisError

        target = self._queues[priority]
        try:
            for queue in self._queues[priority + 1 :]:
                self._move(keys=[queue.key, target.key, _job_key(job_id)], args=[job_id, target.name])
        except RedisError as error:
            raise QueuesFail(str(error)) from None

    def forget(self, job_id: str) -> None:
        """Take a job out that waits or is over; what a worker has begun it finishes. Raises QueuesFail."""
        from redis.exceptions import RedisError

        try:
            self._forget(keys=[_job_key(job_id), *(queue.key for queue in self._queues)], args=[job_id])
        except RedisError as error:
            raise QueuesFail(str(error)) from None

    def look(self, job_ids: Sequence[str]) -> list[Seen]:
        """Where the jobs are, in one round trip. Raises QueuesFail."""
        from redis.exceptions import RedisError

        pipeline = self._redis.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.hmget(_job_key(job_id), "status", "last_heartbeat")
        try:
            rows = pipeline.execute()
        except RedisError as error:
            raise QueuesFail(str(error)) from None
        return [Seen(*((value or b"").decode() for value in row)) for row in rows]

    def result(self, job_id: str) -> dict[str, Any]:
        """What the task returned; empty when that is not known any more. Raises QueuesFail."""
        from redis.exceptions import RedisError
        from rq.exceptions import NoSuchJobError
        from rq.job import Job

        try:
            found = Job.fetch(job_id, connection=self._redis, serializer="json").return_value()
        except NoSuchJobError:
            return {}
        except RedisError as error:
            raise QueuesFail(str(error)) from None
        return found if isinstance(found, dict) else {}

    def close(self) -> None:
        self._redis.close()


def connection(url: str, *, seconds: float) -> "Redis":
    """A client of Redis whose every question has so many seconds, and is asked once. Raises BadTasks."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        return Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=Retry(NoBackoff(), 0))
    except ValueError as error:
        raise BadTasks(f"TASKS_URL must look like redis://host:6379/0. {error}") from None


def _job_key(job_id: str) -> str:
    from rq.job import Job

    return str(Job.key_for(job_id))
