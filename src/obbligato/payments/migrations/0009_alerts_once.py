from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_the_first(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Two that came at the same moment say the same."""
    alert = apps.get_model("payments", "Alert")
    known = set()
    for one in alert.objects.order_by("pk"):
        if (one.kind, one.subject) in known:
            one.delete()
        known.add((one.kind, one.subject))


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0008_attempt_payer_country"),
    ]

    operations = [
        migrations.RunPython(keep_the_first, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(fields=("kind", "subject"), name="alert_once"),
        ),
    ]
