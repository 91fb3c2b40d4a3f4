"""Listen again to a master that an older program took in. It changes nothing but what is known of the sound."""

from django.db import transaction

from obbligato.audio.errors import AudioRefused
from obbligato.audio.inspecting import inspect_in_child
from obbligato.catalog.models import HEARD, Master
from obbligato.kernel.refusals import Refused

LONGEST_SECONDS = 120.0


class CannotHear(Refused):
    """The master could not be decoded to its end again, and why."""


def hear_again(master: Master) -> Master:
    """Decode the master in a process of its own and keep what was heard. Raises CannotHear with the reason."""
    try:
        heard = inspect_in_child(master.source, timeout_seconds=LONGEST_SECONDS).heard
    except AudioRefused as refusal:
        raise CannotHear(str(refusal)) from None
    except OSError as error:
        raise CannotHear(f"The master's file cannot be read: {error.strerror}.") from error
    with transaction.atomic():
        known = Master.objects.select_for_update().get(pk=master.pk)
        known.facts_json = {**known.facts_json, HEARD: heard.to_json()}
        known.save(update_fields=["facts_json"])
    return known
