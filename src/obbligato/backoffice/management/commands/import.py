# ruff: noqa: N999
"""`obbligato import FOLDER`: take a label's folder into the store. It shows and asks; the rules are below it."""

import argparse
import getpass
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
from obbligato.sales.stocking import StockReport, stock_folder

NOTHING_IMPORTED = 1
MOST_WORKERS = 64


class Command(BaseCommand):
    help = (
        "Import a label's folder: FLAC, WAV, AIFF, ALAC, WavPack or TTA, one folder a release, with an optional"
        " release.toml beside the audio. The folder is never changed, and importing it twice changes nothing."
        " Exit status: 0 when at least one file is in the store now, 1 when none is."
    )
    # Pages and forms are no business of an import; it starts sooner without their checks.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder, with albums in folders as deep as they lie")
        parser.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
        parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="wait for another import")
        parser.add_argument("--workers", type=int, default=2, help="files that are decoded side by side")
        parser.add_argument("--by", default="", help="who declares what the release.toml says (default: your login)")

    def handle(self, *args: Any, **options: Any) -> None:
        if Release._meta.db_table not in connection.introspection.table_names():
            raise CommandError("This store has no database yet. Run `obbligato migrate` first.")
        try:
            stocked = self._stocked(options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        if options["json"]:
            self.stdout.write(json.dumps(_summary(stocked)))
        else:
            self.stdout.write(stocked.sentence)
        if not stocked.is_success:
            sys.exit(NOTHING_IMPORTED)

    def _stocked(self, options: dict[str, Any]) -> StockReport:
        with bar() as shown:
            task = shown.add_task("Checking", total=None)

            def report(line: FileReport) -> None:
                self.stdout.write(json.dumps(line.to_json()) if options["json"] else line.line())
                self.stdout.flush()

            return stock_folder(
                options["folder"],
                report=report,
                by=options["by"] or _login(),
                workers=max(1, min(MOST_WORKERS, options["workers"])),
                progress=lambda done, total: shown.update(task, completed=done, total=total),
                wait_seconds=options["wait"],
            )


def _summary(stocked: StockReport) -> dict[str, Any]:
    return {
        "summary": dict(stocked.counts),
        "releases": [
            {"slug": done.release.slug, "edition": done.edition.number, "is_new_edition": done.is_new_edition}
            for done in stocked.releases
        ],
    }


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
