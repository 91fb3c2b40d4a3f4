"""What there is to hear. An edition never changes once published; a change makes the next one."""

from pathlib import Path
from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property

from obbligato.audio.facts import MasterFacts
from obbligato.audio.hearing import Heard
from obbligato.catalog.naming import folded
from obbligato.kernel import clock
from obbligato.kernel.folders import data_folder

HEARD = "heard"
"""Where facts_json holds what was heard of the sound."""


class Label(models.Model):
    """Who publishes."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("label", args=[self.slug])


class Artist(models.Model):
    """Who plays, as credited on the release."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("artist", args=[self.slug])


class Alias(models.Model):
    """Another name under which somebody is looked for: another spelling, language or time (MusicBrainz: artist alias).

    It belongs to a name as credited, however that is accented: composers have no row of their own, only a name in tags.
    """

    MOST_LETTERS: ClassVar = 200
    MOST_LETTERS_FOLDED: ClassVar = 300

    whose = models.CharField(max_length=300, help_text="An artist or composer, as credited.")
    whose_folded = models.CharField(max_length=MOST_LETTERS_FOLDED, help_text="How the credited name is compared.")
    name = models.CharField(max_length=MOST_LETTERS)
    name_folded = models.CharField(max_length=MOST_LETTERS_FOLDED, help_text="What is found by search.")
    locale = models.CharField(max_length=20, blank=True, help_text="Whose spelling it is (BCP 47), such as ru.")

    class Meta:
        verbose_name_plural = "aliases"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["whose_folded", "name_folded"], name="alias_once"),
            models.CheckConstraint(condition=~models.Q(name_folded=""), name="alias_can_be_searched"),
            models.CheckConstraint(
                condition=~models.Q(name_folded=models.F("whose_folded")), name="alias_another_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def compared(cls, name: str) -> str:
        """A name as it is compared; of one without a letter or digit, the name itself."""
        return (folded(name) or name)[: cls.MOST_LETTERS_FOLDED]


class Picture(models.Model):
    """A cover as delivered, named by its SHA-256, with smaller versions for pages and for tags."""

    sha256 = models.CharField(max_length=64, unique=True)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.width} × {self.height}, {self.sha256[:8]}"

    def file(self, size: str = "original") -> Path:
        """The file of one size: original, tag (in copies), page, thumb."""
        return data_folder("covers", self.sha256[:2]) / f"{self.sha256}-{size}"


class Booklet(models.Model):
    """A PDF that belongs to a release, as delivered, named by its SHA-256. Nobody has looked into it."""

    sha256 = models.CharField(max_length=64, unique=True)
    original_name = models.CharField(max_length=255)
    size_bytes = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.original_name}, {self.size_bytes / 1_000_000:.2f} MB"

    @property
    def file(self) -> Path:
        """The file as delivered."""
        return data_folder("booklets", self.sha256[:2]) / f"{self.sha256}.pdf"


class Master(models.Model):
    """The lossless file as delivered, named by the SHA-256 of its bytes, and what its one decoding told."""

    sha256 = models.CharField(max_length=64, unique=True)
    original_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    facts_json = models.JSONField()
    pcm_md5 = models.CharField(max_length=32, db_index=True)
    integrated_lufs = models.FloatField(null=True)
    range_lu = models.FloatField()
    true_peak_dbtp = models.FloatField()
    peaks = models.BinaryField(help_text="800 columns of the waveform, one byte each.")
    fingerprint = models.TextField(null=True, help_text="Chromaprint's, compressed; null: none was taken yet.")
    imported_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.original_name} ({self.sha256[:8]})"

    @cached_property
    def facts(self) -> MasterFacts:
        return MasterFacts.from_json(self.facts_json)

    @property
    def heard(self) -> Heard | None:
        """What may be wrong with its sound; None where only an older program has decoded it."""
        values = self.facts_json.get(HEARD)
        return Heard.from_json(values) if values else None

    @property
    def file(self) -> Path:
        """The file as delivered."""
        return data_folder("masters", self.sha256[:2]) / f"{self.sha256}.{self.facts_json['container']}"

    @property
    def twin(self) -> Path:
        """Where the FLAC of the same samples is, if facts.has_twin."""
        return data_folder("masters", self.sha256[:2]) / f"{self.sha256}.twin.flac"

    @property
    def source(self) -> Path:
        """The file that copies are made from, and that facts.frames_offset is of: the twin where there is one."""
        return self.twin if self.facts_json.get("has_twin") else self.file

    @property
    def duration_seconds(self) -> float:
        return float(self.facts_json["samples"]) / float(self.facts_json["sample_rate"])


class Landmark(models.Model):
    """One of a few numbers by which recordings that sound alike are found; see audio.likeness."""

    master = models.ForeignKey(Master, on_delete=models.CASCADE, related_name="landmarks", db_index=False)
    number = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "master"], name="landmark_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["master"], name="landmark_of_master")]

    def __str__(self) -> str:
        return f"{self.number:06x}"


class Recording(models.Model):
    """The sound. It has an ISRC where its owner gave one, else the MD5 of its samples names it."""

    key = models.CharField(max_length=64, unique=True, help_text="isrc:… or pcm:…")
    isrc = models.CharField(max_length=12, blank=True)
    title = models.CharField(max_length=300)
    artist = models.ForeignKey(Artist, on_delete=models.PROTECT, related_name="recordings")

    def __str__(self) -> str:
        return self.title


class ReleaseQuerySet(models.QuerySet["Release"]):
    def published(self) -> "ReleaseQuerySet":
        """Releases that have a published edition and were not withdrawn, newest first, ready to list."""
        return (
            self.filter(edition__isnull=False, withdrawal__isnull=True)
            .select_related("artist", "label", "edition__cover")
            .order_by("-edition__date", "-pk")
        )


class Release(models.Model):
    """An album, EP or single as sold. Its identity survives new editions."""

    class Preview(models.TextChoices):
        EXCERPT = "excerpt", "An excerpt of each track, with fades"
        FULL = "full", "Whole tracks, at a low bitrate"
        NONE = "none", "Nothing"

    key = models.CharField(max_length=64, unique=True, help_text="What an import finds it by again.")
    slug = models.SlugField(max_length=120, unique=True)
    artist = models.ForeignKey(Artist, on_delete=models.PROTECT, related_name="releases")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="releases")
    edition = models.OneToOneField(
        "Edition", on_delete=models.PROTECT, null=True, blank=True, related_name="current_of"
    )
    preview = models.CharField(
        max_length=8,
        choices=Preview,
        default=Preview.EXCERPT,
        help_text="What anyone may hear. Who owns a track hears all of it.",
    )
    created_at = models.DateTimeField(default=clock.now)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(preview__in=["none", "excerpt", "full"]), name="release_preview_known"
            ),
        ]

    def __str__(self) -> str:
        return self.edition.title if self.edition else self.slug

    def get_absolute_url(self) -> str:
        return reverse("release", args=[self.slug])


class Edition(models.Model):
    """An immutable version of a release, pinned by every purchase."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of everything in it: the same digest, no new edition.")
    title = models.CharField(max_length=300)
    upc = models.CharField(max_length=14, blank=True)
    date = models.DateField(null=True)
    genres = models.JSONField(default=list)
    description = models.TextField(blank=True)
    copyright = models.CharField(max_length=300, blank=True)
    credits = models.JSONField(default=list, help_text="name, role and tracks, as the label wrote them.")
    cover = models.ForeignKey(Picture, on_delete=models.PROTECT, null=True)
    booklet = models.ForeignKey(Booklet, on_delete=models.PROTECT, null=True, related_name="editions")
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.CharField(max_length=150, blank=True)
    tag_bytes_version = models.PositiveIntegerField(
        default=0, db_index=True, help_text="Of what counted the bytes that tags and cover add to its tracks."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "number"], name="edition_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class Track(models.Model):
    """A recording's place on an edition, and the master that sounds there."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="tracks")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="tracks")
    master = models.ForeignKey(Master, on_delete=models.PROTECT, related_name="tracks")
    disc = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    artist_credit = models.CharField(max_length=300)
    tags = models.JSONField(default=dict, help_text="The rest of the tags, as audio.tags.Tags writes them.")
    tag_bytes = models.JSONField(default=dict, help_text="Bytes that tags and cover add, by codec.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "disc", "position"], name="one_track_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"


class Withdrawal(models.Model):
    """The label took a release off the shelf. Who owns it keeps it."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="withdrawal")
    by = models.CharField(max_length=150)
    reason = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.release} withdrawn by {self.by}"
