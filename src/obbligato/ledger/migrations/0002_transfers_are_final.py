"""Let the database itself refuse to change or delete a transfer."""

from django.db import migrations

from obbligato.ledger import immutability


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: immutability.install(schema_editor.connection),
            lambda apps, schema_editor: immutability.remove(schema_editor.connection),
        )
    ]
