"""Logs for tests: announced, appended and signed by the store's own verbs."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from obbligato.kernel.folders import data_folder
from obbligato.transparency import appending, checkpoints, immutability
from obbligato.transparency.announcing import announce
from obbligato.transparency.models import Entry


def announced(count: int, *, first: int = 0) -> None:
    """So many acts of several kinds; each third has something personal."""
    for number in range(first, first + count):
        personal = {"claimant": f"carol {number}"} if number % 3 == 0 else {}
        kind = ("claim.received", "decision.made")[number % 2]
        announce(kind, subject=f"claim:C-{number // 2}", facts={"number": number}, personal=personal)


def a_log(*sizes: int) -> None:
    """A log that was signed when it had each of these sizes."""
    before = 0
    if not Entry.objects.exists():  # Another example of the same test, another log.
        shutil.rmtree(data_folder("transparency"))
    for size in sizes:
        announced(size - before, first=before)
        appending.append_waiting()
        checkpoints.make()
        before = size


def altered(statement: str, *values: object) -> None:
    """Change the log behind its back, as whoever owns the database can."""
    immutability.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    immutability.install(connection)


def written(file: Path, said: object) -> Path:
    """A file of JSON."""
    file.write_text(json.dumps(said))
    return file


@contextmanager
def meanwhile(table: str, act: Callable[[], object]) -> Iterator[None]:
    """Let somebody else act once, just before a table is asked for the first time."""
    waiting = [act]

    def look(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        if waiting and f'FROM "{table}"' in sql:
            waiting.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield
