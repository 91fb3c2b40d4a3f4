"""An order that was bought for somebody else, and who took it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales.models import Order

MESSAGE_LENGTH = 500


class Gift(models.Model):
    """The purchases of its order are nobody's until somebody with the link takes them, the buyer or another."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="gift")
    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    to_email = models.EmailField(blank=True, help_text="Who is told; empty: the buyer hands on the link.")
    from_name = models.CharField(max_length=80, blank=True)
    message = models.CharField(max_length=MESSAGE_LENGTH, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="gifts_taken"
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="gift_taken_by_someone",
                condition=Q(taken_by__isnull=True, taken_at__isnull=True)
                | Q(taken_by__isnull=False, taken_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"gift {self.number}"

    def is_of(self, person: Person | None) -> bool:
        """Whether she is the one who took it."""
        return person is not None and self.taken_by_id == person.pk

    @property
    def proof(self) -> str:
        """What its link shows besides the number: 128 bits that only this store can derive (HMAC-SHA256)."""
        return salted_hmac("obbligato.gifts", self.number, algorithm="sha256").hexdigest()[:32]
