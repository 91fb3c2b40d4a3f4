"""What is restricted, by what decision or order. A row is never edited; it ends by itself, or is lifted once."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from obbligato.catalog.models import Recording
from obbligato.catalog.restrictions.scopes import Scope
from obbligato.kernel import clock


class Effect(models.TextChoices):
    """What can be closed, each by itself. Who is paid is none of it."""

    SELL = "sell", gettext_noop("sale")
    PREVIEW = "preview", gettext_noop("preview")
    REDOWNLOAD = "redownload", gettext_noop("download by who owns it")
    GIFT = "gift", gettext_noop("giving it to somebody")
    SEARCH = "search", gettext_noop("search and lists")


def listed(words: list[str]) -> str:
    """Words as one text in which each can be found by itself: “,DE,AT,”."""
    return f",{','.join(words)}," if words else ""


class Restriction(models.Model):
    """What one decision, or one order in force, closes. What is closed at a moment is the union of all active ones."""

    class Kind(models.TextChoices):
        DECISION = "decision", "Decision"
        ORDER = "order", "Order"

    authority_kind = models.CharField(max_length=8, choices=Kind)
    authority_number = models.CharField(max_length=40, db_index=True)
    decided_at = models.DateTimeField(help_text="When there was a decision with reasons, or an order in force.")
    effects = models.CharField(max_length=60, help_text="Each between commas: ,sell,preview,")
    territories = models.TextField(help_text="ISO 3166-1 alpha-2 or WORLD, each between commas: ,DE,AT,")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, help_text="The first moment at which it no longer holds.")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=150, blank=True)
    sentence = models.TextField(help_text="What people are told in the place of what is closed.")
    imposed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(authority_kind__in=["decision", "order"]) & ~Q(authority_number=""),
                name="restriction_has_authority",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=F("decided_at")), name="restriction_not_before_its_authority"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="restriction_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(effects="") & ~Q(territories="") & ~Q(sentence=""), name="restriction_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority_kind} {self.authority_number}"

    @property
    def effect_names(self) -> list[Effect]:
        """What it closes."""
        return [Effect(value) for value in self.effects.strip(",").split(",")]

    @property
    def territory_codes(self) -> list[str]:
        """Where it closes that."""
        return self.territories.strip(",").split(",")

    def scope(self) -> Scope:
        """What it closes, with its true end: the one it was given, or the moment at which it was lifted."""
        scope = Scope(
            recordings=frozenset(self.recordings.values_list("recording_id", flat=True)),
            territories=frozenset(self.territory_codes),
            effects=frozenset(self.effect_names),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )
        return scope.until(self.lifted_at) if self.lifted_at else scope

    @classmethod
    def active(cls) -> "models.QuerySet[Restriction]":
        """Those in effect now, or to come into effect."""
        now = clock.now()
        alive = Q(lifted_at__isnull=True) | Q(lifted_at__gt=now)
        return cls._default_manager.filter(alive, Q(ends_at__isnull=True) | Q(ends_at__gt=now))


class RestrictedRecording(models.Model):
    """One recording that a restriction is about. It is what each question is looked up by."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="recordings")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="restrictions", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "restriction"], name="restricted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.recording} by {self.restriction}"
