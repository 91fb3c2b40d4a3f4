"""Headings and the releases under them: lists for pages, made of other tables, that may be thrown away at any time."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from obbligato.catalog.models import Release


class Heading(models.Model):
    """Something releases are listed under, and how many are on sale under it."""

    class Kind(models.TextChoices):
        ALL = "all", gettext_lazy("All releases")
        GENRE = "genre", gettext_lazy("Genre")
        ARTIST = "artist", gettext_lazy("Artist")
        LABEL = "label", gettext_lazy("Label")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=120, help_text="As it is filed: folded, in Latin letters, no article.")
    letter = models.CharField(max_length=1, help_text="a to z, or # for what begins otherwise.")
    releases_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "slug"], name="heading_once"),
            models.CheckConstraint(name="heading_count_never_negative", condition=Q(releases_count__gte=0)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "sort_name", "id"], name="headings_as_filed"),
            models.Index(fields=["kind", "letter", "sort_name", "id"], name="headings_of_a_letter"),
            models.Index(fields=["kind", "-releases_count", "id"], name="headings_largest_first"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("new_releases") if self.kind == self.Kind.ALL else reverse(self.kind, args=[self.slug])


class Entry(models.Model):
    """A release under a heading; its newest edition's date orders it there."""

    heading = models.ForeignKey(Heading, on_delete=models.CASCADE, related_name="entries", db_index=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="entries")
    date = models.DateField(help_text="Year 1 where the label gave none.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["heading", "release"], name="entry_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["heading", "-date", "-release"], name="entries_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} under {self.heading_id}"
