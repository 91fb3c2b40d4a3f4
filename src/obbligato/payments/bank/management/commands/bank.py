"""obbligato bank import FILE"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obbligato.kernel.refusals import Refused
from obbligato.payments.bank.importing import Imported, import_file
from obbligato.payments.bank.models import BankEntry
from obbligato.payments.bank.reading_csv import headings_of


class Command(BaseCommand):
    help = (
        "Import statements of the store's bank account: camt.053, MT940 or CSV, also in a zip. Each entry counts once,"
        " however often its file comes. Exit status: 0 when the file is taken in, 1 with a sentence when it is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        act = acts.add_parser("import", help=self.help, description=self.help)
        act.add_argument("files", type=Path, nargs="+", metavar="FILE", help="as the bank gave it")
        act.add_argument(
            "--csv-headings",
            default="",
            metavar="OURS=THEIRS,…",
            help="a table's own headings, as booked_on=Buchungstag,amount=Betrag,currency=Waehrung",
        )
        act.add_argument("--by", default="command line", help="who imports it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            headings = headings_of(options["csv_headings"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        for path in options["files"]:
            try:
                with path.open("rb") as file:
                    self._say(import_file(file, name=path.name, by=options["by"], headings=headings))
            except OSError as trouble:
                raise CommandError(f"{path}: {trouble.strerror}.") from None
            except Refused as refusal:
                raise CommandError(f"{path}: {refusal}") from None

    def _say(self, imported: Imported) -> None:
        for entry in imported.entries:
            self.stdout.write(_line(entry))
        self.stdout.write(imported.sentence)


def _line(entry: BankEntry) -> str:
    whose = f"{entry.attempt.person}, payment {entry.attempt.number}" if entry.attempt else entry.reason
    return (
        f"{entry.booked_on}  {entry.amount:>14}  {entry.payer_name[:30]:<30}  {entry.get_state_display()}"
        f"{f' ({whose})' if whose else ''}"
    )
