"""Who uses the store. A person's money and purchases live in other folders."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from obbligato.kernel import clock


class Person(AbstractUser):
    """Someone with a login: a buyer, and with is_staff also an operator."""

    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2; decides the tax.")
    language = models.CharField(
        max_length=2, blank=True, help_text="ISO 639-1; what she reads, blank where never told."
    )

    class Meta(AbstractUser.Meta):
        verbose_name_plural = "people"
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="person_email_once",
                condition=~models.Q(email=""),
            )
        ]

    @property
    def reads(self) -> str:
        """In which language she is written to (ISO 639-1): her own, else the store's."""
        return self.language or str(settings.LANGUAGE_CODE)

    def set_password(self, raw_password: str | None) -> None:
        """As Django does, which ends other sessions by it; another password signs out every program too.

        Whoever changes hers because somebody else had it must be rid of him.
        """
        is_another = self.pk is not None and not check_password(raw_password, self.password)
        super().set_password(raw_password)
        if is_another:
            self.tokens.all().delete()


class AccessToken(models.Model):
    """A bearer token for the API (RFC 6750). Only its SHA-256 is kept; the text is shown once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token of {self.person}, {self.note or 'no note'}"
