"""What people keep for later, and who lets others look."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from obbligato.catalog.models import Recording, Release
from obbligato.kernel import clock


class Wish(models.Model):
    """A release, or one recording of it, that a person means to come back to.

    It names no edition: a new one has the recording at another place, and the wish is for it all the same.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "wishes"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "release"], name="a_release_is_wished_once", condition=Q(recording__isnull=True)
            ),
            models.UniqueConstraint(fields=["person", "release", "recording"], name="a_track_is_wished_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} wishes for {self.recording or self.release}"


class Awaited(models.Model):
    """That a wish could not be had when it was last looked at: not out, not sold in her country, or withdrawn."""

    wish = models.OneToOneField(Wish, on_delete=models.CASCADE, primary_key=True, related_name="awaited")
    since = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "awaited"

    def __str__(self) -> str:
        return f"{self.wish}, in vain since {self.since:%Y-%m-%d}"


class OpenList(models.Model):
    """That whoever has the link may see a person's list, under the name she gives it."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_list")
    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    name = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"open list of {self.person}"
