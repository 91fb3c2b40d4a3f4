"""Prices, quotes, baskets, orders and purchases. An order is only ever paid from a wallet."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from obbligato.catalog.models import Release, Track
from obbligato.kernel import clock
from obbligato.kernel.money import format_money
from obbligato.sales.pricing import Rates

WAITING_LIFETIME = timedelta(days=14)
"""So long an order waits for its money: a transfer may take nine days."""


class Tariff(models.Model):
    """How price follows from bytes, from a moment on. Prices include tax."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="tariffs")
    currency = models.CharField(max_length=3)
    per_megabyte_micro = models.BigIntegerField(help_text="Per 1,000,000 bytes.")
    track_minimum_micro = models.BigIntegerField(default=0)
    track_maximum_micro = models.BigIntegerField(null=True)
    album_maximum_micro = models.BigIntegerField(null=True)
    valid_from = models.DateTimeField(default=clock.now)

    class Meta:
        ordering: ClassVar = ["release", "-valid_from", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="tariff_never_negative",
                condition=Q(per_megabyte_micro__gte=0, track_minimum_micro__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{format_money(self.per_megabyte_micro, self.currency)} a megabyte"

    @property
    def rates(self) -> Rates:
        """Its numbers alone, as arithmetic wants them."""
        return Rates(
            currency=self.currency,
            per_megabyte_micro=self.per_megabyte_micro,
            track_minimum_micro=self.track_minimum_micro,
            track_maximum_micro=self.track_maximum_micro,
            album_maximum_micro=self.album_maximum_micro,
        )


class Basket(models.Model):
    """What someone means to buy; a visitor's is known by a random key in her session."""

    key = models.CharField(max_length=43, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="baskets")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"basket {self.pk}"


class Quote(models.Model):
    """A price with an exact or greatest size for one track in one format, honoured until it expires."""

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="quotes")
    format_name = models.CharField(max_length=32)
    size_bytes = models.BigIntegerField()
    is_exact = models.BooleanField()
    price_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    owned_bytes = models.BigIntegerField(null=True, help_text="What she owned of it then; null: nothing.")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="quote_never_negative", condition=Q(price_micro__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.track} as {self.format_name}: {format_money(self.price_micro, self.currency)}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= clock.now()


class BasketLine(models.Model):
    """One track in one format, at the price quoted when it was put there."""

    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="lines")
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="+")
    bundle = models.CharField(max_length=32, help_text="Lines of one album share it: they come and go together.")
    list_price_micro = models.BigIntegerField(help_text="Before the album maximum and what she already owned.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["basket", "track"], name="a_track_once_in_a_basket"),
        ]

    def __str__(self) -> str:
        return str(self.quote)


class Order(models.Model):
    """What a person asked to buy at quoted prices. It waits until her wallet can pay for it."""

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes two clicks one order.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    currency = models.CharField(max_length=3)
    total_micro = models.BigIntegerField()
    country = models.CharField(max_length=2, blank=True)
    tax_basis_points = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    paid_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="order_never_negative", condition=Q(total_micro__gte=0)),
            models.CheckConstraint(
                name="order_paid_or_cancelled", condition=Q(paid_at__isnull=True) | Q(cancelled_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.total}"

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.number])

    @property
    def total(self) -> str:
        return format_money(self.total_micro, self.currency)

    @property
    def is_waiting(self) -> bool:
        return self.paid_at is None and self.cancelled_at is None

    @property
    def has_expired(self) -> bool:
        """Whether it waited so long that its prices no longer hold."""
        return clock.now() > self.created_at + WAITING_LIFETIME


class OrderLine(models.Model):
    """One track in one format at its quoted price."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="order_lines")
    format_name = models.CharField(max_length=32)
    size_bytes = models.BigIntegerField(help_text="As quoted: exact, or the most it can be.")
    is_exact = models.BooleanField()
    list_price_micro = models.BigIntegerField(help_text="Before the album maximum and what she already owned.")
    price_micro = models.BigIntegerField()
    owned_bytes = models.BigIntegerField(null=True, help_text="What she owned of it when quoted; null: nothing.")
    quoted_at = models.DateTimeField(default=clock.now, help_text="Whose tariff the price follows.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "track"], name="a_track_once_in_an_order"),
            models.CheckConstraint(name="order_line_never_negative", condition=Q(price_micro__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.track} as {self.format_name}"


class Purchase(models.Model):
    """A track that is a person's for ever, up to the size she paid for."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="purchase")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="purchases")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="purchases")
    format_name = models.CharField(max_length=32)
    size_bytes = models.BigIntegerField(help_text="What was paid for: as quoted, then as it truly was.")
    bought_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person", "track"], name="purchase_by_owner")]

    def __str__(self) -> str:
        return f"{self.person} owns {self.track}"


class Settlement(models.Model):
    """A bounded line came out smaller than quoted: the difference went back to the wallet."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="settlement")
    actual_bytes = models.BigIntegerField()
    returned_micro = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.line}: {self.returned_micro} micro-units returned"
