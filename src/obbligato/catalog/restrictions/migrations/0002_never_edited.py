"""Let the database itself refuse to edit a restriction."""

from django.db import migrations

from obbligato.catalog.restrictions import immutability


class Migration(migrations.Migration):
    dependencies = [("restrictions", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: immutability.install(schema_editor.connection),
            lambda apps, schema_editor: immutability.remove(schema_editor.connection),
        )
    ]
