"""Triggers by which the database itself refuses to edit a restriction, on SQLite and PostgreSQL. It can only be ended."""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "restrictions_restriction"
FINAL = "authority_kind, authority_number, decided_at, effects, territories, starts_at, ends_at, sentence, imposed_at"
RULES = {
    "restriction_no_edit": (f"UPDATE OF {FINAL}", "TRUE", "a restriction is never edited, only ended"),
    "restriction_ends_once": ("UPDATE", "OLD.lifted_at IS NOT NULL", "a restriction that was lifted stays so"),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    with connection.cursor() as cursor:
        for name, (event, condition, sentence) in RULES.items():
            if connection.vendor == "postgresql":
                refusal = f"RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';"
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN"
                    f" IF {condition} THEN {refusal} END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
                )
                act = f"FOR EACH ROW EXECUTE FUNCTION {name}()"
            else:
                act = f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            cursor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} {act}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that must rebuild the table."""
    with connection.cursor() as cursor:
        for name in RULES:
            place = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{place}")
