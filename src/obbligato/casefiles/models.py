"""A case file that was built: the snapshot it was made of, and the hash of its bytes. It is never changed."""

from pathlib import Path
from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.casefiles.profiles import Profile
from obbligato.kernel import clock
from obbligato.kernel.folders import data_folder
from obbligato.standing.models import Incident


class CaseFile(models.Model):
    """One archive about one incident, as it was at one moment, for one kind of reader."""

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="case_files")
    profile = models.CharField(max_length=12, choices=Profile.choices)
    moment = models.DateTimeField(help_text="What happened later is not in it.")
    ledger_through = models.BigIntegerField(help_text="The id of the last transfer that its figures count.")
    log_size = models.BigIntegerField(help_text="Of the checkpoint that its proofs lead to; 0: nothing was signed.")
    frozen = models.TextField(help_text="What was known then and may be said in it, as canonical JSON.")
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    built_by = models.CharField(max_length=150)
    built_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="case_file_by_somebody", condition=~Q(built_by="")),
            models.CheckConstraint(name="case_file_of_past", condition=Q(ledger_through__gte=0, log_size__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_profile_display()}, {self.moment:%Y-%m-%d %H:%M}"

    @property
    def file(self) -> Path:
        """The archive as it was built."""
        return data_folder("casefiles", self.sha256[:2]) / f"{self.sha256}.zip"

    @property
    def file_name(self) -> str:
        """What it is called where it is saved."""
        return f"{self.number}-{self.profile}.zip"
