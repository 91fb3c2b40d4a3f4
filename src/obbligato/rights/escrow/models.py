"""Holdings: the shares of some recordings wait for a decision. A holding ends once, and says how."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.catalog.models import Recording
from obbligato.kernel import clock
from obbligato.rights.models import Party


class Holding(models.Model):
    """For one cause the shares of some recordings are held, from a moment on until it is decided whose they are."""

    class Outcome(models.TextChoices):
        OPEN = "open", "Held"
        RELEASED = "released", "Given to those who had them"
        AWARDED = "awarded", "Given to the winner"

    reference = models.CharField(max_length=60, help_text="The cause, such as claim:C-7K2M.")
    by = models.CharField(max_length=150)
    since = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    proposed_by = models.CharField(max_length=150, blank=True, help_text="Of an award: not who ended it.")
    winner = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, blank=True, related_name="won_holdings")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    looked_through = models.DateTimeField(null=True, blank=True, help_text="Sales until then were looked through.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reference"], condition=Q(ended_at__isnull=True), name="one_open_holding_a_cause"
            ),
            models.CheckConstraint(
                name="holding_ends_with_an_outcome",
                condition=Q(outcome="open", ended_at__isnull=True) | (~Q(outcome="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="holding_awarded_to_somebody",
                condition=Q(outcome="awarded", winner__isnull=False) | (~Q(outcome="awarded") & Q(winner__isnull=True)),
            ),
            models.CheckConstraint(
                name="holding_awarded_by_two_people",
                condition=~Q(outcome="awarded") | (~Q(proposed_by="") & ~Q(proposed_by=F("ended_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.get_outcome_display()}"

    def account_name(self, party_id: int) -> str:
        """The name of the account in which it keeps one party's shares."""
        return f"escrow:{self.reference.partition(':')[2]}:{party_id}"


class HeldRecording(models.Model):
    """A recording whose shares a holding holds."""

    holding = models.ForeignKey(Holding, on_delete=models.CASCADE, related_name="recordings")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="holdings")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["holding", "recording"], name="a_recording_once_in_a_holding"),
        ]

    def __str__(self) -> str:
        return f"{self.recording}, held for {self.holding.reference}"
