"""The check of the audio is remembered with its size, so that a zip can say it before the file is made again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("encoding", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="encodedsize",
            name="audio_crc32",
            field=models.BigIntegerField(help_text="CRC-32 of the audio bytes alone.", null=True),
        ),
    ]
