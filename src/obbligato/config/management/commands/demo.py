"""obbligato demo"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from obbligato.config import serving
from obbligato.demo import dispute, store
from obbligato.kernel.refusals import Refused


class Command(BaseCommand):
    help = (
        "Make a demo store (a label of public-domain music played by a small synthesiser, a buyer with credit, an "
        "operator) and open it. The second time it opens at once and keeps its data."
    )
    requires_system_checks: Any = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = "play a dispute with two card companies in it first, and leave its pages open; needs BANK_IBAN"
        parser.add_argument("--dispute", action="store_true", help=what)
        parser.add_argument("--prepare-only", action="store_true", help="make the store, but do not open it")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console()
        try:
            is_open = options["dispute"] and _is_open()
            if not is_open:
                serving.refuse_taken_port(settings.HOST, settings.PORT)
                serving.prepare()
            if not store.is_made():
                _make(console)
            if options["dispute"]:
                _play(console)
            console.print(_welcome())
            console.file.flush()
            if not options["prepare_only"] and not is_open:
                serving.serve()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None


def _is_open() -> bool:
    """Whether this demo store runs already, so that its pages are there to look at."""
    try:
        serving.refuse_taken_port(settings.HOST, settings.PORT)
    except serving.PortTaken:
        return store.is_made()
    return False


def _play(console: Console) -> None:
    """A dispute that was played before is not played again; its pages are still there."""

    def tell(sentence: str, address: str) -> None:
        console.print(f"• {sentence}\n  [bold]{settings.SITE_URL}{address}[/bold]", highlight=False, soft_wrap=True)

    try:
        dispute.play(tell)
    except dispute.PlayedAlready as refusal:
        console.print(str(refusal), highlight=False, soft_wrap=True)


def _make(console: Console) -> None:
    columns = (
        TextColumn("{task.description:<44.44}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total or None, count="")
            progress.update(tasks[what], completed=done, total=total or None, count=f"{done}/{total or '…'}")

        report = store.make(show)
    console.print(report.sentence)


def _welcome() -> Panel:
    people = store.passwords()
    lines = [
        f"The store is open at   [bold]{settings.SITE_URL}[/bold]",
        f"A buyer:      [bold]alice[/bold]  password [bold]{people.alice}[/bold]",
        f"An operator:  [bold]dana[/bold]   password [bold]{people.dana}[/bold]   (back office: [bold]/desk/[/bold])",
        f"Its data is in {settings.DATA_FOLDER}",
        "Ctrl-C closes it; make demo opens it again.",
    ]
    return Panel("\n".join(lines), title=settings.SITE_NAME, expand=False)
