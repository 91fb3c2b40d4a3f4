"""Prices, quotes, baskets, orders and purchases. An order is only ever paid from a wallet."""

from datetime import timedelta
from typing import ClassVar, Literal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from obbligato.catalog.models import Release, Track
from obbligato.kernel import clock
from obbligato.kernel.money import format_money
from obbligato.kernel.sentences import Sentence, row_of, sentence_of
from obbligato.payments.models import Dispute
from obbligato.people.models import Person
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
    takes_more = models.BooleanField("name your price", default=False, help_text="Buyers may give more than that.")
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
            takes_more=self.takes_more,
        )


class Basket(models.Model):
    """What someone means to buy; a visitor's is known by a random key in her session."""

    key = models.CharField(max_length=43, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="baskets")
    is_gift = models.BooleanField(default=False, help_text="For somebody else: what she owns does not matter then.")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"basket {self.pk}"

    @property
    def owner(self) -> Person | None:
        """Whose purchases its prices count: nobody's where it is a gift."""
        return None if self.is_gift else self.person

    @property
    def owner_id(self) -> int | None:
        """Her key alone, without looking her up."""
        return None if self.is_gift else self.person_id


class Quote(models.Model):
    """A price with an exact or greatest size for one track in one format, honoured until it expires."""

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="quotes")
    format_name = models.CharField(max_length=32)
    size_bytes = models.BigIntegerField()
    is_exact = models.BooleanField()
    price_micro = models.BigIntegerField()
    given_micro = models.BigIntegerField(default=0, help_text="What of the price she gives above the tariff's.")
    currency = models.CharField(max_length=3)
    owned_bytes = models.BigIntegerField(null=True, help_text="What she owned of it then; null: nothing.")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="quote_never_negative", condition=Q(price_micro__gte=0)),
            models.CheckConstraint(
                name="quote_gives_a_part", condition=Q(given_micro__gte=0, given_micro__lte=F("price_micro"))
            ),
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


def store_share() -> int:
    return int(settings.STORE_SHARE_BASIS_POINTS)


WAITING = Q(held_at__isnull=True, paid_at__isnull=True, cancelled_at__isnull=True)
"""Orders that lack their money."""


class Order(models.Model):
    """What a person asked to buy at quoted prices. It waits until her wallet can pay for it."""

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes two clicks one order.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    currency = models.CharField(max_length=3)
    total_micro = models.BigIntegerField()
    country = models.CharField(max_length=2, blank=True)
    tax_basis_points = models.PositiveIntegerField(default=0)
    store_share_basis_points = models.PositiveIntegerField(
        default=store_share, help_text="What the store keeps of it: a return takes as much from it."
    )
    created_at = models.DateTimeField(default=clock.now)
    held_at = models.DateTimeField(null=True, blank=True, help_text="Its money waits for a release to come out.")
    paid_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    cancel_row = models.JSONField(default=dict, blank=True, help_text="The reason's words and values apart.")
    is_gift = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="order_never_negative", condition=Q(total_micro__gte=0)),
            models.CheckConstraint(
                name="order_paid_or_cancelled", condition=Q(paid_at__isnull=True) | Q(cancelled_at__isnull=True)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["paid_at"], name="order_by_payment"),
            models.Index(
                fields=["held_at"],
                name="order_held",
                condition=Q(held_at__isnull=False, paid_at__isnull=True, cancelled_at__isnull=True),
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
        """Whether it still lacks its money."""
        return self.held_at is None and self.paid_at is None and self.cancelled_at is None

    @property
    def is_held(self) -> bool:
        """Whether its money waits for a release to come out."""
        return self.held_at is not None and self.paid_at is None and self.cancelled_at is None

    @property
    def state(self) -> Literal["paid", "waiting", "held", "cancelled"]:
        """Where it stands, in one word."""
        if self.cancelled_at:
            return "cancelled"
        return "paid" if self.paid_at else "held" if self.held_at else "waiting"

    def give_up(self, reason: str) -> None:
        """It is cancelled from now on, for a reason that its buyer can be told in any language."""
        self.cancelled_at, self.cancel_reason, self.cancel_row = clock.now(), reason[:300], row_of(reason)
        self.save(update_fields=["cancelled_at", "cancel_reason", "cancel_row"])

    @property
    def why_cancelled(self) -> Sentence:
        """The reason, to be said in the language of who reads it; of old orders only its English text is known."""
        return sentence_of(self.cancel_row) if self.cancel_row else Sentence(self.cancel_reason)

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
    given_micro = models.BigIntegerField(default=0, help_text="What of the price she gave above the tariff's.")
    owned_bytes = models.BigIntegerField(null=True, help_text="What she owned of it when quoted; null: nothing.")
    quoted_at = models.DateTimeField(default=clock.now, help_text="Whose tariff the price follows.")
    returned_micro = models.BigIntegerField(default=0, help_text="What of the price went back to the wallet.")
    disputed_micro = models.BigIntegerField(default=0, help_text="What of it her bank took back, or may.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "track"], name="a_track_once_in_an_order"),
            models.CheckConstraint(name="order_line_never_negative", condition=Q(price_micro__gte=0)),
            models.CheckConstraint(
                name="order_line_gives_a_part", condition=Q(given_micro__gte=0, given_micro__lte=F("price_micro"))
            ),
            models.CheckConstraint(
                name="never_more_back_than_was_paid",
                condition=Q(returned_micro__gte=0, disputed_micro__gte=0)
                & Q(price_micro__gte=F("returned_micro") + F("disputed_micro")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track} as {self.format_name}"

    @property
    def left_micro(self) -> int:
        """What the store still has of its price."""
        return self.price_micro - self.returned_micro - self.disputed_micro


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    """Purchases, those that still stand among them."""

    def standing(self) -> "PurchaseQuerySet":
        """What is still owned: a refund of the whole price ends a purchase."""
        return self.filter(ended_at__isnull=True)


class Purchase(models.Model):
    """A track that is a person's for ever, up to the size she paid for, unless she got all of the price back."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="purchase")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchases",
        help_text="Nobody while a gift waits to be taken.",
    )
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="purchases")
    format_name = models.CharField(max_length=32)
    size_bytes = models.BigIntegerField(help_text="What was paid for: as quoted, then as it truly was.")
    bought_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person", "track"], name="purchase_by_owner")]

    def __str__(self) -> str:
        return f"{self.person or 'whoever takes it'} owns {self.track}"


class Settlement(models.Model):
    """A bounded line came out smaller than quoted: the difference went back to the wallet."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="settlement")
    actual_bytes = models.BigIntegerField()
    returned_micro = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.line}: {self.returned_micro} micro-units returned"


class OrderRefund(models.Model):
    """What an operator gave back of an order, to the wallet; above a limit two people must agree."""

    class State(models.TextChoices):
        PROPOSED = "proposed", gettext_lazy("Waits for a second person")
        DONE = "done", gettext_lazy("In the wallet")
        REJECTED = "rejected", gettext_lazy("Rejected")

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one refund.")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    total_micro = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.CharField(max_length=200)
    keeps_purchases = models.BooleanField(default=False, help_text="As goodwill: what is refunded whole stays hers.")
    asked_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="order_refund_positive", condition=Q(total_micro__gt=0)),
            models.CheckConstraint(
                name="order_refund_by_two_people", condition=Q(approved_by="") | ~Q(approved_by=F("asked_by"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount} of order {self.order.number}"

    @property
    def amount(self) -> str:
        return format_money(self.total_micro, self.order.currency)


class RefundedLine(models.Model):
    """One line's part of a refund, and whether it ended the purchase."""

    refund = models.ForeignKey(OrderRefund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    amount_micro = models.BigIntegerField()
    has_ended_purchase = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="refunded_line_positive", condition=Q(amount_micro__gt=0)),
            models.UniqueConstraint(fields=["refund", "line"], name="a_line_once_in_a_refund"),
        ]

    def __str__(self) -> str:
        return f"{format_money(self.amount_micro, self.refund.order.currency)} of {self.line}"


class ClawBack(models.Model):
    """What a dispute about a top-up means for the orders that were paid with it: how far that is posted."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="claw_back")
    state = models.CharField(max_length=8, choices=Dispute.State.choices, default=Dispute.State.OPEN)
    laid_micro = models.BigIntegerField(default=0, help_text="What of the dispute was laid on lines of orders.")
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.dispute}, {self.get_state_display()}"


class ClawBackLine(models.Model):
    """What of a dispute was laid on one line, and on whose part of it."""

    claw_back = models.ForeignKey(ClawBack, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="claw_backs")
    amount_micro = models.BigIntegerField()
    parts = models.JSONField(help_text="Of each account that got some of the line, in micro-units.")
    has_ended_purchase = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="clawed_back_line_positive", condition=Q(amount_micro__gt=0)),
            models.UniqueConstraint(fields=["claw_back", "line"], name="a_line_once_in_a_claw_back"),
        ]

    def __str__(self) -> str:
        return f"{format_money(self.amount_micro, self.line.order.currency)} of {self.line}"
