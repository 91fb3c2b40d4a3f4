"""Encoders that are other machines: parts go through queues on Redis, masters and parts through an S3 bucket.

Whatever the farm does or does not do, every part is made: one that the farm refuses, loses, alters or has no time
for comes home to the encoders of this machine, which give the same bytes. Binding is always done at home. Nobody
who asks ever waits for the network: three kinds of threads do (messages, carriers, the clock).
"""

import itertools
import logging
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable

from obbligato.audio.errors import Damaged
from obbligato.audio.essence import Part
from obbligato.encoding import farm_task
from obbligato.encoding.encoders import (
    QUEUE_LIMIT,
    WANTED_NOW,
    Done,
    Encoders,
    Job,
    News,
    NotDone,
    OnNews,
    PartJob,
    QueueFull,
    Why,
    Written,
)
from obbligato.encoding.farm_errands import END_SECONDS, LOST_SECONDS, Errand, Step
from obbligato.encoding.farm_health import Health
from obbligato.encoding.farm_queues import Queues, QueuesFail, Seen
from obbligato.encoding.farm_uploads import Uploads
from obbligato.encoding.storage import Altered, NotThere, Storage, StorageFails
from obbligato.kernel.refusals import Refused

CARRIERS = 4
PAUSE_SECONDS = 30.0
CLOCK_SECONDS = 0.05
LOOK_SECONDS = {True: 0.02, False: 0.1}
"""Between two looks at the queues: while someone waits, and otherwise."""
COUNT_WORKERS_SECONDS = 1.0
TRIES = 2
"""A part that is not in the bucket as it was put there is made once more on the farm, and then at home."""
log = logging.getLogger("obbligato.farm")


class FarmEncoders:
    """The farm before the encoders of this machine; encoders.Encoders tells what each method promises."""

    def __init__(
        self,
        *,
        local: Encoders,
        tasks_url: str,
        storage_url: str,
        near: int = 0,
        pause_seconds: float = PAUSE_SECONDS,
        lost_seconds: float = LOST_SECONDS,
    ) -> None:
        """near: so many parts that someone waits for are encoded here at once before the farm is asked, for only
        here can the first bytes be read while the rest is made. Raises BadTasks, BadStorage.
        """
        self._local, self._near_limit, self._lost_seconds = local, near, lost_seconds
        self._queues, self._storage = Queues(tasks_url), Storage(storage_url)
        self._health = Health(pause_seconds=pause_seconds)
        self._guard = threading.Lock()
        self._errands: dict[str, Errand] = {}
        self._near: set[str] = set()
        self._notes: deque[Callable[[], None]] = deque()
        self._baggage: queue.PriorityQueue[tuple[int, int, Callable[[], None]]] = queue.PriorityQueue()
        self._uploads = Uploads(self._storage, on_fault=self._fall_ill)
        self._order = itertools.count()
        self._wake, self._closed = threading.Event(), threading.Event()
        self._moved_at = self._counted_at = 0.0
        self.counts: Counter[str] = Counter()
        """Parts since the start, by where they came from: "farm", "bucket" (nobody encoded anything), "home"."""
        runs = [self._run_messages, self._run_clock, *[self._run_carrier] * CARRIERS]
        self._threads = [threading.Thread(target=run, name="farm", daemon=True) for run in runs]
        for thread in self._threads:
            thread.start()

    @property
    def illness(self) -> str:
        """Why nothing is sent to the farm at the moment; empty when it is well."""
        return self._health.reason

    def put(self, job: Job, *, priority: int, on_news: OnNews) -> None:
        """Queue a job. Raises QueueFull."""
        if not isinstance(job, PartJob) or self.illness:
            return self._local.put(job, priority=priority, on_news=on_news)
        with self._guard:
            assert job.id not in self._errands, "one flight for each job"
            is_near = priority == WANTED_NOW and len(self._near) < self._near_limit
            if is_near:
                self._near.add(job.id)
                self.counts["home"] += 1
            elif len(self._errands) >= QUEUE_LIMIT:
                raise QueueFull("The store is encoding at its limit. Please try again soon.", retry_after_seconds=30)
            else:
                errand = self._errands[job.id] = Errand(job, priority, on_news, time.monotonic())
        if is_near:
            return self._put_near(job, on_news)
        return self._carry(errand, self._look_in_bucket)

    def hurry(self, job_id: str, *, priority: int) -> None:
        """Make a waiting job at least so urgent."""
        with self._guard:
            errand = self._errands.get(job_id)
            is_hurried = errand is not None and errand.hurry(priority, time.monotonic())
        if errand is None:
            self._local.hurry(job_id, priority=priority)
        elif is_hurried and errand.step == Step.LOOKING:
            self._carry(errand, self._look_in_bucket)
        elif is_hurried and errand.step == Step.UPLOADING and priority == WANTED_NOW:
            self._go_home(errand, "its master is not in the bucket yet")
        elif is_hurried and errand.step == Step.QUEUED:
            self._note(lambda: self._queues.hurry(job_id, priority=priority))

    def drop(self, job_id: str) -> bool:
        """Take a waiting job back."""
        with self._guard:
            errand = self._errands.get(job_id)
            is_dropped = errand is not None and errand.step < Step.BEGUN
            if is_dropped:
                del self._errands[job_id]
        if errand is not None:
            if is_dropped:
                self._note(lambda: self._forget(job_id))
            return is_dropped
        if is_dropped := self._local.drop(job_id):
            with self._guard:
                self._near.discard(job_id)
        return is_dropped

    def waiting(self) -> tuple[int, int, int]:
        """How many jobs wait at each priority, here and on the farm."""
        now, ahead, idle = self._local.waiting()
        with self._guard:
            priorities = [errand.priority for errand in self._errands.values() if errand.step < Step.BEGUN]
        return now + priorities.count(0), ahead + priorities.count(1), idle + priorities.count(2)

    def close(self) -> None:
        """End the threads, and the encoders at home; what is not done is forgotten."""
        self._closed.set()
        self._wake.set()
        with self._guard:
            self._errands.clear()
        for _ in range(CARRIERS):
            self._baggage.put((-1, next(self._order), lambda: None))
        self._uploads.close()
        for thread in self._threads:
            thread.join(timeout=END_SECONDS[WANTED_NOW])
        self._queues.close()
        self._local.close()

    # Coming home, and arriving -----------------------------------------------------------------------------

    def _put_near(self, job: Job, on_news: OnNews) -> None:
        def on_news_near(news: News) -> None:
            if not isinstance(news, Written):
                with self._guard:
                    self._near.discard(job.id)
            on_news(news)

        try:
            self._local.put(job, priority=WANTED_NOW, on_news=on_news_near)
        except Refused:
            with self._guard:
                self._near.discard(job.id)
            raise

    def _go_home(self, errand: Errand, why: str) -> None:
        """Let the encoders here do it, unless it is done or dropped already."""
        if not self._take(errand, "home"):
            return
        log.info("Part %s is encoded here: %s.", errand.job.id, why)
        try:
            self._local.put(errand.job, priority=errand.priority, on_news=errand.on_news)
        except QueueFull as refusal:
            errand.on_news(NotDone(Why.UNREACHABLE, str(refusal)))
        except Refused as refusal:
            errand.on_news(NotDone(Why.CRASHED, str(refusal)))
        if errand.step == Step.QUEUED:
            self._note(lambda: self._forget(errand.job.id))

    def _fall_ill(self, reason: str) -> None:
        self._health.fall_ill(reason)
        with self._guard:
            errands = list(self._errands.values())
        for errand in errands:
            self._go_home(errand, "the farm is not well")

    def _take(self, errand: Errand, origin: str) -> bool:
        """Whoever gets True settles this errand, and nobody else."""
        with self._guard:
            is_mine = self._errands.get(errand.job.id) is errand
            if is_mine:
                del self._errands[errand.job.id]
                self.counts[origin] += 1
        return is_mine

    def _is_current(self, errand: Errand) -> bool:
        return self._errands.get(errand.job.id) is errand

    # The clock: it touches no network, so that nothing can keep it from bringing parts home -----------------

    def _run_clock(self) -> None:
        while not self._closed.wait(CLOCK_SECONDS):
            try:
                self._bring_late_ones_home(time.monotonic())
            except Exception:
                log.exception("A part could not be brought home.")

    def _bring_late_ones_home(self, now: float) -> None:
        with self._guard:
            late = [(one, one.why_late(now, lost_seconds=self._lost_seconds)) for one in self._errands.values()]
        for errand, why in late:
            if why:
                waited, step = now - errand.urgent_since, errand.step
                self._go_home(errand, why)
                if step in {Step.LOOKING, Step.FETCHING}:
                    self._fall_ill("the bucket does not answer in time")
                elif step == Step.QUEUED and now - self._moved_at > waited:
                    self._fall_ill("no worker takes anything")

    # Carriers: between the bucket and this machine ----------------------------------------------------------

    def _carry(self, errand: Errand, how: Callable[[Errand], None]) -> None:
        self._baggage.put((errand.priority, next(self._order), lambda: how(errand)))

    def _run_carrier(self) -> None:
        while not self._closed.is_set():
            _, _, carry = self._baggage.get()
            try:
                carry()
                del carry  # While it waits for the next one, a thread keeps no rendition alive.
            except StorageFails as error:
                self._fall_ill(f"the bucket does not answer: {error}")
            except Exception:
                log.exception("A part could not be carried.")
                self._fall_ill("a fault; the log has more")

    def _look_in_bucket(self, errand: Errand) -> None:
        """Take the part where anybody had it made before; else see to the master, and queue."""
        if not self._is_current(errand) or errand.step != Step.LOOKING or self._arrives(errand, "bucket"):
            return None
        try:
            errand.master_key, sha256 = farm_task.master_key(errand.job.recipe.source)
            is_there = self._uploads.is_there(errand.master_key, errand.job.recipe.source, sha256)
        except OSError as error:
            return self._go_home(errand, f"its master cannot be read: {error}")
        if is_there:
            return self._queue(errand)
        errand.step = Step.UPLOADING
        self._uploads.begin(
            errand.master_key, errand.job.recipe.source, sha256, on_done=lambda: self._after_upload(errand)
        )
        if errand.priority == WANTED_NOW:
            self._go_home(errand, "its master is not in the bucket yet")
        return None

    def _after_upload(self, errand: Errand) -> None:
        if not self._uploads.is_known(errand.master_key):
            return self._go_home(errand, "its master could not be put into the bucket")
        return self._queue(errand)

    def _fetch(self, errand: Errand) -> None:
        """Bring a part that a worker has put into the bucket."""
        if not self._is_current(errand) or self._arrives(errand, "farm"):
            return None
        errand.tries += 1
        if errand.tries >= TRIES:
            return self._go_home(errand, "it is not in the bucket as it was put there")
        self._note(lambda: self._queues.forget(errand.job.id))
        return self._queue(errand)

    def _arrives(self, errand: Errand, origin: str) -> bool:
        """Fetch the part and tell whoever waits. False when it is not there, or was altered: then it is removed."""
        job = errand.job
        arrived = job.target.with_name(f"{job.target.name}.{next(self._order)}.growing")
        seconds = errand.urgent_since + END_SECONDS[errand.priority] - time.monotonic()
        try:
            self._storage.fetch(farm_task.part_key(job), arrived, seconds=max(1.0, seconds))
            Part.open(arrived).close()
            if self._take(errand, origin):
                arrived.replace(job.target)
                self._moved_at = time.monotonic()
                errand.on_news(Done(errand.work_seconds))
        except NotThere:
            return False
        except (Altered, Damaged) as error:
            log.error("Part %s is made again: %s", job.id, error)
            self._storage.remove(farm_task.part_key(job))
            return False
        except OSError as error:  # The encoders here will say what is to be said of this disk.
            self._go_home(errand, f"it cannot be kept: {error}")
        finally:
            arrived.unlink(missing_ok=True)
        return True

    # Messages: between the queues and this machine -----------------------------------------------------------

    def _note(self, message: Callable[[], None]) -> None:
        self._notes.append(message)
        self._wake.set()

    def _queue(self, errand: Errand) -> None:
        # The note first: an errand that is queued is looked for in Redis.
        self._note(lambda: self._send(errand))
        errand.step = Step.QUEUED

    def _send(self, errand: Errand) -> None:
        if self._is_current(errand):
            order = farm_task.order_for(errand.job, master_key=errand.master_key)
            self._queues.put(errand.job.id, order, priority=errand.priority)

    def _forget(self, job_id: str) -> None:
        if job_id not in self._errands:  # It was not asked for again meanwhile.
            self._queues.forget(job_id)

    def _run_messages(self) -> None:
        while not self._closed.is_set():
            try:
                if self._health.is_due():
                    self._ask_again()
                elif not self.illness:
                    self._exchange()
            except QueuesFail as error:
                self._fall_ill(f"Redis does not answer: {error}")
            except (StorageFails, NotThere) as error:
                self._fall_ill(f"the bucket does not answer: {error}")
            except Exception:
                log.exception("The queues could not be asked.")
                self._fall_ill("a fault; the log has more")
            self._wake.wait(self._look_seconds())
            self._wake.clear()

    def _look_seconds(self) -> float:
        with self._guard:
            is_anyone_waiting = any(errand.priority == WANTED_NOW for errand in self._errands.values())
        return LOOK_SECONDS[is_anyone_waiting]

    def _ask_again(self) -> None:
        """Neither a sale nor a reader is ever the one who tries out whether the farm is back."""
        workers = self._queues.workers()
        self._storage.ping()
        if workers:
            self._moved_at = time.monotonic()
            self._health.recover(workers)
        else:
            self._health.fall_ill("no worker is on the farm")

    def _exchange(self) -> None:
        while self._notes:
            self._notes.popleft()()
        with self._guard:
            errands = [one for one in self._errands.values() if one.step in {Step.QUEUED, Step.BEGUN}]
        if errands:
            for errand, seen in zip(errands, self._queues.look([one.job.id for one in errands]), strict=True):
                self._take_in(errand, seen)
        if time.monotonic() - self._counted_at > COUNT_WORKERS_SECONDS:
            self._counted_at = time.monotonic()
            if not self._queues.workers():
                self._fall_ill("no worker is on the farm")

    def _take_in(self, errand: Errand, seen: Seen) -> None:
        match seen.status:
            case "queued" | "scheduled" | "created" | "deferred":
                errand.step = Step.QUEUED
            case "started":
                if errand.step != Step.BEGUN:
                    self._moved_at = time.monotonic()
                errand.feel(seen.beat, time.monotonic())
            case "finished":
                self._moved_at = time.monotonic()
                self._take_result(errand)
            case "":  # Another web node has dropped it, and we still want it.
                self._queue(errand)
            case _:
                self._go_home(errand, "the farm failed on it")

    def _take_result(self, errand: Errand) -> None:
        result = self._queues.result(errand.job.id)
        if "refused" not in result:
            errand.step, errand.work_seconds = Step.FETCHING, float(result.get("seconds", 0.0))
            return self._carry(errand, self._fetch)
        sentence = str(result.get("sentence", ""))
        self._go_home(errand, f"a worker refused it. {sentence}")
        if result["refused"] in {"build", "storage"}:
            self._fall_ill(sentence)
        elif result["refused"] == "master":
            self._uploads.forget(errand.master_key)
        return None
