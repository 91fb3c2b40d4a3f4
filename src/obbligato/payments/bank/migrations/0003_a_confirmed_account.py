from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def confirm_those_that_were_told(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Buyers have been told of every account so far."""
    apps.get_model("bank", "OwnAccount").objects.update(confirmed_at=models.F("since"))


class Migration(migrations.Migration):

    dependencies = [
        ("bank", "0002_a_payout"),
    ]

    operations = [
        migrations.AddField(
            model_name="ownaccount",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, help_text="Since when buyers may be told of it.", null=True),
        ),
        migrations.AddField(
            model_name="ownaccount",
            name="confirmed_by",
            field=models.CharField(blank=True, help_text="Empty: it needed nobody's word.", max_length=150),
        ),
        migrations.RunPython(confirm_those_that_were_told, migrations.RunPython.noop),
    ]
