"""obbligato sales export"""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obbligato.sales.exporting import csv_lines


class Command(BaseCommand):
    help = "Write down what was sold and given back in a period (export), as CSV for an accountant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        what = "one row per line sold or given back, with tax, shares, receipt and evidence"
        export = acts.add_parser("export", help=what, description=what)
        export.add_argument("--from", dest="first", required=True, type=date.fromisoformat, help="2026-01-01")
        export.add_argument("--to", dest="last", required=True, type=date.fromisoformat, help="2026-03-31, counted too")
        export.add_argument("--output", type=Path, help="the file to write; else it is printed")
        export.add_argument("--oss", action="store_true", help="only the sums per quarter, country and rate")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["last"] < options["first"]:
            raise CommandError("The last day is before the first.")
        lines = csv_lines(options["first"], options["last"], is_oss=options["oss"])
        if options["output"] is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        try:
            with options["output"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{options['output']} is written.")
