"""What a label is working on: a draft of the next edition with its terms, its earlier versions, its appointments."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.catalog.contents import Content
from obbligato.catalog.models import Edition, Release
from obbligato.kernel import clock
from obbligato.sales.editing.written import WrittenTerms

TO_COME = Q(kept_at__isnull=True, failed_at__isnull=True, cancelled_at__isnull=True)
"""An appointment of which nothing has come yet."""


class Draft(models.Model):
    """The next edition of a release, as far as somebody has got with it. Texts are kept as they were written."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="draft")
    base = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", help_text="What it began with.")
    version = models.PositiveIntegerField(default=1, help_text="Counts its changes: who saves says which one she saw.")
    content_json = models.JSONField()
    terms_json = models.JSONField()
    base_terms_json = models.JSONField(help_text="What it began with: only what is written otherwise is declared.")
    opened_by = models.CharField(max_length=150)
    opened_at = models.DateTimeField(default=clock.now)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"draft of {self.release}"

    @property
    def content(self) -> Content:
        """What the edition would hold."""
        return Content.from_json(self.content_json)

    @property
    def terms(self) -> WrittenTerms:
        """On what terms it would be sold."""
        return WrittenTerms.from_json(self.terms_json)

    @property
    def base_terms(self) -> WrittenTerms:
        """The terms that were in force when it was opened."""
        return WrittenTerms.from_json(self.base_terms_json)

    @property
    def is_behind(self) -> bool:
        """Whether another edition was published since it was begun."""
        return self.release.edition_id != self.base_id

    @property
    def appointment(self) -> "Appointment | None":
        """When it is to be published; None where nobody said so, or it could not be."""
        return self.appointments.filter(TO_COME).first()


class EarlierVersion(models.Model):
    """A draft as it was before a change, to tell someone what another changed."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="earlier")
    version = models.PositiveIntegerField()
    content_json = models.JSONField()
    terms_json = models.JSONField()
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draft", "version"], name="draft_version_once"),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.draft}"


class Appointment(models.Model):
    """When a draft is to be published, and what came of it. While it stands, the draft is not changed."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="appointments")
    draft = models.ForeignKey(Draft, on_delete=models.SET_NULL, null=True, related_name="appointments")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField(default=clock.now)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+")
    kept_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it could not be published then.")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["release"],
                condition=TO_COME,
                name="one_appointment_at_a_time",
            ),
            models.CheckConstraint(
                name="appointment_ends_once",
                condition=Q(kept_at__isnull=True, failed_at__isnull=True)
                | Q(kept_at__isnull=True, cancelled_at__isnull=True)
                | Q(failed_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["at"],
                condition=TO_COME,
                name="appointment_to_come",
            )
        ]

    def __str__(self) -> str:
        return f"{self.release} at {self.at:%Y-%m-%d %H:%M} UTC"

    @property
    def outcome(self) -> str:
        """What came of it, in a sentence."""
        if self.kept_at:
            return f"Published on {_written(self.kept_at)}."
        if self.failed_at:
            return f"Not published: {self.reason}"
        if self.cancelled_at:
            return f"Cancelled by {self.cancelled_by} on {_written(self.cancelled_at)}."
        return "To come."


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
