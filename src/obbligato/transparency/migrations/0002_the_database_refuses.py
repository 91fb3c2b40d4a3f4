"""Let the database itself refuse to change what the log says."""

from django.db import migrations

from obbligato.transparency import immutability


class Migration(migrations.Migration):
    dependencies = [("transparency", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: immutability.install(schema_editor.connection),
            lambda apps, schema_editor: immutability.remove(schema_editor.connection),
        )
    ]
