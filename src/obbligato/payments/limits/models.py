"""What each rail may carry, since when and by whose word. A row is ended and followed by another, never edited."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.kernel import clock


class RailLimit(models.Model):
    """One rail's limits for a time."""

    provider = models.CharField(max_length=32, db_index=True)
    share_per_mille = models.PositiveIntegerField(default=1_000, help_text="Of those who pay, by lot.")
    methods_withheld = models.JSONField(default=list)
    countries_withheld = models.JSONField(default=list, help_text="ISO 3166-1 alpha-2 codes.")
    handicap_basis_points = models.PositiveIntegerField(default=0, help_text="Taken from its score.")
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=150)
    since = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="rail_limit_share", condition=Q(share_per_mille__lte=1_000)),
            models.UniqueConstraint(
                fields=["provider"], condition=Q(ended_at__isnull=True), name="one_limit_of_a_rail_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.reason}"
