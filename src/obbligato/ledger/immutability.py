"""Triggers that let the database itself refuse what would falsify the books, on SQLite and PostgreSQL.

A transfer or snapshot is never changed or deleted, an account keeps what it is, and no transfer crosses currencies.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Rule:
    """One refusal: before such an event on a table, where the condition (over NEW) holds."""

    name: str
    table: str
    event: str
    sentence: str
    condition: str = ""


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
    made = _for_postgresql if connection.vendor == "postgresql" else _for_sqlite
    remove(connection)
    with connection.cursor() as cursor:
        for rule in RULES:
            for statement in made(rule):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that must rebuild a table, and for emptying a test database."""
    with connection.cursor() as cursor:
        for rule in RULES:
            place = f" ON {rule.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {rule.name}{place}")


def _for_sqlite(rule: Rule) -> list[str]:
    when = f"WHEN {rule.condition} " if rule.condition else ""
    return [
        f"CREATE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{rule.sentence}'); END"
    ]


def _for_postgresql(rule: Rule) -> list[str]:
    refusal = f"RAISE EXCEPTION '{rule.sentence}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {rule.condition} THEN {refusal} END IF; RETURN NEW;" if rule.condition else refusal
    return [
        f"CREATE OR REPLACE FUNCTION {rule.name}() RETURNS trigger AS $$ BEGIN {body} END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table} FOR EACH ROW EXECUTE FUNCTION {rule.name}()",
    ]
