from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="language",
            field=models.CharField(
                blank=True, help_text="ISO 639-1; what she reads, blank where never told.", max_length=2
            ),
        ),
    ]
