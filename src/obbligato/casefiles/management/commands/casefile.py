"""obbligato casefile build | rebuild"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obbligato.casefiles import building, rebuilding
from obbligato.casefiles.models import CaseFile
from obbligato.casefiles.profiles import Profile
from obbligato.kernel.refusals import Refused


class Command(BaseCommand):
    help = "Put all about an incident into one archive that anybody can check (build), or build one again (rebuild)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        what = "freeze what is known of an incident now, and write the archive"
        build = acts.add_parser("build", help=what, description=what)
        build.add_argument("incident", help="its number, such as I-7f3a…")
        build.add_argument("--profile", default=Profile.COURT.value, help=f"for whom: {', '.join(Profile.values)}")
        build.add_argument("--by", default="command line", help="who builds it")
        what = "write the archive of an earlier snapshot again; exits with 1 where it is not the same to the byte"
        rebuild = acts.add_parser("rebuild", help=what, description=what)
        rebuild.add_argument("number", help="of the case file, such as F-19ce…")
        for act in (build, rebuild):
            act.add_argument("--out", type=Path, help="a file to write the archive to")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["act"] == "build":
                case = building.build(options["incident"], options["profile"], by=options["by"])
                self.stdout.write(f"Case file {case}, {case.size_bytes:,} bytes, SHA-256 {case.sha256}.")
            else:
                case = self._rebuilt(options["number"])
            if options["out"]:
                rebuilding.copy_to(case, options["out"])
                self.stdout.write(
                    f"{options['out']} is written. Check it there: python verify.py {options['out'].name}"
                )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be written: {error.strerror}.") from None

    def _rebuilt(self, number: str) -> CaseFile:
        made = rebuilding.rebuild(number)
        if not made.is_same:
            raise CommandError(made.sentence)
        self.stdout.write(made.sentence)
        return made.case
