"""Payments: what a buyer set out to pay, each try at one provider, each refund, and what is known of each rail.

A row is committed before any byte is sent.
"""

from dataclasses import fields
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from obbligato.kernel import clock
from obbligato.kernel.money import format_money
from obbligato.payments.health import REMEMBERED, Circuit, Health

LIVE = ["prepared", "dispatched", "action_required", "unknown"]
"""States of an attempt about which its provider may still say something."""
UNFINISHED = ["proposed", "prepared", "dispatched", "unknown"]
"""States of a refund that is neither made nor refused."""


class Intent(models.Model):
    """What a person set out to bring into her wallet, however many tries at however many rails that takes."""

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one payment.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="intents")
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(
        max_length=16, blank=True, help_text="What she chose to pay by; empty: the store chooses."
    )
    wanted = models.CharField(max_length=32, blank=True, help_text="The rail she chose, where she chose one.")
    country = models.CharField(max_length=2, blank=True)
    return_url = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="intent_amount_positive", condition=Q(amount_micro__gt=0))]

    def __str__(self) -> str:
        return f"{self.number}: {format_money(self.amount_micro, self.currency)}"

    @property
    def amount(self) -> str:
        return format_money(self.amount_micro, self.currency)


class Attempt(models.Model):
    """One try at one provider to fill one person's wallet."""

    class State(models.TextChoices):
        PREPARED = "prepared", gettext_lazy("Prepared")
        DISPATCHED = "dispatched", gettext_lazy("Sent, no answer yet")
        ACTION_REQUIRED = "action_required", gettext_lazy("Waiting for the buyer")
        SUCCEEDED = "succeeded", gettext_lazy("Paid")
        DECLINED = "declined", gettext_lazy("Declined")
        NOT_SENT = "not_sent", gettext_lazy("Never reached the provider")
        UNKNOWN = "unknown", gettext_lazy("Outcome unknown")
        EXPIRED = "expired", gettext_lazy("Expired")
        VOIDED = "voided", gettext_lazy("Cancelled")
        MISMATCH = "mismatch", "Another amount than asked: a person decides"

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="Under which the provider is asked, once.")
    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts")
    provider = models.CharField(max_length=32)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    provider_reference = models.CharField(max_length=120, blank=True)
    next_url = models.CharField(max_length=300, blank=True, help_text="Where the buyer finishes the payment.")
    reason = models.CharField(max_length=200, blank=True)
    decline = models.CharField(max_length=12, blank=True, help_text="What the provider's no means: contract.Decline.")
    reported_micro = models.BigIntegerField(default=0, help_text="What the provider says it captured.")
    reported_currency = models.CharField(max_length=3, blank=True)
    proposal = models.CharField(max_length=80, blank=True, help_text="What the first of two people wants to accept.")
    proposed_by = models.CharField(max_length=150, blank=True)
    accepted_by = models.CharField(max_length=150, blank=True, help_text="Who said that another amount is hers.")
    payer_country = models.CharField(max_length=2, blank=True, help_text="Of the card or account, where it is told.")
    created_at = models.DateTimeField(default=clock.now)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True, help_text="When the buyer chose another way.")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When the provider first said anything.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the provider was last asked about it.")
    asked_times = models.PositiveIntegerField(default=0)
    ask_next_at = models.DateTimeField(default=clock.now, null=True, db_index=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="attempt_amount_positive", condition=Q(amount_micro__gt=0)),
            models.CheckConstraint(
                name="attempt_by_two_people", condition=Q(proposed_by="") | ~Q(proposed_by=F("accepted_by"))
            ),
            models.UniqueConstraint(
                fields=["intent"],
                condition=Q(superseded_at__isnull=True, state__in=LIVE),
                name="one_live_attempt_of_an_intent",
            ),
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

    @property
    def captured_micro(self) -> int:
        """What came in by it; it may be another amount than was asked for."""
        return (self.reported_micro or self.amount_micro) if self.settled_at is not None else 0


OPEN_STATES = {Attempt.State(state) for state in LIVE}


class Decision(models.Model):
    """Which rails a payment could have gone to and why: the question as it was, and the answer, to be replayed."""

    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="decisions")
    policy_version = models.PositiveIntegerField()
    question = models.JSONField()
    answer = models.JSONField()
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.intent.number}: {', '.join(self.answer['order']) or 'no rail'}"


class RailHealth(models.Model):
    """What its last technical outcomes tell of a rail, as health.Health."""

    provider = models.CharField(max_length=32, unique=True)
    circuit = models.CharField(max_length=10, default=Circuit.CLOSED)
    recent = models.CharField(max_length=REMEMBERED, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    openings = models.PositiveIntegerField(default=0)
    good_probes = models.PositiveIntegerField(default=0)
    probed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.provider}: {self.circuit}"

    @property
    def known(self) -> Health:
        """Its numbers alone, as the arithmetic of health wants them."""
        return Health(**{one.name: getattr(self, one.name) for one in fields(Health)})


class RailBlock(models.Model):
    """Nothing is sent to a rail, by a person's word or because it said itself that it serves this store no more."""

    provider = models.CharField(max_length=32, db_index=True)
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=150, help_text="Who, or the attempt that was told so.")
    since = models.DateTimeField(default=clock.now)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider"], condition=Q(lifted_at__isnull=True), name="one_block_of_a_rail_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.reason}"


class Refund(models.Model):
    """Money on its way back to where it came from, out of a wallet and by one provider."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("Waits for a second person")
        PREPARED = "prepared", gettext_lazy("Prepared")
        DISPATCHED = "dispatched", gettext_lazy("Sent, no answer yet")
        UNKNOWN = "unknown", gettext_lazy("Outcome unknown")
        DONE = "done", gettext_lazy("Sent back")
        FAILED = "failed", gettext_lazy("Refused: back in the wallet")

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one refund.")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="refunds")
    amount_micro = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.PREPARED)
    provider_reference = models.CharField(max_length=120, blank=True)
    next_url = models.CharField(max_length=300, blank=True, help_text="Where the buyer takes it, if she has to.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why whoever asked for it did.")
    said = models.CharField(max_length=200, blank=True, help_text="What the provider last said of it.")
    asked_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    asked_times = models.PositiveIntegerField(default=0)
    ask_next_at = models.DateTimeField(default=clock.now, null=True, db_index=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_micro__gt=0)),
            models.CheckConstraint(
                name="refund_by_two_people", condition=Q(approved_by="") | ~Q(approved_by=F("asked_by"))
            ),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(state__in=UNFINISHED),
                name="one_refund_of_a_charge_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount} of {self.attempt.number}"

    @property
    def amount(self) -> str:
        return format_money(self.amount_micro, self.attempt.currency)

    @property
    def is_open(self) -> bool:
        return self.state in UNFINISHED


class Credit(models.Model):
    """Money an operator put into a wallet against a receipt or as goodwill; above a limit two people must agree."""

    class Kind(models.TextChoices):
        CASH = "cash", "Cash taken"
        GOODWILL = "goodwill", "Goodwill"

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("Waits for a second person")
        GIVEN = "given", "Given"
        REJECTED = "rejected", "Rejected"

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one credit.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credits")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.CharField(max_length=300, help_text="The receipt's number, or why.")
    asked_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="credit_amount_positive", condition=Q(amount_micro__gt=0)),
            models.CheckConstraint(
                name="credit_by_two_people", condition=Q(approved_by="") | ~Q(approved_by=F("asked_by"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount} to {self.person}"

    @property
    def amount(self) -> str:
        return format_money(self.amount_micro, self.currency)


class SoleDecision(models.Model):
    """Money that one operator moved by her word alone: what a day's sum of is limited."""

    by = models.CharField(max_length=150)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=80, help_text="What it was: a credit's number, a refund's, a bank entry's.")
    decided_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["by", "currency", "decided_at"], name="sole_decisions_of_a_day")]
        constraints: ClassVar = [
            models.CheckConstraint(name="sole_decision_positive", condition=Q(amount_micro__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.by}: {format_money(self.amount_micro, self.currency)}, {self.reference}"


class Dispute(models.Model):
    """A payer takes her money back through her bank. The provider has it, whatever the store thinks of that."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won: the money came back"
        LOST = "lost", "Lost"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="disputes")
    reference = models.CharField(max_length=120, help_text="The provider's own number of it.")
    amount_micro = models.BigIntegerField()
    reclaimed_micro = models.BigIntegerField(default=0, help_text="What of it was still in the wallet and taken back.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=200, blank=True)
    respond_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="dispute_amount_positive", condition=Q(amount_micro__gt=0)),
            models.UniqueConstraint(fields=["attempt", "reference"], name="dispute_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {format_money(self.amount_micro, self.attempt.currency)}"


class InboxEvent(models.Model):
    """News from a provider as it came, kept before anything is made of it."""

    provider = models.CharField(max_length=32)
    event_id = models.CharField(max_length=120)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField(default=clock.now)
    handled_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    try_next_at = models.DateTimeField(default=clock.now, null=True, db_index=True)
    trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="news_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Alert(models.Model):
    """Something a person has to look at, because no program should decide it."""

    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=150)
    sentence = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "subject"], name="alert_once")]

    def __str__(self) -> str:
        return self.sentence


class SandboxCharge(models.Model):
    """What the sandbox processor knows: it plays the outside company, so this row is not ours to trust."""

    reference = models.CharField(max_length=40, unique=True)
    idempotency_key = models.CharField(max_length=64, unique=True)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, default="open")
    return_url = models.CharField(max_length=300)
    refunds = models.JSONField(default=dict, help_text="Amounts sent back, by the key they were asked with.")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"
