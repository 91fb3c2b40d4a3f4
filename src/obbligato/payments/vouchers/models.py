"""Batches of vouchers, each voucher, what was redeemed and done with it, and bonus tiers. No code is ever stored."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from obbligato.kernel import clock
from obbligato.kernel.money import format_money


class VoucherBatch(models.Model):
    """Vouchers made together: their whole value is in one account until it is redeemed."""

    class Kind(models.TextChoices):
        SOLD = "sold", "Sold for cash"
        PROMOTIONAL = "promotional", "Promotional"
        GIFT_CARD = "gift_card", "Gift card"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        MADE = "made", "Made"
        REJECTED = "rejected", "Rejected"

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one batch.")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    face_micro = models.BigIntegerField(help_text="What each of them is worth.")
    currency = models.CharField(max_length=3)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, help_text="What they are for, or the receipt's number.")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="gift_cards", null=True, blank=True
    )
    asked_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "voucher batches"
        constraints: ClassVar = [
            models.CheckConstraint(name="batch_face_positive", condition=Q(face_micro__gt=0)),
            models.CheckConstraint(name="batch_count_positive", condition=Q(count__gt=0)),
            models.CheckConstraint(
                name="batch_by_two_people", condition=Q(approved_by="") | ~Q(approved_by=F("asked_by"))
            ),
            models.CheckConstraint(
                name="gift_card_has_a_buyer_and_no_end",
                condition=Q(kind="gift_card", buyer__isnull=False, expires_at__isnull=True)
                | (~Q(kind="gift_card") & Q(buyer__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.count} × {format_money(self.face_micro, self.currency)}"

    @property
    def account_name(self) -> str:
        """Of the ledger account that holds what is left of them."""
        return f"vouchers:{self.number}"

    @property
    def whole_micro(self) -> int:
        """What all of them together were made for."""
        return self.face_micro * self.count


class Voucher(models.Model):
    """A code somebody holds and what is left on it."""

    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="vouchers")
    place = models.PositiveIntegerField(help_text="Its number in the batch, from 1.")
    code_hash = models.CharField(max_length=64, unique=True, help_text="HMAC-SHA256: the code itself is not stored.")
    last_four = models.CharField(max_length=4, db_index=True)
    value_micro = models.BigIntegerField()
    left_micro = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_reason = models.CharField(max_length=300, blank=True)
    frozen_by = models.ForeignKey(
        "payments.Dispute", on_delete=models.PROTECT, related_name="frozen", null=True, blank=True
    )
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When what was left of it was annulled or expired."
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="voucher_left_within_value", condition=Q(left_micro__gte=0, left_micro__lte=F("value_micro"))
            ),
            models.CheckConstraint(name="voucher_value_positive", condition=Q(value_micro__gt=0)),
            models.UniqueConstraint(fields=["batch", "place"], name="voucher_once_in_its_batch"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="voucher_due", condition=Q(left_micro__gt=0)),
        ]

    def __str__(self) -> str:
        return f"…{self.last_four}: {self.left} of {format_money(self.value_micro, self.batch.currency)}"

    @property
    def left(self) -> str:
        """The amount as people write it."""
        return format_money(self.left_micro, self.batch.currency)

    @property
    def is_over(self) -> bool:
        """Whether its time is over or an operator ended it."""
        return self.ended_at is not None or (self.expires_at is not None and self.expires_at <= clock.now())

    @property
    def is_usable(self) -> bool:
        """Whether something of it can be redeemed now."""
        return self.left_micro > 0 and self.frozen_at is None and not self.is_over


class Redemption(models.Model):
    """What a person took from a voucher into her wallet at once, and what of it was put back."""

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one redemption.")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="redemptions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="redemptions")
    amount_micro = models.BigIntegerField()
    put_back_micro = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="redemption_positive", condition=Q(amount_micro__gt=0)),
            models.CheckConstraint(
                name="put_back_within_redemption",
                condition=Q(put_back_micro__gte=0, put_back_micro__lte=F("amount_micro")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of …{self.voucher.last_four} by {self.person}"

    @property
    def amount(self) -> str:
        """The amount as people write it."""
        return format_money(self.amount_micro, self.voucher.batch.currency)


class Handling(models.Model):
    """Something an operator or a rule did to a voucher: what, who, when and why."""

    class What(models.TextChoices):
        FROZEN = "frozen", "Frozen"
        THAWED = "thawed", "Usable again"
        PUT_BACK = "put_back", "Money put back onto it"
        ANNULLED = "annulled", "Annulled"
        EXPIRED = "expired", "Expired"

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="handlings")
    key = models.CharField(max_length=64, unique=True, help_text="What makes a form sent twice one act.")
    what = models.CharField(max_length=10, choices=What.choices)
    amount_micro = models.BigIntegerField(default=0)
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="handling_never_negative", condition=Q(amount_micro__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} by {self.by}: {self.reason}"


class BonusTier(models.Model):
    """What is given on top of a payment of at least so much, from one time until another. Only its end ever changes."""

    currency = models.CharField(max_length=3)
    from_micro = models.BigIntegerField(help_text="The least payment it is given on.")
    bonus_micro = models.BigIntegerField()
    valid_from = models.DateTimeField(default=clock.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    set_by = models.CharField(max_length=150)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="bonus_at_most_the_payment", condition=Q(bonus_micro__gt=0, bonus_micro__lte=F("from_micro"))
            ),
        ]

    def __str__(self) -> str:
        at_least, bonus = (format_money(micro, self.currency) for micro in (self.from_micro, self.bonus_micro))
        return f"{bonus} on {at_least} or more"
