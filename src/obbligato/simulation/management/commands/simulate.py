"""obbligato simulate --seed N --steps N"""

import sys
import time
from argparse import ArgumentParser
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

    def handle(self, *args: Any, **options: Any) -> None:
        seeds = range(options["seed"], options["seed"] + options["seeds"])
        violated = [seed for seed in seeds if not self._run(seed, options["steps"], is_quiet=options["quiet"])]
        if violated:
            sys.exit(1)
        self.stdout.write(f"{len(seeds) * options['steps']:,} steps over {len(seeds)} seeds violated nothing.")

    def _run(self, seed: int, steps: int, *, is_quiet: bool) -> bool:
        began = time.monotonic()
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            outcome = simulate(seed, steps, progress=self._progress)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        if outcome.violation is not None or not is_quiet:
            self.stdout.write(_report(outcome, time.monotonic() - began))
        return outcome.violation is None

    def _progress(self, step: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"  step {step:,}", ending="\r")


def _report(outcome: Outcome, seconds: float) -> str:
    acts = ", ".join(f"{count:,} {name}" for name, count in sorted(outcome.acts.items()))
    head = f"seed {outcome.seed}: {outcome.steps:,} steps in {seconds:.0f} s ({acts})"
    if outcome.violation is None:
        return f"{head}; no violation"
    again = f"obbligato simulate --seed {outcome.seed} --steps {outcome.steps}"
    return f"{head}\nVIOLATION at step {outcome.steps}: {outcome.violation}\nAgain: {again}"
