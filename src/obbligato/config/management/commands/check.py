"""obbligato check"""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import check

from obbligato.kernel.refusals import Refused
from obbligato.payments import registry


class Command(check.Command):
    help = "Look over settings, database and the file of rails, and say what is wrong with them."

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        try:
            registry.providers()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
