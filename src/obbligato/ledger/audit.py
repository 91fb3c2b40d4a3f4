"""Fold every transfer again and compare with every balance. It reads only, and trusts no running total."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from obbligato.kernel.money import format_money
from obbligato.ledger.models import Account, Snapshot, Transfer

ROWS_AT_ONCE = 2_000
# One pass over the transfers as they are stored; the database does the adding.
FOLD = """
    SELECT a.name, a.currency, a.may_overdraw, a.balance_micro,
           COALESCE(i.total, 0) - COALESCE(o.total, 0)
    FROM ledger_account a
    LEFT JOIN (SELECT target_id, SUM(amount_micro) AS total FROM ledger_transfer GROUP BY target_id) i
           ON i.target_id = a.id
    LEFT JOIN (SELECT source_id, SUM(amount_micro) AS total FROM ledger_transfer GROUP BY source_id) o
           ON o.source_id = a.id
    ORDER BY a.id
"""
ACROSS_CURRENCIES = """
    SELECT t.id FROM ledger_transfer t
    JOIN ledger_account s ON s.id = t.source_id
    JOIN ledger_account g ON g.id = t.target_id
    WHERE s.currency <> g.currency OR t.amount_micro <= 0 OR t.source_id = t.target_id
    ORDER BY t.id
"""


# Each snapshot must be the one before it and the transfers between the two; the first, its transfers alone.
SNAPSHOTS = """
    SELECT a.name, a.currency, n.through, n.balance_micro,
           COALESCE(n.before_micro, 0)
           + COALESCE((SELECT SUM(amount_micro) FROM ledger_transfer
                       WHERE target_id = n.account_id AND id > COALESCE(n.since, 0) AND id <= n.through), 0)
           - COALESCE((SELECT SUM(amount_micro) FROM ledger_transfer
                       WHERE source_id = n.account_id AND id > COALESCE(n.since, 0) AND id <= n.through), 0)
    FROM (SELECT s.id, s.account_id, s.through, s.balance_micro,
                 LAG(s.through) OVER by_account AS since, LAG(s.balance_micro) OVER by_account AS before_micro
          FROM ledger_snapshot s WINDOW by_account AS (PARTITION BY s.account_id ORDER BY s.through)) n
    JOIN ledger_account a ON a.id = n.account_id
    ORDER BY n.id
"""


@dataclass
class Findings:
    """What an audit saw: counts, the sum of all balances per currency (zero when true), and each difference."""

    accounts: int = 0
    transfers: int = 0
    snapshots: int = 0
    sum_micro: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.differences and not any(self.sum_micro.values())


def audit() -> Findings:
    """Prove the books: every balance and snapshot equals its fold, no guarded one is negative, all sum to zero."""
    findings = Findings(
        transfers=Transfer.objects.count(), accounts=Account.objects.count(), snapshots=Snapshot.objects.count()
    )
    for name, currency, may_overdraw, balance, folded in _rows(FOLD):
        _compare(findings, name, currency, bool(may_overdraw), balance, int(folded))
    for (pk,) in _rows(ACROSS_CURRENCIES):
        findings.differences.append(f"Transfer {pk} is malformed (currency, amount or accounts).")
    for name, currency, through, balance, folded in _rows(SNAPSHOTS):
        if balance != int(folded):
            findings.differences.append(
                f"The snapshot of {name} up to transfer {through} says {format_money(balance, currency)},"
                f" its transfers say {format_money(int(folded), currency)}."
            )
    for currency, total in findings.sum_micro.items():
        if total:
            findings.differences.append(f"All balances in {currency} sum to {total} micro-units, not to zero.")
    return findings


def _rows(query: str) -> Iterator[tuple[Any, ...]]:
    """What a query finds, a few thousand rows at a time: a store with a million buyers has as many accounts."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _compare(
    findings: Findings, name: str, currency: str, may_overdraw: bool, balance: int | None, folded: int
) -> None:
    findings.sum_micro[currency] = findings.sum_micro.get(currency, 0) + (folded if may_overdraw else balance or 0)
    if may_overdraw:
        return
    if folded < 0:
        findings.differences.append(f"{name} was taken below zero: {format_money(folded, currency)}.")
    if balance != folded:
        findings.differences.append(
            f"{name} says {format_money(balance or 0, currency)}, its transfers say {format_money(folded, currency)}."
        )
