"""What recordings that sound alike are found by. Masters that are here already are asked again by their next import."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="master",
            name="fingerprint",
            field=models.TextField(help_text="Chromaprint's, compressed; null: none was taken yet.", null=True),
        ),
        migrations.CreateModel(
            name="Landmark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "master",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="landmarks",
                        to="catalog.master",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["master"], name="landmark_of_master")],
                "constraints": [models.UniqueConstraint(fields=("number", "master"), name="landmark_once")],
            },
        ),
    ]
