"""A release may come with a PDF. Editions that are here already have none, and stay what they are."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_fingerprints")]

    operations = [
        migrations.CreateModel(
            name="Booklet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("original_name", models.CharField(max_length=255)),
                ("size_bytes", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="edition",
            name="booklet",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="editions",
                to="catalog.booklet",
            ),
        ),
    ]
