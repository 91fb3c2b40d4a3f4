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


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers where they are not there yet."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
        for statement in (POSTGRESQL if connection.vendor == "postgresql" else SQLITE).values():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that must rebuild the table, and for emptying a test database."""
    on_table = " ON ledger_transfer" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for verb in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER IF EXISTS ledger_transfer_no_{verb}{on_table}")
