"""What is being brought in: a batch of files, and how it stands with each. Bytes and their number lie on the disk."""

from pathlib import Path
from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.catalog.models import Release
from obbligato.catalog.scanning import AUDIO
from obbligato.kernel import chance, clock
from obbligato.kernel.folders import data_folder
from obbligato.people.models import Person

FOLDER = "uploads"
LONGEST_PATH = 400
"""Characters."""


def new_key() -> str:
    """The name of a batch's folder, never used twice: a database that was put back may count its rows anew."""
    return chance.token(12)


class Upload(models.Model):
    """A batch: what somebody sends together, to be taken in together."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ASKED = "asked", "Waits to be taken in"
        TAKING = "taking", "Being taken in"
        TAKEN = "taken", "Taken in"

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="uploads")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=clock.now)
    touched_at = models.DateTimeField(default=clock.now)
    asked_by = models.CharField(max_length=150, blank=True)
    asked_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0, help_text="How often taking it in was begun since it was asked for.")
    done_files = models.PositiveIntegerField(default=0)
    all_files = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True, help_text="What taking it in came to, or waits for.")
    outcome = models.JSONField(default=list, help_text="What was said of whole releases when it was taken in.")
    releases = models.ManyToManyField(Release, related_name="uploads")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], name="uploads_to_take_in", condition=Q(state__in=["asked", "taking"])),
            models.Index(fields=["touched_at"], name="uploads_to_sweep", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"upload of {self.created_at:%Y-%m-%d %H:%M} by {self.person}"

    @property
    def is_open(self) -> bool:
        return self.state == Upload.State.OPEN

    @property
    def folder(self) -> Path:
        """The files that are here whole, as they lay in the label's folder."""
        return data_folder(FOLDER, self.key, "whole")

    @property
    def parts(self) -> Path:
        """Where files lie while they come."""
        return data_folder(FOLDER, self.key, "parts")


class UploadedFile(models.Model):
    """One file of a batch, from its first byte until its release is in the catalogue."""

    class State(models.TextChoices):
        COMING = "coming", "Not here whole"
        WAITING = "waiting", "Waits to be examined"
        EXAMINING = "examining", "Being examined"
        EXAMINED = "examined", "Examined"
        REFUSED = "refused", "Refused"
        TAKEN = "taken", "Taken in"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=LONGEST_PATH)
    path_folded = models.CharField(max_length=3 * LONGEST_PATH, help_text="As a file system that knows no case has it.")
    size_bytes = models.BigIntegerField()
    modified_ms = models.BigIntegerField(null=True, help_text="When its sender says that it was last changed.")
    metadata = models.CharField(max_length=4_000, blank=True, help_text="Upload-Metadata as its sender wrote it.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.COMING)
    tries = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list, help_text="What the doctor said.")
    outcome = models.JSONField(default=list, help_text="What became of it when its batch was taken in.")
    created_at = models.DateTimeField(default=clock.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "path_folded"], name="uploads_a_path_once"),
            models.CheckConstraint(name="uploaded_size_not_negative", condition=Q(size_bytes__gte=0)),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["completed_at", "id"],
                name="uploads_to_examine",
                condition=Q(state__in=["waiting", "examining"]),
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def part(self) -> Path:
        """Where its bytes go while it comes."""
        return self.upload.parts / str(self.pk)

    @property
    def file(self) -> Path:
        """Where it lies when it is whole."""
        return self.upload.folder / self.path

    @property
    def is_audio(self) -> bool:
        """Whether it is to sound."""
        return Path(self.path).suffix[1:].lower() in AUDIO
