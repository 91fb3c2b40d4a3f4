"""Triggers that let the database itself refuse what would falsify the books, on SQLite and PostgreSQL.

A transfer or snapshot is never changed or deleted, an account keeps what it is, and no transfer crosses currencies.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from obbligato.kernel import triggers
from obbligato.kernel.triggers import Rule

CROSSES_CURRENCIES = (
    "(SELECT currency FROM ledger_account WHERE id = NEW.source_id)"
    " <> (SELECT currency FROM ledger_account WHERE id = NEW.target_id)"
)
IDENTITY = "name, currency, kind, may_overdraw"
FINAL = "a transfer is never changed or deleted"
SNAPSHOT_FINAL = "a snapshot is never changed or deleted"
RULES = (
    Rule("ledger_transfer_no_update", "ledger_transfer", "UPDATE", FINAL),
    Rule("ledger_transfer_no_delete", "ledger_transfer", "DELETE", FINAL),
    Rule(
        "ledger_transfer_one_currency",
        "ledger_transfer",
        "INSERT",
        "a transfer stays in one currency",
        CROSSES_CURRENCIES,
    ),
    Rule("ledger_snapshot_no_update", "ledger_snapshot", "UPDATE", SNAPSHOT_FINAL),
    Rule("ledger_snapshot_no_delete", "ledger_snapshot", "DELETE", SNAPSHOT_FINAL),
    Rule("ledger_account_same", "ledger_account", f"UPDATE OF {IDENTITY}", "an account stays what it is"),
    Rule("ledger_account_no_delete", "ledger_account", "DELETE", "an account is never deleted"),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers, also where they are there already."""
    triggers.install(connection, RULES)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that must rebuild a table, and for emptying a test database."""
    triggers.remove(connection, RULES)
