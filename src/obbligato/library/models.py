"""What the library remembers of downloads. Nothing in it is needed: all of it can be found again by reading."""

from django.db import models

from obbligato.kernel import clock


class MemberChecksum(models.Model):
    """The CRC-32 of a file in a zip, by the strong validator of its bytes; it outlives the encoded audio."""

    etag = models.CharField(max_length=80, unique=True)
    crc32 = models.BigIntegerField()
    kept_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.crc32:08x} of {self.etag}"
