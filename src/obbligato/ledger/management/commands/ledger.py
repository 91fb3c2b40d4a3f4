"""obbligato ledger audit | accounts | statement"""

import csv
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from obbligato.kernel.money import format_money, plain_amount
from obbligato.ledger.accounts import balance_micro
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account, Transfer


class Command(BaseCommand):
    help = "Prove the books (audit), list every account (accounts), or print one account's movements (statement)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for name, what in (
            ("audit", "fold every transfer again and compare; exits with 1 at the first difference"),
            ("accounts", "every account and what it holds"),
            ("statement", "the movements of one account"),
        ):
            act = acts.add_parser(name, help=what, description=what)
            act.add_argument("--json", action="store_true", help="for programs")
            if name == "statement":
                act.add_argument("account", help="its name, as `obbligato ledger accounts` lists it")
                act.add_argument("--currency", default="EUR")
                act.add_argument("--csv", action="store_true", help="comma-separated, for a spreadsheet")

    def handle(self, *args: Any, **options: Any) -> None:
        {"audit": self._audit, "accounts": self._accounts, "statement": self._statement}[options["act"]](options)

    def _audit(self, options: dict[str, Any]) -> None:
        found = audit()
        if options["json"]:
            self.stdout.write(json.dumps({**vars(found), "clean": found.is_clean}, indent=2))
        else:
            sums = ", ".join(f"{total} micro-units in {currency}" for currency, total in found.sum_micro.items())
            self.stdout.write(
                f"{found.accounts} accounts, {found.transfers} transfers; all balances sum to {sums or 0}."
            )
            for difference in found.differences:
                self.stdout.write(f"DIFFERENCE  {difference}")
            self.stdout.write("The books are true." if found.is_clean else "The books are NOT true.")
        if not found.is_clean:
            sys.exit(1)

    def _accounts(self, options: dict[str, Any]) -> None:
        rows = [(one, balance_micro(one)) for one in Account.objects.order_by("currency", "kind", "name")]
        if options["json"]:
            values = [
                {"name": one.name, "currency": one.currency, "kind": one.kind, "micro": held} for one, held in rows
            ]
            self.stdout.write(json.dumps(values, indent=2))
            return
        for one, held in rows:
            self.stdout.write(f"{one.name:<32} {one.get_kind_display():<18} {format_money(held, one.currency):>16}")

    def _statement(self, options: dict[str, Any]) -> None:
        account = Account.objects.filter(name=options["account"], currency=options["currency"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']} in {options['currency']}.")
        rows = [_row(account, one) for one in _movements(account)]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
        elif options["csv"]:
            writer = csv.DictWriter(self.stdout, ["at", "kind", "other", "amount", "reference"])
            writer.writeheader()
            writer.writerows(rows)
        else:
            for row in rows:
                self.stdout.write(
                    f"{row['at'][:19]}  {row['kind']:<10} {row['other']:<28} {row['amount']:>14}  {row['reference']}"
                )


def _movements(account: Account) -> Any:
    rows = Transfer.objects.filter(Q(source=account) | Q(target=account))
    return rows.select_related("source", "target").order_by("pk").iterator()


def _row(account: Account, one: Transfer) -> dict[str, str]:
    is_incoming = one.target_id == account.pk
    signed = one.amount_micro if is_incoming else -one.amount_micro
    return {
        "at": one.created_at.isoformat(),
        "kind": one.kind,
        "other": (one.source if is_incoming else one.target).name,
        "amount": plain_amount(signed, account.currency),
        "reference": one.reference,
    }
