"""An order of a court or an authority, the papers of it that were served, each step with who and why, and its letters.

A paper is the order itself, an amendment, or a lifting. None changes anything before a second person has verified it
and it is in force or provisionally enforceable.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.catalog.restrictions.models import Effect
from obbligato.catalog.restrictions.scopes import Scope
from obbligato.kernel import clock, kept_files

FOLDER = "court-orders"
UNKNOWN_LANGUAGE = "und"
"""ISO 639-2: nobody here can tell what it says."""


class CourtOrder(models.Model):
    """One case of one issuer. What it closes now is the scope of its last paper that took effect."""

    class Issuer(models.TextChoices):
        COURT = "court", "Court"
        AUTHORITY = "authority", "Authority"

    class State(models.TextChoices):
        RECEIVED = "received", "Received, to be verified by a second person"
        QUERIED = "queried", "Its issuer was asked"
        REJECTED = "rejected", "Rejected"
        WAITING_FORCE = "waiting", "Verified, not in force yet"
        EFFECTIVE = "effective", "In effect"
        EXPIRED = "expired", "Expired"
        LIFTED = "lifted", "Lifted"

    number = models.CharField(max_length=20, unique=True)
    issuer = models.CharField(max_length=200, help_text="As it calls itself.")
    issuer_kind = models.CharField(max_length=9, choices=Issuer)
    issuer_email = models.EmailField(blank=True, help_text="Where the report of effect goes; none: it is printed.")
    case_number = models.CharField(max_length=100)
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVED)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "court order"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(issuer="") & ~Q(case_number=""), name="court_order_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.issuer}, {self.case_number}"

    @property
    def subject(self) -> str:
        """As the public log names it."""
        return f"order:{self.number}"


class Paper(models.Model):
    """A document that was served: what it orders, and whether it may take effect. `applied_at` says since when it did.

    Recordings, territories and effects of a lifting are empty.
    """

    class Kind(models.TextChoices):
        ORDER = "order", "Order"
        AMENDMENT = "amendment", "Amendment"
        LIFTING = "lifting", "Lifting"

    class Force(models.TextChoices):
        NONE = "none", "Not in force yet"
        PROVISIONAL = "provisional", "Provisionally enforceable"
        FULL = "full", "In force"

    order = models.ForeignKey(CourtOrder, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.ORDER)
    legal_basis = models.CharField(max_length=300, blank=True)
    operative_part = models.TextField(help_text="What is ordered, word for word.")
    language = models.CharField(max_length=3, help_text="ISO 639; “und” where nobody here can read it.")
    is_signed = models.BooleanField(help_text="Whether it bears a signature or a seal.")
    service = models.CharField(max_length=200, help_text="How it came: by a bailiff, by post, by a portal.")
    served_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    force = models.CharField(max_length=11, choices=Force, default=Force.NONE)
    force_since = models.DateTimeField(null=True)
    recordings = models.JSONField(default=list, help_text="Keys of recordings.")
    territories = models.JSONField(default=list)
    effects = models.JSONField(default=list)
    starts_at = models.DateTimeField(null=True, help_text="None: at once.")
    ends_at = models.DateTimeField(null=True, help_text="None: until it is lifted.")
    document_name = models.CharField(max_length=200)
    document_sha256 = models.CharField(max_length=64, unique=True)
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(default=clock.now)
    verified_by = models.CharField(max_length=150, blank=True)
    verified_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verified_by="") | ~Q(verified_by=F("recorded_by")), name="paper_verified_by_another"
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | (Q(verified_at__isnull=False) & ~Q(verified_by="")),
                name="paper_applied_when_verified",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | (~Q(force="none") & Q(force_since__lte=F("applied_at"))),
                name="paper_applied_when_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.decided_at:%-d %B %Y}"

    @property
    def content(self) -> bytes:
        """The document as it was served; only operators are ever given it. Raises kept_files.LostFile."""
        return kept_files.content_of(FOLDER, self.document_sha256)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to say something of it."""
        return self.verified_at is None and self.rejected_at is None

    @property
    def effect_names(self) -> list[Effect]:
        """What it closes."""
        return [Effect(value) for value in self.effects]

    def scope(self, now: datetime) -> Scope:
        """What it would close if it took effect at that moment."""
        return Scope(
            recordings=frozenset(self.recordings),
            territories=frozenset(self.territories),
            effects=frozenset(self.effect_names),
            starts_at=max(now, self.starts_at or now),
            ends_at=self.ends_at,
        )


class OrderStep(models.Model):
    """What happened to an order, who did it, when and why. Never changed."""

    class Kind(models.TextChoices):
        SERVED = "served", "Served"
        QUERIED = "queried", "Issuer asked"
        COMPLETED = "completed", "Completed by its issuer's answer"
        VERIFIED = "verified", "Verified"
        REJECTED = "rejected", "Rejected"
        WAITING = "waiting", "Waits until it is in force"
        IN_FORCE = "in_force", "In force"
        EFFECTIVE = "effective", "Took effect"
        AMENDED = "amended", "Amended"
        EXPIRED = "expired", "Expired"
        LIFTED = "lifted", "Lifted"

    order = models.ForeignKey(CourtOrder, on_delete=models.PROTECT, related_name="steps")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=9, choices=Kind)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=clock.now)
    why = models.TextField()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.by}"


class OrderLetter(models.Model):
    """A letter about an order: kept as it was written; sent by mail where there is an address, else to be printed."""

    class Kind(models.TextChoices):
        QUERY = "query", "Questions to the issuer"
        REPORT = "report", "Report of effect to the issuer"
        SUPPLIER = "supplier", "Notice to the supplier"

    order = models.ForeignKey(CourtOrder, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=8, choices=Kind)
    address = models.EmailField(blank=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    made_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, help_text="When the mail server took it.")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.made_at:%-d %B %Y}"
