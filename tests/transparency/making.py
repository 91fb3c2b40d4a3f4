"""Logs for tests: announced, appended and signed by the store's own verbs."""

import json
from pathlib import Path

from django.db import connection

from obbligato.transparency import appending, checkpoints, immutability
from obbligato.transparency.announcing import announce


def announced(count: int, *, first: int = 0) -> None:
    """So many acts of several kinds; each third has something personal."""
    for number in range(first, first + count):
        personal = {"claimant": f"carol {number}"} if number % 3 == 0 else {}
        kind = ("claim.received", "decision.made")[number % 2]
        announce(kind, subject=f"claim:C-{number // 2}", facts={"number": number}, personal=personal)


def a_log(*sizes: int) -> None:
    """A log that was signed when it had each of these sizes."""
    before = 0
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
