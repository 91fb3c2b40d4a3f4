"""When a release comes out, and which orders were paid ahead of that. Neither knows what anything costs."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.catalog.models import Recording, Release
from obbligato.kernel import clock
from obbligato.kernel.money import Money
from obbligato.kernel.sentences import Sentence, sentence_of
from obbligato.sales.models import Order


class Announcement(models.Model):
    """That a release comes out at a moment, and nothing of it is sold before. Afterwards it says when it came out."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="announcement")
    at = models.DateTimeField()
    takes_orders = models.BooleanField("can be pre-ordered", default=True)
    given = models.ManyToManyField(
        Recording, blank=True, related_name="+", help_text="What whoever orders ahead has at once."
    )
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField(default=clock.now)
    out_at = models.DateTimeField(null=True, blank=True, help_text="When the store put it on its lists.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["at"], name="announcement_to_come", condition=Q(out_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.release} on {self.day_in_words}"

    @property
    def is_ahead(self) -> bool:
        """Whether it is yet to come out."""
        return self.at > clock.now()

    @property
    def day(self) -> date:
        """The day in UTC, by which licences count too."""
        return self.at.date()

    @property
    def day_in_words(self) -> str:
        return f"{self.at:%-d %B %Y}"

    @property
    def sentence(self) -> Sentence:
        """Why it cannot be bought yet."""
        return Sentence("It comes out on {day}.", day=self.day)


HELD = Q(order__held_at__isnull=False, order__paid_at__isnull=True, order__cancelled_at__isnull=True)
"""Pre-orders whose money is held."""


class PreOrder(models.Model):
    """An order of a release that is yet to come out. Whether its money is held is the order's own to say."""

    class News(models.TextChoices):
        HELD = "held", "Ordered"
        MOVED = "moved", "Another day"
        OUT = "out", "Out"
        BACK = "back", "Given back"

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="preorder")
    announcement = models.ForeignKey(Announcement, on_delete=models.PROTECT, related_name="preorders")
    promised_at = models.DateTimeField(help_text="When it was to come out, as the buyer was told.")
    quoted_micro = models.BigIntegerField(help_text="What is held for it at most.")
    says = models.JSONField(default=list, help_text="What was not part of it on the day, in sentences.")
    news = models.CharField(max_length=5, choices=News.choices, blank=True, help_text="What is to be told by mail.")

    class Meta:
        verbose_name = "pre-order"
        constraints: ClassVar = [
            models.CheckConstraint(name="preorder_never_negative", condition=Q(quoted_micro__gte=0)),
        ]
        indexes: ClassVar = [models.Index(fields=["id"], name="preorder_to_tell", condition=~Q(news=""))]

    def __str__(self) -> str:
        return f"{self.announcement.release}, order {self.order.number}"

    @property
    def left_out(self) -> list[Sentence]:
        """What was not part of it on the day, and why, each in one sentence."""
        return [
            Sentence(
                "“{title}” is not part of it, and {back} returned to your wallet: {reason}",
                title=one["title"],
                back=Money(one["back_micro"], self.order.currency),
                reason=sentence_of(one["reason"]),
            )
            for one in self.says
        ]
