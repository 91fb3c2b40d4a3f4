"""Comparisons of a company's word with the books, and each difference with its age. Amounts in micro-units."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.kernel import clock


class Comparison(models.Model):
    """What a company said it holds for the store, and what the books said, at one moment."""

    provider = models.CharField(max_length=32)
    currency = models.CharField(max_length=3)
    theirs_micro = models.BigIntegerField(null=True, help_text="Empty where it did not say.")
    ours_micro = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.provider} ({self.currency}), {self.at:%Y-%m-%d}"


class Difference(models.Model):
    """The two did not agree: since when, until when, and who explained it how."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        EXPLAINED = "explained", "Explained"
        BOOKED = "booked", "Booked"
        GONE = "gone", "Gone by itself"

    provider = models.CharField(max_length=32)
    currency = models.CharField(max_length=3)
    theirs_micro = models.BigIntegerField()
    ours_micro = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    first_seen_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "currency"], condition=Q(state="open"), name="one_open_difference_of_a_rail"
            ),
            models.CheckConstraint(
                name="difference_explained_by_somebody",
                condition=~Q(state="explained") | ~Q(closed_by="") & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} ({self.currency}), since {self.first_seen_at:%Y-%m-%d}"

    @property
    def amount_micro(self) -> int:
        """What they hold more than the books say; below zero where it is less."""
        return self.theirs_micro - self.ours_micro

    @property
    def age_days(self) -> int:
        return ((self.closed_at or clock.now()) - self.first_seen_at).days
