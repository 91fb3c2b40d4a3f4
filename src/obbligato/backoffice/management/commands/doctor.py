"""`obbligato doctor FOLDER|FILE`: what is wrong with masters, before an import. It shows; the rules are below it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from obbligato.backoffice.progress import bar
from obbligato.catalog.models import Release
from obbligato.catalog.reports import FileReport
from obbligato.kernel.refusals import Refused
from obbligato.sales.doctoring import Diagnosis, examine

NOT_IMPORTABLE = 1
MOST_WORKERS = 64


class Command(BaseCommand):
    help = (
        "Examine a label's folder, or one file, and say what is wrong with it: a recording that was compressed before,"
        " clipping, loudness, silence, channels, codes, rights. Nothing is imported and nothing changed. Exit status:"
        " 0 when all of it could be imported, 1 when something would be refused."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder, with albums in folders as deep as they lie; or a file")
        parser.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
        parser.add_argument("--workers", type=int, default=2, help="files that are decoded side by side")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            diagnosis = self._diagnosis(options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps({"summary": diagnosis.counts}) if options["json"] else diagnosis.sentence)
        if not diagnosis.is_importable:
            sys.exit(NOT_IMPORTABLE)

    def _diagnosis(self, options: dict[str, Any]) -> Diagnosis:
        with bar() as shown:
            task = shown.add_task("Examining", total=None)

            def report(line: FileReport) -> None:
                self.stdout.write(json.dumps(line.to_json()) if options["json"] else line.line())
                self.stdout.flush()

            return examine(
                options["path"],
                report=report,
                has_catalogue=Release._meta.db_table in connection.introspection.table_names(),
                workers=max(1, min(MOST_WORKERS, options["workers"])),
                progress=lambda done, total: shown.update(task, completed=done, total=total),
            )
