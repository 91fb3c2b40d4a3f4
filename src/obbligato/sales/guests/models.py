"""Who bought by an e-mail address alone, what is still to be told her, and who asked for a new link."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from obbligato.kernel import clock
from obbligato.sales.models import Order


class GuestQuerySet(models.QuerySet["Guest"]):
    """Guests by their address."""

    def of(self, address: str) -> "GuestQuerySet":
        """All of an address, in whatever letters it was typed, who have no password yet; the oldest first."""
        lowered = self.alias(lowered=Lower("address")).filter(lowered=address.lower(), claimed_at__isnull=True)
        return lowered.order_by("pk")


class Guest(models.Model):
    """A person without a password, made anew for each purchase of a visitor: what others bought is never hers to see.

    The address is kept here and not with the person, so that it may be that of an account, or of another guest.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="guest")
    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    address = models.EmailField(help_text="As she typed it. It is hers only once it is proven.")
    links = models.PositiveIntegerField(default=1, help_text="Which of the links made for her is good: the last.")
    proven_at = models.DateTimeField(null=True, blank=True, help_text="When a link from a mail was first followed.")
    corrected_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When she chose a password: an account now.")
    created_at = models.DateTimeField(default=clock.now)

    objects = GuestQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(Lower("address"), name="guests_by_address")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="guest_claims_what_is_proven", condition=Q(claimed_at__isnull=True) | Q(proven_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"guest {self.number}, {self.address}"

    @property
    def may_correct(self) -> bool:
        """Whether a slip in the address can still be set right: once, and by nobody after the mail was read."""
        return self.proven_at is None and self.corrected_at is None


class Notice(models.Model):
    """That a guest is to be told by mail where her things are: at once, or once the order is paid."""

    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="notices")
    order = models.OneToOneField(Order, on_delete=models.CASCADE, null=True, related_name="notice")
    told_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["guest"], name="notices_to_tell", condition=Q(told_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"notice to {self.guest}"


class LinkRequest(models.Model):
    """Somebody asked for new links to an address. Whether there is anything is found out later, unseen."""

    address = models.EmailField()
    asked_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="asked_before_answered", condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("asked_at"))
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], name="requests_to_answer", condition=Q(answered_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"links for {self.address}"
