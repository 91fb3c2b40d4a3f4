"""Let accrued shares be overdrawn, and let the database itself refuse what would falsify the books."""

from django.db import migrations

from obbligato.ledger import immutability

OPEN = "UPDATE ledger_account SET may_overdraw = {true}, balance_micro = NULL WHERE kind = 'royalty'"


def install(apps, schema_editor):
    immutability.remove(schema_editor.connection)
    true = "TRUE" if schema_editor.connection.vendor == "postgresql" else "1"
    schema_editor.execute(OPEN.format(true=true))
    immutability.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_snapshots")]
    operations = [
        migrations.RunPython(install, lambda apps, schema_editor: immutability.remove(schema_editor.connection))
    ]
