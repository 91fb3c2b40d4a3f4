"""Triggers that let the database itself refuse to change or delete a transfer, on SQLite and PostgreSQL."""

from django.db.backends.base.base import BaseDatabaseWrapper

SQLITE = {
    verb: f"""
    CREATE TRIGGER IF NOT EXISTS ledger_transfer_no_{verb} BEFORE {verb} ON ledger_transfer
    BEGIN SELECT RAISE(ABORT, 'a transfer is never changed or deleted'); END
    """
    for verb in ("update", "delete")
}
POSTGRESQL_FUNCTION = """
    CREATE OR REPLACE FUNCTION ledger_transfer_is_final() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'a transfer is never changed or deleted' USING ERRCODE = 'integrity_constraint_violation';
    END $$ LANGUAGE plpgsql
"""
POSTGRESQL = {
    verb: f"""
    CREATE OR REPLACE TRIGGER ledger_transfer_no_{verb} BEFORE {verb} ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_transfer_is_final()
    """
    for verb in ("update", "delete")
}


ON_REMOVAL = {"postgresql": " ON ledger_transfer", "sqlite": ""}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers where they are not there yet."""
    statements = {"postgresql": [POSTGRESQL_FUNCTION, *POSTGRESQL.values()], "sqlite": [*SQLITE.values()]}
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that must rebuild the table, and for emptying a test database."""
    with connection.cursor() as cursor:
        for verb in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER IF EXISTS ledger_transfer_no_{verb}{ON_REMOVAL[connection.vendor]}")
