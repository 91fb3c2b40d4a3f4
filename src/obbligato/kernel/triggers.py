"""Triggers that let the database itself refuse a change, on SQLite and PostgreSQL. It does not know what they guard."""

from collections.abc import Iterable
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


def install(connection: BaseDatabaseWrapper, rules: Iterable[Rule]) -> None:
    """Create the triggers, also where they are there already."""
    made = for_postgresql if connection.vendor == "postgresql" else for_sqlite
    remove(connection, rules)
    with connection.cursor() as cursor:
        for rule in rules:
            for statement in made(rule):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, rules: Iterable[Rule]) -> None:
    """Drop the triggers: for a migration that must rebuild a table, and for emptying a test database."""
    with connection.cursor() as cursor:
        for rule in rules:
            place = f" ON {rule.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {rule.name}{place}")


def for_sqlite(rule: Rule) -> list[str]:
    """The statements that make it on SQLite."""
    when = f"WHEN {rule.condition} " if rule.condition else ""
    return [
        f"CREATE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{rule.sentence}'); END"
    ]


def for_postgresql(rule: Rule) -> list[str]:
    """The statements that make it on PostgreSQL."""
    refusal = f"RAISE EXCEPTION '{rule.sentence}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {rule.condition} THEN {refusal} END IF; RETURN NEW;" if rule.condition else refusal
    return [
        f"CREATE OR REPLACE FUNCTION {rule.name}() RETURNS trigger AS $$ BEGIN {body} END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {rule.name} BEFORE {rule.event} ON {rule.table} FOR EACH ROW EXECUTE FUNCTION {rule.name}()",
    ]
