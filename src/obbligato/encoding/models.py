"""What was once encoded: its true size outlives the cached file."""

from typing import ClassVar

from django.db import models

from obbligato.catalog.models import Master
from obbligato.kernel import clock


class EncodedSize(models.Model):
    """The true bytes of a master in a format, without its tags; remembered when the file is long evicted."""

    master = models.ForeignKey(Master, on_delete=models.CASCADE, related_name="encoded_sizes")
    format_name = models.CharField(max_length=32)
    build = models.CharField(max_length=32)
    bare_bytes = models.BigIntegerField(help_text="Bytes of a copy less those of its tags and cover.")
    audio_crc32 = models.BigIntegerField(null=True, help_text="CRC-32 of the audio bytes alone.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["master", "format_name", "build"], name="encoded_size_once"),
        ]

    def __str__(self) -> str:
        return f"{self.master} as {self.format_name}: {self.bare_bytes} bytes"


class EncodeSpeed(models.Model):
    """How fast this machine encodes a codec, learned from what it encoded."""

    codec = models.CharField(max_length=16, unique=True)
    times_realtime = models.FloatField(help_text="Seconds of music per second of work, one core.")

    def __str__(self) -> str:
        return f"{self.codec}: {self.times_realtime:.0f} × real time"
