"""The bank account: which one the store had when, files as imported, statements, entries, and transfers that go out."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from obbligato.kernel import clock
from obbligato.kernel.money import format_money
from obbligato.payments.bank import references
from obbligato.payments.models import Attempt

RAIL = "bank_transfer"
"""The provider by which its attempts, clearing and refunds go."""


PATIENCE = timedelta(days=60)
"""So long a transfer is expected and asked for. What comes later counts nevertheless."""


class OwnAccount(models.Model):
    """The bank account the store had from a moment on; the last row is the one it has.

    Buyers are told of one that took the place of another only when a person has confirmed it.
    """

    iban = models.CharField("IBAN", max_length=34)
    since = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="Since when buyers may be told of it.")
    confirmed_by = models.CharField(max_length=150, blank=True, help_text="Empty: it needed nobody's word.")

    def __str__(self) -> str:
        return references.grouped(self.iban)


class StatementFile(models.Model):
    """A file as it was imported: once, whatever it is called."""

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    name = models.CharField(max_length=150)
    by = models.CharField(max_length=150)
    imported_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class BankStatement(models.Model):
    """One account's entries of a time, as a file gave them; balances where the bank told them. In micro-units."""

    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements")
    format = models.CharField(max_length=10)
    account_iban = models.CharField("account", max_length=34)
    currency = models.CharField(max_length=3, blank=True)
    number = models.CharField(max_length=40, blank=True)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    opening_micro = models.BigIntegerField(null=True)
    moved_micro = models.BigIntegerField(help_text="What its booked entries come to.")
    closing_micro = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="statement_adds_up",
                condition=Q(opening_micro__isnull=True)
                | Q(closing_micro__isnull=True)
                | Q(closing_micro=F("opening_micro") + F("moved_micro")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_iban} {self.number or self.last_on or 'without entries'}"


class OutgoingTransfer(models.Model):
    """Money that an operator has to send at her bank: a refund, or a transfer whose sender nobody could name."""

    class State(models.TextChoices):
        TO_SEND = "to_send", "To be sent"
        DONE = "done", "Booked by the bank"
        CANCELLED = "cancelled", "Cancelled before it was sent"
        RETURNED = "returned", "Came back"

    key = models.CharField(max_length=64, unique=True, help_text="What makes it happen once; a refund's own key.")
    end_to_end_id = models.CharField(
        "end-to-end id", max_length=35, unique=True, help_text="By which its booking is known again."
    )
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, null=True, related_name="bank_transfers_out", help_text="Whose refund it is."
    )
    entry = models.ForeignKey(
        "BankEntry", on_delete=models.PROTECT, null=True, related_name="sent_back_by", help_text="What it sends back."
    )
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=140, blank=True)
    iban = models.CharField("IBAN", max_length=34)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TO_SEND)
    by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="transfer_out_positive", condition=Q(amount_micro__gt=0)),
            models.CheckConstraint(
                name="transfer_out_of_one_thing",
                condition=Q(attempt__isnull=True, entry__isnull=False) | Q(attempt__isnull=False, entry__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} to {self.name or references.grouped(self.iban)}"

    @property
    def amount(self) -> str:
        return format_money(self.amount_micro, self.currency)


class BankEntry(models.Model):
    """One booked movement of the account, counted once in whatever files it stands; above zero it came in."""

    class State(models.TextChoices):
        MATCHED = "matched", "In a wallet"
        UNIDENTIFIED = "unidentified", "Nobody knows whose it is"
        PAYOUT = "payout", "Paid out by a payment company"
        SENT_BACK = "sent_back", "Sent back to where it came from"
        TAKEN_BACK = "taken_back", "Taken back by the bank"
        REFUND = "refund", "A transfer of ours"
        RETURNED = "returned", "A transfer of ours that came back"
        WAITING = "waiting", "Takes back what is not known yet"
        REVERSAL = "reversal", "Took back an entry"
        OTHER = "other", "None of the store's payments"

    identity = models.CharField(max_length=64, unique=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="entries")
    booked_on = models.DateField(db_index=True)
    value_on = models.DateField(null=True)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payer_name = models.CharField("payer", max_length=140, blank=True)
    payer_iban = models.CharField("payer's IBAN", max_length=34, blank=True)
    text = models.TextField(blank=True)
    structured_reference = models.CharField(max_length=100, blank=True)
    end_to_end_id = models.CharField("end-to-end id", max_length=70, blank=True)
    bank_reference = models.CharField(max_length=100, blank=True)
    takes_back = models.BooleanField(default=False, help_text="The bank says that it undoes another one.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OTHER, db_index=True)
    reason = models.CharField(max_length=200, blank=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="bank_entries")
    outgoing = models.ForeignKey(OutgoingTransfer, on_delete=models.PROTECT, null=True, related_name="entries")
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    proposal = models.CharField(max_length=80, blank=True, help_text="Whose it is by the word of the first of two.")
    proposed_by = models.CharField(max_length=150, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name_plural = "bank entries"
        constraints: ClassVar = [
            models.CheckConstraint(name="entry_is_not_nothing", condition=~Q(amount_micro=0)),
            models.CheckConstraint(
                name="entry_in_a_wallet_has_its_payment",
                condition=~Q(state="matched") | Q(attempt__isnull=False, amount_micro__gt=0),
            ),
            models.CheckConstraint(
                name="entry_unidentified_came_in_and_is_nobodys",
                condition=~Q(state="unidentified") | Q(attempt__isnull=True, amount_micro__gt=0),
            ),
            models.CheckConstraint(
                name="entry_by_two_people", condition=Q(proposed_by="") | ~Q(proposed_by=F("decided_by"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on}: {self.amount} {'from' if self.amount_micro > 0 else 'to'} {self.payer_name or '?'}"

    @property
    def amount(self) -> str:
        return format_money(self.amount_micro, self.currency)

    @property
    def references(self) -> set[str]:
        """Every creditor reference that payer or bank wrote."""
        return references.found_in(self.structured_reference, self.end_to_end_id, self.text)
