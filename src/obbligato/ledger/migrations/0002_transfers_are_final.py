"""Once the triggers' place; 0004 installs all of them, when the tables they guard are there."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = []
