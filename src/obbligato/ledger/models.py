"""Accounts, the transfers between them, and snapshots. No transfer is ever changed or deleted: the database refuses."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.kernel import clock
from obbligato.kernel.money import format_money


class Account(models.Model):
    """A pot of one currency.

    A guarded account keeps a running balance that can never fall below zero. An open one (may_overdraw) keeps
    none: its balance is its last snapshot and the transfers since, so no row of it is fought over.
    """

    class Kind(models.TextChoices):
        WALLET = "wallet", "Wallet"
        PREORDER = "preorder", "Held for pre-orders"
        REVENUE = "revenue", "Revenue"
        TAX = "tax", "Tax"
        ROYALTY = "royalty", "Royalty accrued"
        PAYABLE = "payable", "Royalty payable"
        CLEARING = "clearing", "Provider clearing"
        BANK = "bank", "Bank"
        CASH = "cash", "Cash box"
        MARKETING = "marketing", "Marketing"
        FEES = "fees", "Fees"
        LOSS = "loss", "Chargeback loss"
        VOUCHER = "voucher", "Vouchers not yet redeemed"
        REFUND_DUE = "refund_due", "Refund on its way"
        UNIDENTIFIED = "unidentified", "Bank, unidentified"
        HELD = "held", "Funds held by a provider"
        DISPUTED = "disputed", "Shares held in a dispute"
        ESCROW = "escrow", "Escrow of a claim"
        IN_TRANSIT = "in_transit", "Payout in transit"

    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    may_overdraw = models.BooleanField()
    balance_micro = models.BigIntegerField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "currency"], name="account_once_per_currency"),
            models.CheckConstraint(
                name="guarded_balance_never_negative",
                condition=Q(may_overdraw=True, balance_micro__isnull=True)
                | Q(may_overdraw=False, balance_micro__isnull=False, balance_micro__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"


class Transfer(models.Model):
    """Money taken from one account and given to another, once per key."""

    key = models.CharField(max_length=120, unique=True)
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="outgoing", db_index=False)
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="incoming", db_index=False)
    amount_micro = models.BigIntegerField()
    kind = models.CharField(max_length=32)
    reference = models.CharField(max_length=120, blank=True, db_index=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="transfer_amount_positive", condition=Q(amount_micro__gt=0)),
            models.CheckConstraint(name="transfer_between_two_accounts", condition=~Q(source=F("target"))),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "id"], name="transfer_by_source"),
            models.Index(fields=["target", "id"], name="transfer_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.amount} from {self.source} to {self.target}"

    @property
    def amount(self) -> str:
        """The amount as people write it."""
        return format_money(self.amount_micro, self.source.currency)


class Snapshot(models.Model):
    """What an open account held when every transfer up to one had been made: its fold need not begin before that."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="snapshots")
    through = models.BigIntegerField(help_text="The id of the last transfer it counts.")
    balance_micro = models.BigIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "through"], name="snapshot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} up to transfer {self.through}"
