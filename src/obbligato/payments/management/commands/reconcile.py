"""obbligato reconcile"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from obbligato.kernel.money import format_money
from obbligato.payments import reconciling
from obbligato.payments.reconciling import Compared


class Command(BaseCommand):
    help = (
        "Ask each payment company what it holds for the store and compare it with the books. Differences are kept, "
        "with their age, until somebody explains them in the back office; exits with 1 while there is one. The store "
        "does the same once a day by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        compared = reconciling.reconcile()
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(one) for one in compared], indent=2))
        else:
            for one in compared:
                self.stdout.write(_as_text(one))
            if not compared:
                self.stdout.write("No rail says what its company holds.")
        if any(one.difference for one in compared):
            sys.exit(1)


def _as_text(one: Compared) -> str:
    theirs = "no word" if one.theirs_micro is None else format_money(one.theirs_micro, one.currency)
    line = f"{one.provider:<16} theirs {theirs:>14}   ours {format_money(one.ours_micro, one.currency):>14}"
    if one.difference is None:
        return line
    amount = format_money(one.difference.amount_micro, one.currency)
    return f"{line}   DIFFERENCE {amount}, {one.difference.age_days} days old"


def _as_json(one: Compared) -> dict[str, object]:
    return {
        "rail": one.provider,
        "currency": one.currency,
        "theirs_micro": one.theirs_micro,
        "ours_micro": one.ours_micro,
        "difference_micro": one.difference.amount_micro if one.difference else 0,
        "age_days": one.difference.age_days if one.difference else 0,
    }
