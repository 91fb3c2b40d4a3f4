"""Awards: to whom somebody proposed to give a claim's shares, by what that is decided, and the second person's word."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.claims.models import Claim
from obbligato.kernel import clock


class Award(models.Model):
    """A proposal to give what waits for a claim to one party; nothing moves before another person has confirmed it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        CONFIRMED = "confirmed", "Confirmed"
        REJECTED = "rejected", "Rejected"

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="awards")
    winner = models.CharField(max_length=200)
    ground = models.CharField(
        max_length=80, help_text="What decides it: a decision, an order, or a document's SHA-256."
    )
    reason = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="award_of_somebody_to_somebody_for_something",
                condition=~Q(winner="") & ~Q(ground="") & ~Q(reason="") & ~Q(asked_by=""),
            ),
            models.CheckConstraint(
                name="award_confirmed_by_another",
                condition=~Q(state="confirmed") | (~Q(decided_by="") & ~Q(decided_by=F("asked_by"))),
            ),
            models.CheckConstraint(
                name="award_decided_at_a_moment",
                condition=Q(state="proposed", decided_at__isnull=True)
                | (~Q(state="proposed") & Q(decided_at__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["claim"], condition=Q(state="proposed"), name="one_waiting_award_of_a_claim"
            ),
        ]

    def __str__(self) -> str:
        return f"shares of {self.claim} to {self.winner}, by {self.ground}"
