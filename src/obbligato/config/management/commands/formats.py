"""obbligato formats"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from obbligato.audio.formats import OFFERED, every_format
from obbligato.audio.sizes import quote_kind


class Command(BaseCommand):
    help = (
        "List every format that can be sold, and how well its size is known before encoding: exact, exact when "
        "copied from a FLAC master, or at most (the buyer gets the difference back). docs/formats.md says the rest."
    )
    requires_system_checks: Any = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [
            {
                "name": one.name,
                "label": one.label,
                "extension": one.extension,
                "lossless": one.is_lossless,
                "size": quote_kind(one),
                "offered": one in OFFERED,
            }
            for one in every_format() + [one for one in OFFERED if one not in every_format()]
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            self.stdout.write(f"{row['name']:<14} {row['label']:<26} .{row['extension']:<5} {row['size']}")
        self.stdout.write("Each may name a lower sample rate in kHz, as mp3-320-44 and flac-16-44, and end in -mono.")
