"""The encoder process dies, starves and fails to start; readers only wait longer, and the bytes stay the same."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from obbligato.audio.formats import Format
from obbligato.encoding import metrics, self_test
from obbligato.encoding.encoders import WANTED_NOW, WHEN_IDLE, PartJob, QueueFull, to_json
from obbligato.encoding.processes import ProcessEncoders
from obbligato.encoding.refusing import CannotEncode, NoEncoders, NoRoom
from obbligato.encoding.renditions import Rendition, rendition_of
from tests.encoding.makers import a_master, engine_of, parts_of, serial_bytes
from tests.pids import is_running
from tests.waiting import until

MP3, WAV, V0 = Format.parse("mp3-320"), Format.parse("wav"), Format.parse("mp3-v0")


@pytest.fixture
def encoders(tmp_path: Path) -> Iterator[ProcessEncoders]:
    encoders = ProcessEncoders(threads=2)
    with engine_of(encoders, tmp_path):
        yield encoders


def kill(encoders: ProcessEncoders) -> int:
    """Kill the process as an operator or the system would; its number."""
    pid = encoders.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: encoders.pid != pid, what="the next start")
    return pid


FAULTY = """
import sys, time
from obbligato.audio import encoding
encode_part = encoding.encode_part
def faulty(recipe, index, target, **others):
    while recipe.source.with_suffix(".stuck").exists():
        time.sleep(0.01)
    return encode_part(recipe, index, target, **others)
encoding.encode_part = faulty
from obbligato.encoding.process import main
main(sys.argv[1:])
"""
FAULTY_COMMAND = (sys.executable, "-P", "-c", FAULTY)
"""The encoder process with a fault planted: a master with a mark beside it never comes to an end."""


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[ProcessEncoders]:
    encoders = ProcessEncoders(threads=2, command=FAULTY_COMMAND)
    with engine_of(encoders, tmp_path):
        yield encoders


def stuck(seed: int) -> tuple[Rendition, Path]:
    """A rendition whose encode never ends in a faulty process, as long as the mark stands beside its master."""
    master = a_master(seconds=3, seed=seed)
    mark = master.file.with_suffix(".stuck")
    mark.touch()
    return rendition_of(master, MP3), mark


class TestBytes:
    def test_the_process_gives_the_same_bytes_as_one_thread(self, encoders: ProcessEncoders) -> None:
        assert parts_of(rendition_of(a_master(), MP3)) == serial_bytes("mp3-320")
        assert parts_of(rendition_of(a_master(), V0)) == serial_bytes("mp3-v0")

    def test_killed_in_the_middle_of_a_part_it_starts_again_and_the_bytes_are_the_same(
        self, encoders: ProcessEncoders
    ) -> None:
        restarts = metrics.encoder_restarts._value.get()
        rendition = rendition_of(a_master(), MP3)
        wants = [rendition.ask(index) for index in range(3)]
        until(lambda: wants[0].written or wants[1].written, what="the first byte")
        reader = wants[0] if wants[0].written else wants[1]
        first = reader.read(0, 10_000)
        assert not reader.is_done
        kill(encoders)
        for want in wants:
            want.wait(60)
        read = [want.read(0, 1 << 30) for want in wants]
        assert b"".join(read) == serial_bytes("mp3-320")
        assert read[reader.index].startswith(first)
        assert metrics.encoder_restarts._value.get() == restarts + 1

    def test_killed_while_it_rests_it_is_there_for_the_next(self, encoders: ProcessEncoders) -> None:
        until(lambda: encoders.pid, what="the start")
        kill(encoders)
        want = rendition_of(a_master(), WAV).ask(0)
        want.wait(60)
        assert want.read(0, 1 << 30) == serial_bytes("wav")[: want.written]


class TestCrashes:
    def test_a_job_that_kills_it_twice_is_refused_and_the_others_go_on(self, faulty: ProcessEncoders) -> None:
        poison, _ = stuck(901)
        bad = poison.ask(0)
        healthy = rendition_of(a_master(), WAV)
        good = [healthy.ask(index) for index in range(3)]
        for want in good:
            want.wait(60)
        while bad.refusal is None:
            until(lambda: bad.refusal or is_begun(faulty, poison), what="the bad job's turn")
            if bad.refusal is None:
                kill(faulty)
        assert isinstance(bad.refusal, CannotEncode)
        with pytest.raises(CannotEncode):
            poison.ask(0)
        later = rendition_of(a_master(), V0).ask(0)
        later.wait(60)
        assert later.is_done

    def test_who_only_stood_beside_the_crash_is_not_blamed(self, faulty: ProcessEncoders) -> None:
        (one, mark), (other, other_mark) = stuck(902), stuck(903)
        wants = [one.ask(0), other.ask(0)]
        until(lambda: is_begun(faulty, one) and is_begun(faulty, other), what="both")
        kill(faulty)
        until(lambda: is_begun(faulty, one) != is_begun(faulty, other), what="one of them alone")
        kill(faulty)
        assert [want.refusal for want in wants] == [None, None]
        mark.unlink()
        other_mark.unlink()
        for want in wants:
            want.wait(60)
            assert want.is_done

    def test_a_process_that_cannot_start_is_said_and_not_tried_for_ever_at_once(self, tmp_path: Path) -> None:
        command = (sys.executable, "-S", "-c", "raise SystemExit(3)")
        dying = ProcessEncoders(threads=1, command=command, first_pause_seconds=0.01)
        with engine_of(dying, tmp_path):
            want = rendition_of(a_master(), WAV).ask(0)
            with pytest.raises(NoEncoders) as refused:
                want.wait(60)
            assert (refused.value.status, refused.value.retry_after_seconds) == (503, 30)

    def test_a_process_that_talks_nonsense_when_it_dies_is_not_listened_to(self, tmp_path: Path) -> None:
        words = "import os,sys; os.write(int(sys.argv[1]), b'{\"written\": 99')"
        dying = ProcessEncoders(threads=1, command=(sys.executable, "-S", "-c", words), first_pause_seconds=0.01)
        with engine_of(dying, tmp_path):
            want = rendition_of(a_master(), WAV).ask(0)
            with pytest.raises(NoEncoders):
                want.wait(60)
            assert want.written == 0

    def test_a_process_that_dies_as_soon_as_it_is_there_is_not_started_again_at_full_speed(
        self, tmp_path: Path
    ) -> None:
        words = """import os,sys; os.write(int(sys.argv[1]), b'{"ready": 1}\\n')"""
        restarts = metrics.encoder_restarts._value.get()
        dying = ProcessEncoders(threads=1, command=(sys.executable, "-S", "-c", words))
        with engine_of(dying, tmp_path):
            until(lambda: metrics.encoder_restarts._value.get() == restarts + 2, what="the second death")
            assert dying._failed_starts == 2

    def test_a_process_that_speaks_in_riddles_is_started_again(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        words = """import os,sys; os.write(int(sys.argv[1]), b'{"done": 1, "id": "never given"}\\n')"""
        restarts = metrics.encoder_restarts._value.get()
        strange = ProcessEncoders(threads=1, command=(sys.executable, "-S", "-c", words))
        with engine_of(strange, tmp_path):
            until(lambda: metrics.encoder_restarts._value.get() == restarts + 2, what="the second death")
        assert "was not understood" in caplog.text


class TestFullDisk:
    def test_a_disk_that_fills_up_in_the_middle_of_a_part_leaves_nothing_and_the_next_try_works(
        self, encoders: ProcessEncoders, tmp_path: Path
    ) -> None:
        rendition = rendition_of(a_master(), MP3)
        until(lambda: encoders.pid, what="the start")
        assert encoders.pid is not None
        before = resource.prlimit(encoders.pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        wants = [rendition.ask(index) for index in range(3)]
        for want in wants:
            with pytest.raises(NoRoom, match="full") as refused:
                want.wait(60)
            assert (refused.value.status, refused.value.retry_after_seconds) == (503, 600)
        left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
        assert left == []
        resource.prlimit(encoders.pid, resource.RLIMIT_FSIZE, before)
        assert parts_of(rendition) == serial_bytes("mp3-320")


class TestQueue:
    def test_the_process_is_given_little_so_that_what_waits_can_be_dropped_and_overtaken(self, tmp_path: Path) -> None:
        silent = ProcessEncoders(threads=1, limit=6, command=(sys.executable, "-c", LISTEN))
        with engine_of(silent, tmp_path):
            wav, mp3, v0 = (rendition_of(a_master(seconds=45, seed=5), one) for one in (WAV, MP3, V0))
            idle = [wav.ask(index, priority=WHEN_IDLE) for index in range(5)]
            until(lambda: len(silent._given) == 3, what="giving")
            assert silent.waiting() == (0, 0, 5)
            idle[4].let_go()
            assert silent.waiting() == (0, 0, 4)
            urgent = mp3.ask(0, priority=WANTED_NOW)
            assert urgent.rendition.recipe.identity in "".join(silent._given)
            assert len(silent._given) == 4
            wav.ask(3, priority=WANTED_NOW)
            assert len(silent._given) == 5
            first = [v0.ask(index) for index in range(5)] + [mp3.ask(1), mp3.ask(2)]  # One is given, six may wait.
            with pytest.raises(QueueFull):
                mp3.ask(3)
            assert not any(want.is_done for want in first)


LISTEN = "import socket,sys; socket.socket(fileno=int(sys.argv[1])).makefile().read()"


class TestProcess:
    def test_it_knows_no_django_and_is_small(self) -> None:
        code = (
            "import sys, obbligato.encoding.process;"
            "print([name for name in sys.modules if name.startswith('django')]);"
            "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')))"
        )
        ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
        django, kilobytes = ran.stdout.splitlines()
        assert django == "[]"
        assert int(kilobytes) < 60_000

    def test_it_ends_at_once_when_nobody_is_there_whatever_it_does(self, tmp_path: Path) -> None:
        rendition, _ = stuck(904)
        ours, theirs = socket.socketpair()
        command = [*FAULTY_COMMAND, str(theirs.fileno()), "1"]
        with theirs, subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process:
            theirs.close()
            job = PartJob("x-0", rendition.recipe, 0, tmp_path / "x")
            with ours, ours.makefile("rb") as lines:
                ours.sendall(json.dumps({"put": to_json(job), "priority": 0}).encode() + b"\n")
                assert next(message for message in map(json.loads, lines) if "begun" in message) == {"begun": "x-0"}
            assert process.wait(30) == 0

    def test_it_ends_when_the_process_that_started_it_is_killed(self, tmp_path: Path) -> None:
        code = (
            "import sys, time; from obbligato.encoding.processes import ProcessEncoders; "
            "one = ProcessEncoders(threads=1)\nwhile not one.is_ready: time.sleep(0.01)\n"
            "print(one.pid, flush=True); time.sleep(600)"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            parent.kill()
        until(lambda: not is_running(pid), what="the end of the encoder process")

    def test_it_lets_pages_go_first(self, encoders: ProcessEncoders) -> None:
        want = rendition_of(a_master(), WAV).ask(0)
        want.wait(60)
        assert encoders.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, encoders.pid) >= 10

    def test_its_lame_is_measured_and_a_slow_one_is_told(self, encoders: ProcessEncoders) -> None:
        metrics.self_test_speed.set(0)
        until(lambda: metrics.self_test_speed._value.get() > 0, what="the self-test")
        assert self_test.lame_times_realtime() > 5

    def test_closing_ends_it(self, tmp_path: Path) -> None:
        encoders = ProcessEncoders(threads=1)
        until(lambda: encoders.pid, what="the start")
        pid = encoders.pid
        encoders.close()
        assert pid is not None
        until(lambda: not is_running(pid), what="the end")


def is_begun(encoders: ProcessEncoders, rendition: Rendition) -> bool:
    """Whether a part of that rendition is under way in the process."""
    given = list(encoders._given.items())
    return any(job_id.startswith(rendition.recipe.identity) and errand.is_begun for job_id, errand in given)
