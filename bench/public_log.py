"""The public log at a million entries: appending in batches, an inclusion proof, and proving all of it.

`python -m bench.public_log fill COUNT` announces, appends and signs in a process of its own, as `rows` has it do.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.story.running import OBBLIGATO

from bench.rows import Row, percentile
from bench.scale import Scale
from bench.stores import an_empty_store, timed, told_by

LEAST_A_SECOND = 2_000
MOST_MILLISECONDS = 5
MOST_SECONDS = 60
AT_ONCE = 10_000
PROOFS = 300


def rows(folder: Path, scale: Scale) -> list[Row]:
    """On SQLite as an operator has it, each batch committed to the disk; one core is what a Python process uses."""
    store = an_empty_store(folder / "log")
    found = json.loads(told_by(store, "bench.public_log", "fill", scale.log_entries))
    rate, milliseconds = found["rate"], found["milliseconds"]
    inside, megabytes = timed(store, [*OBBLIGATO, "log", "verify"])
    store.command("log", "export", str(folder / "exported"))
    words = ["export", str(folder / "exported"), "--vkey", str(folder / "exported" / "vkey")]
    outside, lean = timed(store, [sys.executable, str(folder / "exported" / "verify_log.py"), *words])
    of = f"of {scale.log_entries:,} entries"
    proofs = f"median {statistics.median(milliseconds):.1f} ms, 99 % within {percentile(milliseconds, 99):.1f} ms"
    return [
        Row(f"public log: entries appended a second, batches of 1,000, {of}", f"{rate:,.0f}",
            f"≥ {LEAST_A_SECOND:,}", rate >= LEAST_A_SECOND),
        Row(f"an inclusion proof {of}", proofs, f"≤ {MOST_MILLISECONDS} ms (99 %)",
            percentile(milliseconds, 99) <= MOST_MILLISECONDS),
        Row(f"obbligato log verify {of}, start included", f"{inside:.1f} s, {megabytes:.0f} MB",
            f"≤ {MOST_SECONDS} s", inside <= MOST_SECONDS),
        Row(f"verify_log.py over the export {of}", f"{outside:.1f} s, {lean:.0f} MB",
            f"≤ {MOST_SECONDS} s", outside <= MOST_SECONDS),
    ]  # fmt: skip


def main() -> None:
    """Fill this process's store and print the figures as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")
    import django

    django.setup()
    print(json.dumps(_fill(int(sys.argv[2]))))


def _fill(count: int) -> dict[str, Any]:
    """Announcements are written beforehand, unmeasured; a checkpoint is signed after each stretch."""
    from obbligato.transparency import appending, checkpoints, proving, reading
    from obbligato.transparency.models import Announcement, Sealed

    seconds = 0.0
    for first in range(0, count, AT_ONCE):
        announcements, sealed = zip(*_acts(first, min(count, first + AT_ONCE)), strict=True)
        Announcement.objects.bulk_create(announcements)
        Sealed.objects.bulk_create([one for one in sealed if one is not None])
        began = time.perf_counter()
        while appending.append_waiting():
            pass
        checkpoints.make()
        seconds += time.perf_counter() - began
    chosen = random.Random(1).sample(range(count), min(count, PROOFS))
    milliseconds = []
    for index in chosen:
        began = time.perf_counter()
        proving.inclusion_of(reading.entry(index))
        milliseconds.append((time.perf_counter() - began) * 1_000)
    return {"rate": count / seconds, "milliseconds": milliseconds}


def _acts(first: int, end: int) -> Iterator[tuple[Any, Any]]:
    """Rows as `announce` makes them; each tenth act has something personal."""
    from obbligato.kernel import chance, clock
    from obbligato.transparency.announcing import written
    from obbligato.transparency.canonical import canonical
    from obbligato.transparency.commitments import commitment
    from obbligato.transparency.models import Announcement, Sealed

    for number in range(first, end):
        kind, subject, at = ("claim.received", "decision.made")[number % 2], f"claim:C-{number // 2}", clock.now()
        sealed, personal = None, {}
        if number % 10 == 0:
            salt = chance.token(32)
            personal = {"name": commitment(salt, "carol")}
            sealed = Sealed(subject=subject, name="name", salt=salt, value="carol", commitment=personal["name"])
        facts = {"law": "dsa", "role": "owner", "territories": ["DE", "AT"], "places": number % 7}
        leaf = {"at": written(at), "facts": facts, "kind": kind, "personal": personal, "subject": subject}
        yield Announcement(kind=kind, subject=subject, at=at, leaf=canonical(leaf)), sealed


if __name__ == "__main__":
    main()
