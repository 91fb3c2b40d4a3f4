"""obbligato farm"""

import logging
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from obbligato.config import encoders
from obbligato.kernel.refusals import Refused


class Command(BaseCommand):
    help = (
        "Encode parts for every store that names the same TASKS_URL and STORAGE_URL, until Ctrl-C; what has begun is "
        "finished first. Needs neither a database nor a store on this host, only the same version of this program."
    )
    requires_system_checks: Any = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many (one for each core)")
        parser.add_argument("--folder", type=Path, help="where masters are kept meanwhile (farm/ in OBBLIGATO_DATA)")
        parser.add_argument("--megabytes", type=int, default=20_000, help="how much of its disk they may take (20000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["processes"] < 1 or options["megabytes"] < 1:
            raise CommandError("There must be at least one process, and a megabyte for its masters.")
        try:
            encoders.refuse_half_a_farm(is_wanted=True)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        from obbligato.encoding.farm_crew import Crew  # Its dependencies are an extra that few stores have.

        folder = options["folder"] or settings.DATA_FOLDER / "farm"
        folder.mkdir(parents=True, exist_ok=True)
        crew = Crew(
            processes=options["processes"],
            tasks_url=settings.TASKS_URL,
            storage_url=settings.STORAGE_URL,
            folder=folder,
            cache_bytes=options["megabytes"] * 1_000_000,
        )
        self.stdout.write(f"{options['processes']} processes encode what the queues hold — Ctrl-C ends them.")
        self.stdout.flush()
        crew.obey_signals()
        crew.run()
