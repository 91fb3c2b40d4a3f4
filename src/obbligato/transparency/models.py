"""The log's rows: announcements waiting, entries, tiles of hashes, checkpoints; and what can be forgotten beside it."""

from typing import ClassVar

from django.db import models

from obbligato.kernel import clock


class Announcement(models.Model):
    """An act that waits to be appended. The row is removed in the transaction that makes an entry of it."""

    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    at = models.DateTimeField(default=clock.now)
    leaf = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}, waiting"


class Sealed(models.Model):
    """A personal value and the salt of its commitment in the log. Without this row the commitment says nothing."""

    commitment = models.CharField(max_length=64, unique=True)
    subject = models.CharField(max_length=120, db_index=True)
    name = models.CharField(max_length=60)
    salt = models.CharField(max_length=64)
    value = models.TextField()

    class Meta:
        verbose_name = "personal value"

    def __str__(self) -> str:
        return f"{self.name} of {self.subject}, sealed"


class Entry(models.Model):
    """A line of the log: its place, its leaf (canonical JSON) and the leaf's hash. Never changed or deleted."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    at = models.DateTimeField()
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.CheckConstraint(name="entry_index_from_zero", condition=models.Q(index__gte=0)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject", "index"], name="entry_by_subject"),
            models.Index(fields=["kind", "index"], name="entry_by_kind"),
        ]

    def __str__(self) -> str:
        return f"entry {self.index}: {self.kind} of {self.subject}"


class Tile(models.Model):
    """256 hashes side by side at a level (C2SP tlog-tiles), and their root. Written when full, never changed."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=256 * 32)
    root = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "index"], name="tile_once")]

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed root: what the log was when it had so many entries. One for a size; never changed or deleted."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="checkpoint_not_empty", condition=models.Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return f"checkpoint of {self.size} entries"


class Tally(models.Model):
    """How many entries of a kind a month has: kept while appending, so that no page counts the log."""

    month = models.DateField(help_text="Its first day, in UTC.")
    kind = models.CharField(max_length=60)
    entries = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        constraints: ClassVar = [models.UniqueConstraint(fields=["month", "kind"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.entries} of {self.kind} in {self.month:%Y-%m}"
