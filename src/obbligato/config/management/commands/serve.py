"""obbligato serve"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from obbligato.config import encoders, serving
from obbligato.kernel.refusals import Refused
from obbligato.payments import checks, registry
from obbligato.people import opening


class Command(BaseCommand):
    help = (
        "Start the store and serve it until Ctrl-C. PORT and HOST say where (8000 on this machine alone), "
        "OBBLIGATO_DATA names the folder that holds everything. Safe to stop and start at any time."
    )
    requires_system_checks: Any = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare-only", action="store_true", help="bring the database up to date and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serving.refuse_taken_port(settings.HOST, settings.PORT)
            encoders.refuse_half_a_farm()
            registry.providers()  # A file of rails that cannot be used is better known now than by the first buyer.
            serving.prepare()
            if options["prepare_only"]:
                return
            for sentence in checks.losses():
                self.stdout.write(f"Warning: {sentence}")
            self.stdout.write(f"{settings.SITE_NAME} is open at {settings.SITE_URL} — Ctrl-C closes it.")
            if opening.waits():
                self.stdout.write(f"It has no operator yet. Set it up at {settings.SITE_URL}/setup/{opening.key()}")
            self.stdout.flush()
            serving.serve()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
