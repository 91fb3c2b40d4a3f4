"""Count one more play of a track. It keeps a number and nothing else."""

from django.db import transaction
from django.db.models import F

from obbligato.catalog.models import Track
from obbligato.catalog.plays.models import Plays
from obbligato.kernel import clock
from obbligato.kernel.refusals import Missing


class NoSuchTrack(Missing):
    """Nothing of that number is on any release."""


def count_play(track_id: int) -> None:
    """A track was heard once more today. Raises NoSuchTrack."""
    today = Plays.objects.filter(track_id=track_id, day=clock.today())
    if today.update(count=F("count") + 1):
        return
    if not Track.objects.filter(pk=track_id).exists():
        raise NoSuchTrack("There is no such track.")
    # It is the day's first, unless another came first.
    with transaction.atomic():
        _, is_first = Plays.objects.get_or_create(track_id=track_id, day=clock.today(), defaults={"count": 1})
        if not is_first:
            today.update(count=F("count") + 1)
