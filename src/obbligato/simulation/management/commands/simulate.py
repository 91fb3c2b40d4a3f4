"""obbligato simulate --seed N --steps N"""

import fcntl
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from obbligato.simulation.run import Outcome, simulate


class Command(BaseCommand):
    help = (
        "Run the store against a world that does its worst, in a database of its own; a seed runs the same way again."
        " Exits with 1 at the first violated invariant."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--steps", type=int, default=2_000)
        parser.add_argument("--quiet", action="store_true", help="one line at the end, where nothing was violated")
        parser.add_argument("--seeds", type=int, default=1, help="run so many seeds, each with so many steps")

        parser.add_argument("--at-once", type=int, default=1, help="run so many seeds at once, each in a process")
        parser.add_argument("--tables", type=Path, help="where empty tables are, or are to be kept for the next seed")

    def handle(self, *args: Any, **options: Any) -> None:
        seeds = range(options["seed"], options["seed"] + options["seeds"])
        at_once = max(1, options["at_once"])
        with ThreadPoolExecutor(at_once) as crew, tempfile.NamedTemporaryFile(prefix="obbligato-tables-") as file:
            runs = crew.map if at_once > 1 else map
            run = _apart if at_once > 1 else self._run
            tables = options["tables"] or Path(file.name)
            is_well = [
                self._said(*outcome)
                for outcome in runs(partial(run, options["steps"], options["quiet"], tables), seeds)
            ]
        if not all(is_well):
            sys.exit(1)
        self.stdout.write(f"{len(seeds) * options['steps']:,} steps over {len(seeds)} seeds violated nothing.")

    def _said(self, is_well: bool, words: str) -> bool:
        if words:
            self.stdout.write(words)
        return is_well

    def _run(self, steps: int, is_quiet: bool, tables: Path, seed: int) -> tuple[bool, str]:
        began = time.monotonic()
        name = connection.settings_dict["NAME"]
        _open_database(seed, tables)
        try:
            outcome = simulate(seed, steps, progress=self._progress)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        is_well = outcome.violation is None
        return is_well, "" if is_well and is_quiet else _report(outcome, time.monotonic() - began)

    def _progress(self, step: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"  step {step:,}", ending="\r")


def _open_database(seed: int, tables: Path) -> None:
    """An empty one, of this seed alone. Tables take ten seconds to make; on SQLite those of the first are copied."""
    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"simulation_{seed}"
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        return
    with tables.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # Whoever comes while they are made waits for them.
        content = file.read()
        if not content:
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            file.write(connection.connection.serialize())
            return
    connection.close()
    connection.settings_dict["NAME"] = ":memory:"
    connection.ensure_connection()
    connection.connection.deserialize(content)


def _apart(steps: int, is_quiet: bool, tables: Path, seed: int) -> tuple[bool, str]:
    """One seed in a process of its own: the same run, beside others."""
    command = [sys.executable, "-m", "obbligato.config.cli", "simulate", "--seed", str(seed), "--steps", str(steps)]
    command += ["--tables", str(tables), *(["--quiet"] if is_quiet else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    said = [line for line in done.stdout.splitlines() if not line.endswith("violated nothing.")]
    return done.returncode == 0, "\n".join(said)


def _report(outcome: Outcome, seconds: float) -> str:
    acts = ", ".join(f"{count:,} {name}" for name, count in sorted(outcome.acts.items()))
    head = f"seed {outcome.seed}: {outcome.steps:,} steps in {seconds:.0f} s ({acts})"
    if outcome.violation is None:
        return f"{head}; no violation"
    again = f"obbligato simulate --seed {outcome.seed} --steps {outcome.steps}"
    return f"{head}\nVIOLATION at step {outcome.steps}: {outcome.violation}\nAgain: {again}"
