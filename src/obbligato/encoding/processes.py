"""Gives jobs to one encoder process beside this one, and starts it again when it dies. It encodes nothing itself.

What waits is kept here, so that priorities, drops and a death cost the process nothing: it is given only what its
threads begin next. When it dies, every job that it had begun is under suspicion and done again, each alone; one
that kills it alone a second time is refused for good, the others have only waited a little longer.
"""

import contextlib
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from obbligato.audio.essence import growing_path
from obbligato.encoding import metrics
from obbligato.encoding.encoders import (
    QUEUE_LIMIT,
    Done,
    Job,
    News,
    NotDone,
    OnNews,
    Why,
    Written,
    to_json,
)
from obbligato.encoding.refusing import CannotEncode
from obbligato.encoding.self_test import TOO_SLOW
from obbligato.encoding.waiting import Waiting
from obbligato.kernel.sentences import Sentence

COMMAND = (sys.executable, "-P", "-m", "obbligato.encoding.process")
READY_NEXT = 2
"""Jobs in the process that no thread has begun yet, so that none stands still between two."""
DEATHS_OF_ONE = 2
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 30.0
STARTS_BEFORE_REFUSING = 4
HEALTHY_SECONDS = 10.0
"""A process that ends earlier, and has begun nothing, counts as one that could not be started."""
CLOSE_SECONDS = 2.0
CRASHED_SENTENCE = Sentence("The encoder failed on this track.")
log = logging.getLogger("obbligato.encoding")


@dataclass(eq=False)
class _Errand:
    """A job and who is told of it."""

    job: Job
    priority: int
    on_news: OnNews
    is_begun: bool = False
    is_suspect: bool = False


class ProcessEncoders:
    """One process with so many threads, started at once and for ever; encoders.Encoders tells the rest."""

    def __init__(
        self,
        *,
        threads: int,
        limit: int = QUEUE_LIMIT,
        command: Sequence[str] = COMMAND,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        """command is the process, to which the number of its socket and of its threads are added."""
        self._threads, self._command, self._first_pause_seconds = threads, command, first_pause_seconds
        self._guard = threading.Lock()
        self._waiting: Waiting[_Errand] = Waiting(limit=limit)
        self._given: dict[str, _Errand] = {}
        self._suspects: deque[_Errand] = deque()
        self._deaths: Counter[str] = Counter()
        self._connection: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.is_ready = False
        """Whether the process of the moment has said that it is there."""
        self._failed_starts = 0
        self._closed = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="encoder-process", daemon=True)
        self._supervisor.start()

    @property
    def pid(self) -> int | None:
        """The process at the moment, or the last one."""
        process = self._process
        return process.pid if process is not None else None

    def put(self, job: Job, *, priority: int, on_news: OnNews) -> None:
        """Queue a job. Raises QueueFull, or CannotEncode for one that has killed the process twice."""
        with self._guard:
            if self._deaths[job.id] >= DEATHS_OF_ONE:
                raise CannotEncode(CRASHED_SENTENCE)
            assert job.id not in self._given, "one flight for each job"
            self._waiting.put(job.id, _Errand(job, priority, on_news), priority=priority)
            self._give()

    def hurry(self, job_id: str, *, priority: int) -> None:
        """Make a waiting job at least so urgent."""
        with self._guard:
            self._waiting.hurry(job_id, priority=priority)
            if job_id in self._given:
                self._given[job_id].priority = min(priority, self._given[job_id].priority)
                self._send({"hurry": job_id, "priority": priority})
            self._give()

    def drop(self, job_id: str) -> bool:
        """Take a waiting job back."""
        with self._guard:
            suspect = next((one for one in self._suspects if one.job.id == job_id), None)
            if suspect is not None:
                self._suspects.remove(suspect)
            return suspect is not None or self._waiting.drop(job_id)

    def waiting(self) -> tuple[int, int, int]:
        """How many jobs wait at each priority, here and in the process."""
        with self._guard:
            now, ahead, idle = self._waiting.counts()
            others = [one.priority for one in self._given.values() if not one.is_begun]
            others += [one.priority for one in self._suspects]
        return now + others.count(0), ahead + others.count(1), idle + others.count(2)

    def close(self) -> None:
        """End the process; what is not done is forgotten."""
        with self._guard:
            self._closed.set()
            self._waiting.drain()
            self._suspects.clear()
            if self._connection is not None:
                with contextlib.suppress(OSError):  # It has just died by itself.
                    self._connection.shutdown(socket.SHUT_RDWR)
        self._supervisor.join(CLOSE_SECONDS)

    def _supervise(self) -> None:
        while not self._closed.is_set():
            started = time.monotonic()
            try:
                ours = self._start()
                for line in ours.makefile("rb"):
                    self._hear(line)
            except OSError as error:
                log.warning("The encoder process could not be started or heard: %s", error)
            except Exception:  # Without this thread nothing would ever be encoded again.
                log.exception("The encoder process was not understood, and is started anew.")
            if time.monotonic() - started > HEALTHY_SECONDS:
                self._failed_starts = 0
            self._bury()
            if not self._closed.is_set():
                metrics.encoder_restarts.inc()
                pause_seconds = self._first_pause_seconds * 4**self._failed_starts if self._failed_starts else 0.0
                self._closed.wait(min(pause_seconds, LONGEST_PAUSE_SECONDS))

    def _start(self) -> socket.socket:
        self.is_ready = False
        self._failed_starts += 1  # Until it has begun something.
        ours, theirs = socket.socketpair()
        with theirs:
            command = [*self._command, str(theirs.fileno()), str(self._threads)]
            try:
                process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
            except OSError:
                ours.close()
                raise
        with self._guard:
            self._process = process
            self._connection = ours
            if self._closed.is_set():
                ours.shutdown(socket.SHUT_RDWR)
            self._give()
        return ours

    def _hear(self, line: bytes) -> None:
        """One message of the process."""
        try:
            message = json.loads(line)
        except ValueError:
            return  # It died in the middle of a word.
        if "ready" in message:
            self.is_ready = True
        elif "speed" in message:
            _note_speed(message["speed"])
        elif "begun" in message:
            self._failed_starts = 0
            with self._guard:
                self._given[message["begun"]].is_begun = True
                self._give()
        else:
            self._pass_on(message["id"], _as_news(message))

    def _pass_on(self, job_id: str, news: News) -> None:
        with self._guard:
            errand = self._given[job_id]
            if not isinstance(news, Written):
                del self._given[job_id]
                del self._deaths[job_id]
                self._give()
        _tell(errand, news)

    def _give(self) -> None:
        """Send the process what it should do next. The guard is held."""
        if self._connection is None:
            return
        if self._suspects:
            if not self._given:
                self._give_one(self._suspects.popleft())
            return
        if any(one.is_suspect for one in self._given.values()):
            return  # A suspect is alone in there, so that its death would be its own doing.
        while (found := self._waiting.most_urgent()) is not None:
            job_id, priority = found
            as_urgent = sum(one.priority <= priority for one in self._given.values())
            if as_urgent >= self._threads + READY_NEXT:
                return
            errand = self._waiting.take(job_id)
            errand.priority = priority
            self._give_one(errand)

    def _give_one(self, errand: _Errand) -> None:
        errand.is_begun = False
        self._given[errand.job.id] = errand
        self._send({"put": to_json(errand.job), "priority": errand.priority})

    def _send(self, message: dict[str, Any]) -> None:
        if self._connection is None:
            return
        try:
            self._connection.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            log.debug("The encoder process does not listen any more; its end will be noticed.")

    def _bury(self) -> None:
        """Sort what a dead process leaves behind: what it had begun is done again alone, the rest as before."""
        process = self._process
        if process is not None:
            process.kill()  # Before its files are removed: it may still write, where only the line has failed.
            process.wait()
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            given, self._given = list(self._given.values()), {}
            begun = [one for one in given if one.is_begun]
            for errand in given:
                if not errand.is_begun:
                    self._waiting.put_back(errand.job.id, errand, priority=errand.priority)
            guilty = self._judge(begun)
            refused = self._give_up() if self._failed_starts >= STARTS_BEFORE_REFUSING else []
        if process is not None and not self._closed.is_set():
            log.warning("The encoder process ended (%s) with %d jobs begun.", process.returncode, len(begun))
        for errand in guilty:
            log.error("Job %s has killed the encoder process twice and is refused.", errand.job.id)
            _tell(errand, NotDone(Why.CRASHED, CRASHED_SENTENCE))
        for errand in refused:
            _tell(
                errand, NotDone(Why.UNREACHABLE, Sentence("The store's encoders do not start. Please try again later."))
            )
        for errand in begun:
            if errand not in guilty:
                _tell(errand, Written(0))

    def _give_up(self) -> list[_Errand]:
        """Everything that waits, for a process that does not start."""
        refused = [*self._suspects, *self._waiting.drain()]
        self._suspects.clear()
        return refused

    def _judge(self, begun: list[_Errand]) -> list[_Errand]:
        """Which of the jobs that were under way have killed for certain; the others are suspects from now on."""
        for errand in begun:
            growing_path(errand.job.target).unlink(missing_ok=True)
        if len(begun) == 1:
            self._deaths[begun[0].job.id] += 1
        guilty = [one for one in begun if self._deaths[one.job.id] >= DEATHS_OF_ONE]
        for errand in begun:
            errand.is_suspect = errand not in guilty
        self._suspects.extend(one for one in begun if one.is_suspect)
        return guilty


def _tell(errand: _Errand, news: News) -> None:
    try:
        errand.on_news(news)
    except Exception:  # Whoever is told made a mistake; the next job is another's.
        log.exception("News of job %s were not taken.", errand.job.id)


def _as_news(message: dict[str, Any]) -> News:
    if "written" in message:
        return Written(message["written"])
    if "done" in message:
        return Done(message["done"])
    return NotDone(Why(message["refused"]), message["sentence"])


def _note_speed(times_realtime: float) -> None:
    metrics.self_test_speed.set(times_realtime)
    if times_realtime < TOO_SLOW:
        log.warning(
            "LAME encodes only %.0f times as fast as the music plays (expected: %.0f and more). "
            "docs/operating.md tells how to get the fast one.",
            times_realtime,
            TOO_SLOW,
        )
    else:
        log.info("The encoders are ready: LAME at %.0f times real time.", times_realtime)
