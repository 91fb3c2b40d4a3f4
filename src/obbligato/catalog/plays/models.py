"""How often a track was heard on a day: a number, and nothing of who listened, from where or with what."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.catalog.models import Track


class Plays(models.Model):
    """Of one track, on one day (UTC)."""

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="plays", db_index=False)
    day = models.DateField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "plays"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["track", "day"], name="plays_of_a_track_once_a_day"),
            models.CheckConstraint(name="plays_counted", condition=Q(count__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.track} on {self.day}: {self.count}"
