from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COUNTED_SO_FAR = 2
"""What was counted under it stays; what was counted before it is outdated already."""


def note_counted(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Each track said it of itself; an edition says it for all of its tracks."""
    Edition = apps.get_model("catalog", "Edition")
    outdated = Edition.objects.exclude(tracks__tag_bytes__version=COUNTED_SO_FAR).values("pk")
    Edition.objects.exclude(pk__in=outdated).update(tag_bytes_version=COUNTED_SO_FAR)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_previews'),
    ]

    operations = [
        migrations.AddField(
            model_name='edition',
            name='tag_bytes_version',
            field=models.PositiveIntegerField(db_index=True, default=0, help_text='Of what counted the bytes that tags and cover add to its tracks.'),
        ),
        migrations.RunPython(note_counted, migrations.RunPython.noop),
    ]
