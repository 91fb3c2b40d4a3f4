"""Whatever happens to the processes that check files: a clear refusal, no waiting for ever, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from obbligato.audio import answering
from obbligato.audio.errors import AudioRefused, Damaged, NotAudio
from obbligato.audio.inspecting import Inspector
from obbligato.audio.masters import Inspection, inspect
from tests import waiting
from tests.audio import makers
from tests.pids import children_of, is_running

SOURCE = str(Path(__file__).parents[2] / "src")
PATIENCE_SECONDS = 60.0
LONG_SAMPLES = 60_000_000
until = partial(waiting.until, seconds=PATIENCE_SECONDS, pause_seconds=0.01)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="It looks at processes in /proc.")


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    with Inspector() as made:
        yield made


@pytest.fixture
def master(tmp_path: Path) -> Path:
    return makers.write_master(tmp_path, "flac", makers.sine(samples=50_000))


@pytest.fixture(scope="module")
def long_master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough that somebody can look at the child that decodes it."""
    return makers.write_master(tmp_path_factory.mktemp("long"), "flac", makers.silence(samples=LONG_SAMPLES))


def test_many_files_are_inspected_by_one_server_in_one_thread(inspector: Inspector, master: Path) -> None:
    expected = inspect(master)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: inspector.inspect(master), range(12))) == [expected] * 12
    server = inspector.server_pid
    assert server is not None
    assert inspector.inspect(master) == expected
    assert inspector.server_pid == server
    assert len(list(Path(f"/proc/{server}/task").iterdir())) == 1
    assert children_of(server) == []


def test_nothing_is_started_without_a_file_and_nothing_stays_behind(master: Path) -> None:
    with Inspector() as inspector:
        assert inspector.server_pid is None
        inspector.inspect(master)
        server = inspector.server_pid
        assert server is not None
    assert inspector.server_pid is None
    assert not is_running(server)


def test_a_refusal_does_not_end_the_server(inspector: Inspector, master: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.flac"
    letter.write_text("Dear listener")
    for _ in range(2):
        with pytest.raises(NotAudio, match="not audio"):
            inspector.inspect(letter)
    assert inspector.inspect(master).facts.samples == 50_000


def test_a_name_that_is_no_text_is_found(inspector: Inspector, master: Path, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n\xe9.flac"))
    master.rename(odd)
    assert inspector.inspect(odd).facts.samples == 50_000


def test_a_killed_child_is_a_damaged_file_and_the_next_file_is_checked(
    inspector: Inspector, long_master: Path, master: Path
) -> None:
    with pytest.raises(Damaged, match="made the decoder stop"):
        while_inspecting(inspector, long_master, lambda _, child: os.kill(child, signal.SIGKILL))
    assert inspector.inspect(master).facts.samples == 50_000


def test_a_time_out_stops_the_child(inspector: Inspector, long_master: Path, master: Path) -> None:
    inspector.inspect(master)
    with pytest.raises(AudioRefused, match=r"longer than 0\.2 seconds"):
        inspector.inspect(long_master, timeout_seconds=0.2)
    server = inspector.server_pid
    assert server is not None
    until(lambda: children_of(server) == [])
    assert inspector.inspect(master).facts.samples == 50_000


def test_a_memory_limit_is_each_childs_own(inspector: Inspector, master: Path) -> None:
    with pytest.raises(Damaged):
        inspector.inspect(master, memory_bytes=64 << 20)
    assert inspector.inspect(master).facts.samples == 50_000


def test_a_killed_server_takes_its_children_along_and_the_file_is_checked_by_a_new_one(
    inspector: Inspector, long_master: Path, master: Path
) -> None:
    killed: list[int] = []

    def kill(server: int, child: int) -> None:
        killed.append(child)
        os.kill(server, signal.SIGKILL)

    assert while_inspecting(inspector, long_master, kill).facts.samples == LONG_SAMPLES
    until(lambda: not is_running(killed[0]))
    assert inspector.inspect(master).facts.samples == 50_000


def test_a_server_that_is_killed_again_and_again_is_a_refusal(inspector: Inspector, long_master: Path) -> None:
    def kill_twice(server: int, _: int) -> None:
        os.kill(server, signal.SIGKILL)
        until(lambda: inspector.server_pid not in {None, server} and children_of(inspector.server_pid) != [])
        assert inspector.server_pid is not None
        os.kill(inspector.server_pid, signal.SIGKILL)

    with pytest.raises(AudioRefused, match="was stopped"):
        while_inspecting(inspector, long_master, kill_twice)


def test_a_server_that_hangs_is_a_time_out_and_is_killed_in_the_end(master: Path) -> None:
    with Inspector() as inspector:
        inspector.inspect(master)
        server = inspector.server_pid
        assert server is not None
        os.kill(server, signal.SIGSTOP)
        with pytest.raises(AudioRefused, match="longer than"):
            inspector.inspect(master, timeout_seconds=0.3)
    assert not is_running(server)


def test_a_killed_importer_leaves_no_process_behind(long_master: Path) -> None:
    program = (
        "import sys, threading, time\nfrom pathlib import Path\nfrom obbligato.audio.inspecting import Inspector\n"
        "inspector = Inspector()\n"
        "threading.Thread(target=inspector.inspect, args=(Path(sys.argv[1]),), daemon=True).start()\n"
        "while inspector.server_pid is None: time.sleep(0.01)\n"
        "print(inspector.server_pid, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(long_master)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": SOURCE},
    ) as importer:
        assert importer.stdout is not None
        server = int(importer.stdout.readline())
        until(lambda: children_of(server) != [])
        child = children_of(server)[0]
        importer.kill()
    until(lambda: not is_running(server) and not is_running(child))


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{}", b"[]", b"3", b"\xff\xfe", b"[" * 9000, b'{"refused": ["OSError", "x"]}', b'{"refused": [[], 1]}',
     b'{"inspection": 3}', b'{"inspection": {"facts": {}}}', b'{"refused": ["Damaged"]}', b'{"inspection": null}'],
)  # fmt: skip
def test_garbage_in_place_of_an_answer_is_a_damaged_file(garbage: bytes) -> None:
    with pytest.raises(Damaged, match="made the decoder stop"):
        answering.understood(garbage)


def test_answers_survive_their_journey(master: Path) -> None:
    assert answering.understood(answering.inspected(inspect(master))) == inspect(master)
    with pytest.raises(NotAudio, match="a letter"):
        answering.understood(answering.refused(NotAudio("It is a letter.")))


def test_an_order_that_makes_no_sense_ends_one_child_only() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "obbligato.audio.forking", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": SOURCE},
        )
        theirs.close()
        for order in (b"nonsense", b"{}", b'{"path": 3}', b"[" * 9000):
            line, end = socket.socketpair()
            with line, end:
                line.sendall(order)
                socket.send_fds(ours, [b"+"], [end.fileno()])
                end.close()
                line.settimeout(PATIENCE_SECONDS)
                assert line.recv(100) == b"{}"
        ours.close()
        assert server.wait(PATIENCE_SECONDS) == 0


def while_inspecting(inspector: Inspector, path: Path, act: Callable[[int, int], None]) -> Inspection:
    """Inspect a file, and act on the server and the child while the child runs; gives or raises what inspect does."""
    with ThreadPoolExecutor(1) as pool:
        inspection = pool.submit(inspector.inspect, path)
        until(lambda: inspector.server_pid is not None and children_of(inspector.server_pid) != [])
        server = inspector.server_pid
        assert server is not None
        act(server, children_of(server)[0])
        return inspection.result(PATIENCE_SECONDS)
