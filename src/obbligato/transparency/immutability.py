"""Triggers that let the database itself keep the log as it was written: nothing of it is changed or deleted."""

from django.db.backends.base.base import BaseDatabaseWrapper

from obbligato.kernel import triggers
from obbligato.kernel.triggers import Rule

RULES = tuple(
    Rule(f"transparency_{name}_no_{event.lower()}", f"transparency_{name}", event, sentence)
    for name, sentence in (
        ("entry", "an entry of the log is never changed or deleted"),
        ("tile", "a tile of the log is never changed or deleted"),
        ("checkpoint", "a checkpoint of the log is never changed or deleted"),
    )
    for event in ("UPDATE", "DELETE")
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers, also where they are there already."""
    triggers.install(connection, RULES)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that must rebuild a table, and for emptying a test database."""
    triggers.remove(connection, RULES)
