"""Licence bases and split sheets: rows with a who, a when and a why. They are replaced, never edited."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from obbligato.catalog.models import Recording
from obbligato.kernel import clock


class Licence(models.Model):
    """Why a recording may be sold: its basis, territories and term."""

    class Basis(models.TextChoices):
        OWN = "own", gettext_lazy("Own recording")
        LICENSED = "licensed", gettext_lazy("Licensed to the store")
        OPEN_LICENCE = "open_licence", gettext_lazy("Open licence")
        PUBLIC_DOMAIN = "public_domain", gettext_lazy("Public domain")

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="licences")
    basis = models.CharField(max_length=16, choices=Basis.choices)
    evidence = models.TextField()
    territories = models.JSONField(help_text='ISO 3166-1 alpha-2 codes, or ["WORLD"].')
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The first day on which it no longer holds.")
    declared_by = models.CharField(max_length=150)
    declared_at = models.DateTimeField(default=clock.now)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="licence_term_forward",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                fields=["recording"], condition=Q(replaced_at__isnull=True), name="one_licence_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording}: {self.get_basis_display()}"


class Party(models.Model):
    """Someone who shares in what a recording earns (DDEX: Party)."""

    name = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return self.name


class SplitSheet(models.Model):
    """Who shares in a recording from a moment on. Sales before that moment keep the sheet they had."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="split_sheets")
    valid_from = models.DateTimeField(default=clock.now)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["recording", "-valid_from", "-pk"]

    def __str__(self) -> str:
        return f"split of {self.recording} from {self.valid_from:%Y-%m-%d}"


class Share(models.Model):
    """One party's part of a split sheet, in basis points of what reaches the rights-holders."""

    sheet = models.ForeignKey(SplitSheet, on_delete=models.PROTECT, related_name="shares")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="shares")
    role = models.CharField(max_length=40)
    basis_points = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="share_within_whole", condition=Q(basis_points__gt=0, basis_points__lte=10_000)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.basis_points / 100:g} %"
