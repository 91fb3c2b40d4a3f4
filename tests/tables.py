"""The tables of the tests: made once in a run, copied for each of its processes, and again after a test that commits.

Their migrations take ten seconds, a copy takes a moment.
"""

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from obbligato.config.settings_tests import OF_THE_RUN

ORIGINAL = str(connection.settings_dict["TEST"]["NAME"])
"""The database, or its file, that all copies are made from."""
OUTSIDE = str(connection.settings_dict["NAME"])


def copy_for(process: str) -> None:
    """From now on this process has a copy of its own; who comes first makes what is copied."""
    with _alone():
        if not _processes():
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        (OF_THE_RUN / f"{process}.here").touch()
        _use(ORIGINAL)
        connection.creation.clone_test_db(process, verbosity=0, autoclobber=True)
        _use(connection.creation.get_test_db_clone_settings(process)["NAME"])


def remove_of(process: str) -> None:
    """The copy is gone; who goes last removes what was copied too."""
    with _alone():
        connection.creation.destroy_test_db(OUTSIDE, verbosity=0)
        (OF_THE_RUN / f"{process}.here").unlink()
        if not _processes():
            _use(ORIGINAL)
            connection.creation.destroy_test_db(OUTSIDE, verbosity=0)


def copy_again() -> None:
    """What was committed since is gone, and what was there is as it was, triggers and all."""
    if connection.vendor != "sqlite":
        connection.close()
        _copy_on_the_server(str(connection.settings_dict["NAME"]))
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(ORIGINAL)) as original:
        original.backup(connection.connection)


def _copy_on_the_server(name: str) -> None:
    """Whoever is still connected to it, as a thread that a test left behind, is not any more."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {connection.ops.quote_name(name)} WITH (FORCE)")
        cursor.execute(
            f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE {connection.ops.quote_name(ORIGINAL)}"
        )


def put_into(folder: Path) -> str:
    """Into the folder of a store that has none yet; on a server, its database is to be a copy of what it names."""
    if connection.vendor == "sqlite":
        shutil.copyfile(ORIGINAL, folder / "store.sqlite3")
    return ORIGINAL


def _processes() -> list[Path]:
    return list(OF_THE_RUN.glob("*.here"))


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


@contextmanager
def _alone() -> Iterator[None]:
    with (OF_THE_RUN / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
