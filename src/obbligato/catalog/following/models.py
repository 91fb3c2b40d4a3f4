"""Who follows whom, what came on sale when, and what was told to whom. None of it says what a person bought."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from obbligato.catalog.models import Artist, Label, Release
from obbligato.kernel import clock
from obbligato.people.models import Person


class Following(models.Model):
    """That a person wants to hear of what an artist or a label brings out from now on."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="followings")
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, null=True, related_name="followings")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, null=True, related_name="followings")
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="follows_one_artist_or_label",
                condition=Q(artist__isnull=False, label__isnull=True) | Q(artist__isnull=True, label__isnull=False),
            ),
            models.UniqueConstraint(fields=["person", "artist"], name="follows_an_artist_once"),
            models.UniqueConstraint(fields=["person", "label"], name="follows_a_label_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} follows {self.artist or self.label}"


class GenreFollowing(models.Model):
    """The same of a genre, by its part of an address: lists of genres are made anew at any time, this stays."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="genre_followings")
    slug = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "slug"], name="follows_a_genre_once")]
        indexes: ClassVar = [models.Index(fields=["slug", "person"], name="followers_of_a_genre")]

    def __str__(self) -> str:
        return f"{self.person} follows {self.name}"


class Arrival(models.Model):
    """Since when the store has a release on sale: written once, when it is first seen to be."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, primary_key=True, related_name="arrival")
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.release} on sale since {self.at:%Y-%m-%d}"


class Quiet(models.Model):
    """That a person wants no mail about what she follows. Her list stays hers."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="quiet")
    since = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"no mail to {self.person}"


class Letter(models.Model):
    """One mail with a day's news for a person."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="letters")
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "day"], name="one_letter_a_day")]

    def __str__(self) -> str:
        return f"letter of {self.day} to {self.person}"


class News(models.Model):
    """That a release is new to a person, and the letter that told her; without one it waits to be told."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="news")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="news")
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, null=True, related_name="news")
    is_wished = models.BooleanField(default=False, help_text="She wished for it, and it could not be had before.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "news"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "release"], name="told_once")]
        indexes: ClassVar = [
            models.Index(fields=["person"], name="news_waiting", condition=Q(letter__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.release} for {self.person}"
