"""Attempts to bring money in: one row per try at one provider, committed before any byte is sent."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from obbligato.kernel import clock
from obbligato.kernel.money import format_money


class Attempt(models.Model):
    """One try at one provider to fill one person's wallet."""

    class State(models.TextChoices):
        PREPARED = "prepared", "Prepared"
        DISPATCHED = "dispatched", "Sent, no answer yet"
        ACTION_REQUIRED = "action_required", "Waiting for the buyer"
        SUCCEEDED = "succeeded", "Paid"
        DECLINED = "declined", "Declined"
        NOT_SENT = "not_sent", "Never reached the provider"
        UNKNOWN = "unknown", "Outcome unknown"
        EXPIRED = "expired", "Expired"
        VOIDED = "voided", "Cancelled"
        MISMATCH = "mismatch", "Another amount than asked: a person decides"

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one attempt.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts")
    provider = models.CharField(max_length=32)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    provider_reference = models.CharField(max_length=120, blank=True)
    next_url = models.CharField(max_length=300, blank=True, help_text="Where the buyer finishes the payment.")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the provider was last asked about it.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="attempt_amount_positive", condition=Q(amount_micro__gt=0)),
            models.UniqueConstraint(
                fields=["provider", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="provider_reference_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {format_money(self.amount_micro, self.currency)} by {self.provider}"

    @property
    def amount(self) -> str:
        return format_money(self.amount_micro, self.currency)

    @property
    def is_open(self) -> bool:
        """Whether the provider may still say something about it."""
        return self.state in OPEN_STATES


OPEN_STATES = {
    Attempt.State.PREPARED,
    Attempt.State.DISPATCHED,
    Attempt.State.ACTION_REQUIRED,
    Attempt.State.UNKNOWN,
}


class SandboxCharge(models.Model):
    """What the sandbox processor knows: it plays the outside company, so this row is not ours to trust."""

    reference = models.CharField(max_length=40, unique=True)
    idempotency_key = models.CharField(max_length=64, unique=True)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, default="open")
    return_url = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"
