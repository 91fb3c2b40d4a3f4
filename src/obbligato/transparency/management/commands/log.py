"""obbligato log verify | export | append | forget"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obbligato.kernel.refusals import Refused
from obbligato.transparency import appending, checkpoints, exporting, forgetting, keys, verifying


class Command(BaseCommand):
    help = "Prove the public log (verify), write it as files (export), append what waits, or forget a personal value."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        what = "hash every entry again and compare all that is stored and signed; exits with 1 at a difference"
        verify = acts.add_parser("verify", help=what, description=what)
        verify.add_argument("--json", action="store_true", help="for programs")
        verify.add_argument(
            "--checkpoint", type=Path, action="append", default=[], help="a file with one that somebody kept"
        )
        what = "write the signed log as files that any web server can serve, with a verifier beside them"
        export = acts.add_parser("export", help=what, description=what)
        export.add_argument("folder", type=Path)
        what = "append what waits and sign it now; a running store does so every ten seconds"
        acts.add_parser("append", help=what, description=what)
        what = "delete personal values that the log has only committed to; every proof still holds"
        forget = acts.add_parser("forget", help=what, description=what)
        forget.add_argument("subject", help="such as claim:C-7K2M")
        forget.add_argument("--name", default="", help="only the value of this name, such as claimant")

    def handle(self, *args: Any, **options: Any) -> None:
        acts = {"verify": self._verify, "export": self._export, "append": self._append, "forget": self._forget}
        try:
            acts[options["act"]](options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read or written: {error.strerror}.") from None

    def _verify(self, options: dict[str, Any]) -> None:
        kept = [(file, file.read_text(errors="replace")) for file in options["checkpoint"]]
        found = verifying.verify()
        for file, note in kept:
            try:
                checkpoints.compare(note)
            except Refused as refusal:
                found.differences.append(f"{file}: {refusal}")
        if options["json"]:
            self.stdout.write(json.dumps({**vars(found), "clean": found.is_clean}, indent=2))
        else:
            self.stdout.write(f"{found.entries} entries, {found.tiles} full tiles, {found.checkpoints} checkpoints.")
            self.stdout.write(f"Public key: {keys.verifier_key() or 'none yet'}")
            for difference in found.differences:
                self.stdout.write(f"DIFFERENCE  {difference}")
            self.stdout.write("The log is true." if found.is_clean else "The log is NOT true.")
        if not found.is_clean:
            sys.exit(1)

    def _export(self, options: dict[str, Any]) -> None:
        size = exporting.export(options["folder"])
        self.stdout.write(f"{options['folder']} holds {size} entries. Check them there: python verify_log.py export .")

    def _append(self, options: dict[str, Any]) -> None:
        appended = 0
        while taken := appending.append_waiting():
            appended += taken
        signed = checkpoints.make()
        self.stdout.write(f"{appended} entries appended; {signed or 'nothing new to sign'}.")

    def _forget(self, options: dict[str, Any]) -> None:
        forgotten = forgetting.forget(options["subject"], options["name"])
        self.stdout.write(f"{forgotten} values of {options['subject']} are forgotten.")
