"""A mail that waits to be sent, or that nobody took. One that was taken leaves no row here."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.kernel import clock

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(days=1)
MOST_TRIES = 13
"""With these pauses the last one comes after four days and 21 hours: RFC 5321 (4.5.4.1) has four or five days."""


class MailQuerySet(models.QuerySet["Mail"]):
    """Mails by what they tell."""

    def due(self, topic: str) -> "MailQuerySet":
        """What may be tried now, the longest due first."""
        due = self.filter(topic=topic, refused_at__isnull=True, due_at__lte=clock.now())
        return due.order_by("due_at", "pk")

    def about(self, topic: str, key: int) -> "Mail | None":
        """The last mail about this that was not taken, or not yet; None where all were taken, or there was none."""
        return self.filter(topic=topic, key=key).order_by("-pk").first()


class Mail(models.Model):
    """That something is told by mail, and how far that has come. What it says is made when it is sent."""

    topic = models.CharField(max_length=40, help_text="Whose it is, and who can make it.")
    key = models.BigIntegerField(help_text="The row that it is about.")
    detail = models.CharField(max_length=254, blank=True, help_text="Which of several of the same row.")
    posted_at = models.DateTimeField(default=clock.now)
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now, help_text="Not tried before; who tries it moves it first.")
    said = models.CharField(max_length=500, blank=True, help_text="What the server said, when it did not take it.")
    refused_at = models.DateTimeField(null=True, blank=True, help_text="When it was given up.")

    objects = MailQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "key", "detail"], name="mail_waits_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["topic", "due_at"], name="mails_due", condition=Q(refused_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in ("mail", self.topic, str(self.key), self.detail) if part)

    @property
    def is_refused(self) -> bool:
        """Whether it was given up."""
        return self.refused_at is not None

    @property
    def pause(self) -> timedelta:
        """After the try that was counted last: twice the one before, from five minutes to a day."""
        return min(FIRST_PAUSE * (1 << min(self.tries - 1, 20)), LONGEST_PAUSE)
