"""obbligato encode SOURCE TARGET --format NAME"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import Progress

from obbligato.audio.copies import encode_file
from obbligato.audio.errors import AudioRefused
from obbligato.audio.formats import Format


class Command(BaseCommand):
    help = (
        "Encode one lossless file into another format, with its tags and cover. Needs no store and no database. "
        "TARGET appears whole or not at all. Example: obbligato encode master.flac out.mp3 --format mp3-320"
    )
    requires_system_checks: Any = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="a FLAC, WAV, AIFF, ALAC or WavPack file")
        parser.add_argument("target", type=Path, help="where the encoded file goes")
        parser.add_argument("--format", required=True, help="for example mp3-320, opus-128, flac-16-44")
        parser.add_argument("--force", action="store_true", help="replace TARGET where it is there already")

    def handle(self, *args: Any, **options: Any) -> None:
        source, target = options["source"], options["target"]
        if not source.is_file():
            raise CommandError(f"There is no file {source}.")
        if target.exists() and not options["force"]:
            raise CommandError(f"{target} is there already. --force replaces it.")
        try:
            with Progress(transient=True, disable=not self.stdout.isatty()) as progress:
                task = progress.add_task(f"{target.name}", total=None)
                encode_file(
                    source,
                    target,
                    Format.parse(options["format"]),
                    progress=lambda done, total: progress.update(task, completed=done, total=total),
                )
        except AudioRefused as refusal:
            raise CommandError(str(refusal)) from None
        except OSError as error:
            raise CommandError(f"{target} could not be written: {error.strerror}.") from None
        self.stdout.write(f"{target}: {target.stat().st_size:,} bytes")
