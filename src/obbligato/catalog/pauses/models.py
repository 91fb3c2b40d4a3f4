"""Pauses: until when nothing new of a label is published, and by which decision."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.catalog.models import Label
from obbligato.kernel import clock


class LabelPause(models.Model):
    """From a moment until another, or until it is lifted, a label publishes no new edition."""

    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="pauses")
    reference = models.CharField(max_length=40, unique=True, help_text="The decision by which it stands.")
    since = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_pause_has_an_end_and_a_cause", condition=Q(until__gt=F("since")) & ~Q(reference="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} until {self.until:%Y-%m-%d}, {self.reference}"
