"""Triggers by which the database itself refuses to edit a restriction, for it can only be ended, and ended once."""

from django.db.backends.base.base import BaseDatabaseWrapper

from obbligato.kernel import triggers
from obbligato.kernel.triggers import Rule

TABLE = "restrictions_restriction"
FINAL = "authority_kind, authority_number, decided_at, effects, territories, starts_at, ends_at, sentence, imposed_at"
RULES = (
    Rule("restriction_no_edit", TABLE, f"UPDATE OF {FINAL}", "a restriction is never edited, only ended"),
    Rule("restriction_ends_once", TABLE, "UPDATE", "a restriction that ended stays so", "OLD.lifted_at IS NOT NULL"),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers, also where they are there already."""
    triggers.install(connection, RULES)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that must rebuild the table."""
    triggers.remove(connection, RULES)
