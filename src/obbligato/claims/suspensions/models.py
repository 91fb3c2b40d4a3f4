"""Words about suppliers: a warning, or a suspension with an end, what it was judged on, and what came of an appeal."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.catalog.models import Label
from obbligato.claims.models import Claim
from obbligato.claims.regimes.eu_dsa import MONTHS_TO_COMPLAIN
from obbligato.claims.regimes.steps import months_after
from obbligato.kernel import clock


class SupplierWord(models.Model):
    """That a supplier often supplies manifestly illegal content (DSA Article 23(1)): a warning, or a suspension."""

    number = models.CharField(max_length=20, unique=True)
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="words")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="supplier_words")
    until = models.DateTimeField(null=True, help_text="Of a suspension; null: a warning.")
    closed_count = models.PositiveIntegerField(help_text="Claims by which something of hers is closed.")
    share_per_mille = models.PositiveIntegerField(help_text="Of all claims about her.")
    gravity = models.TextField()
    intent = models.TextField()
    reason = models.TextField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=clock.now)
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_why = models.TextField(blank=True)
    is_lifted = models.BooleanField(default=False)

    class Meta:
        verbose_name = "word about a supplier"
        verbose_name_plural = "words about suppliers"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="supplier_word_says_why", condition=~Q(gravity="") & ~Q(intent="") & ~Q(reason="") & ~Q(by="")
            ),
            models.CheckConstraint(
                name="suspension_has_an_end", condition=Q(until__isnull=True) | Q(until__gt=F("at"))
            ),
            models.CheckConstraint(
                name="supplier_appeal_decided_by_another",
                condition=Q(decided_at__isnull=True, decided_by="", is_lifted=False)
                | (
                    Q(decided_at__isnull=False, appealed_at__isnull=False)
                    & ~Q(decided_by="")
                    & ~Q(decided_by=F("by"))
                    & ~Q(decided_why="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {'suspension' if self.until else 'warning'} of {self.label}"

    @property
    def appeal_ends_at(self) -> datetime:
        """Until when she may appeal, as with any other decision (DSA Article 20(1)(c))."""
        return months_after(self.at, MONTHS_TO_COMPLAIN)

    @property
    def can_be_appealed(self) -> bool:
        return self.appealed_at is None and clock.now() <= self.appeal_ends_at
