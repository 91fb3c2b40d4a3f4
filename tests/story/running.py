"""A real store in a process of its own, with a folder of its own: started, asked, stopped and killed by tests."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx

OBBLIGATO = [sys.executable, "-m", "obbligato.config.cli"]
PATIENCE_SECONDS = 60
SOURCE = str(Path(__file__).parents[2] / "src")


class RunningStore:
    """One store: `command` runs a verb of it, `start` opens it at `url`."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **os.environ,
            "OBBLIGATO_DATA": str(folder),
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "PYTHONPATH": SOURCE,
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str, expect: int = 0) -> str:
        """Run a subcommand and return what it printed; its exit status must be as expected."""
        done = subprocess.run(
            [*OBBLIGATO, *words], env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == expect, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Open the store and wait until it answers."""
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*OBBLIGATO, "serve"], env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            assert self._process.poll() is None, (self.folder / "serve.log").read_text()
            try:
                if httpx.get(f"{self.url}/help", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "serve.log").read_text())

    @property
    def pid(self) -> int:
        """The process that was started; its workers are its children."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> float:
        """Ask it to stop, as a system does; returns the seconds it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        took = time.monotonic() - began
        self._process = None
        return took

    def kill(self) -> None:
        """Pull the plug on every process of it."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(PATIENCE_SECONDS)
            self._process = None


@contextmanager
def a_store(database_name: str) -> Iterator[RunningStore]:
    """A store that is not started yet; on the PostgreSQL server of the run where there is one.

    Its tables are a copy: to make them takes ten times as long.
    """
    with _a_copy(database_name, *_an_empty_one()) as store:
        yield store


@contextmanager
def a_stocked_store(database_name: str) -> Iterator[RunningStore]:
    """The same with the music of the stories in it (label.write_story_label)."""
    with _a_copy(database_name, *_a_stocked_one()) as store:
        yield store


@cache
def _an_empty_one() -> tuple[Path, str]:
    """The folder of a store that nobody has used, and the name of its database; once for each process of the tests."""
    with tempfile.TemporaryDirectory(prefix="obbligato-tables-") as folder:
        like = Path(folder), _tables_in(Path(folder))
        return _kept("empty", lambda store: store.command("serve", "--prepare-only"), like)


def _tables_in(folder: Path) -> str:
    """The tables of the tests, as tables.put_into() gives them; a measurement, which has none, makes its own."""
    if "OBBLIGATO_TESTS" not in os.environ:
        return "template1"
    from tests import tables

    return tables.put_into(folder)


@cache
def _a_stocked_one() -> tuple[Path, str]:
    """The same once it has imported a label."""
    from tests.story.label import write_story_label

    def stock(store: RunningStore) -> None:
        with tempfile.TemporaryDirectory(prefix="obbligato-label-") as folder:
            store.command("import", str(write_story_label(Path(folder))))

    return _kept("stocked", stock, _an_empty_one())


def _kept(name: str, fill: Callable[[RunningStore], object], like: tuple[Path, str]) -> tuple[Path, str]:
    open_to_the_end = ExitStack()
    atexit.register(open_to_the_end.close)
    folder = Path(open_to_the_end.enter_context(tempfile.TemporaryDirectory(prefix=f"obbligato-{name}-")))
    shutil.copytree(like[0], folder, dirs_exist_ok=True)
    database = f"{name}_{os.getpid()}"
    url = open_to_the_end.enter_context(_a_database(database, like=like[1]))
    fill(RunningStore(folder, url))
    return folder, database


@contextmanager
def _a_copy(database_name: str, folder: Path, database: str) -> Iterator[RunningStore]:
    with tempfile.TemporaryDirectory(prefix="obbligato-store-") as copied:
        shutil.copytree(folder, copied, dirs_exist_ok=True)
        # Two processes may tell the same story at once.
        with _a_database(f"{database_name}_{os.getpid()}", like=database) as url:
            store = RunningStore(Path(copied), url)
            try:
                yield store
            finally:
                store.kill()


@contextmanager
def _a_database(name: str, *, like: str) -> Iterator[str]:
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        yield ""
        return
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
