"""Give each attempt made before intents were known one of its own."""

from django.db import migrations


def give_intents(apps, schema_editor):
    attempts = apps.get_model("payments", "Attempt").objects
    intents = apps.get_model("payments", "Intent").objects
    for attempt in attempts.filter(intent__isnull=True).order_by("pk").iterator():
        attempt.intent = intents.create(
            number=attempt.number,
            key=attempt.key,
            person_id=attempt.person_id,
            amount_micro=attempt.amount_micro,
            currency=attempt.currency,
            wanted=attempt.provider,
            return_url="",
            created_at=attempt.created_at,
        )
        attempt.dispatched_at = attempt.created_at
        attempt.save(update_fields=["intent", "dispatched_at"])


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_intents_and_refunds")]
    operations = [migrations.RunPython(give_intents, migrations.RunPython.noop)]
