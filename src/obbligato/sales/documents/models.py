"""Receipts, invoices and credit notes as they were given, and evidence of where a buyer lives."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from obbligato.kernel import clock
from obbligato.sales.models import Order


class Receipt(models.Model):
    """That an order was paid. What is printed is the order's own lines, and who the seller was that day."""

    number = models.CharField(max_length=32, unique=True, help_text="Random: it cannot be guessed or counted.")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="receipt")
    seller = models.JSONField(help_text="Name, address, VAT id, e-mail and tax mode of that day.")
    is_located = models.BooleanField(default=False, help_text="Whether its evidence was looked over.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(is_located=False), name="receipt_to_locate"),
        ]

    def __str__(self) -> str:
        return f"receipt {self.number}"


class LocationEvidence(models.Model):
    """One piece that says where a buyer lives (Implementing Regulation (EU) No 282/2011, Article 24f)."""

    class Kind(models.TextChoices):
        DECLARED = "declared", "Country she declared"
        PAYMENT = "payment", "Country of the card or bank account"
        ADDRESS = "address", "Country of the network address"
        TIME_ZONE = "time_zone", "Time zone of the browser"
        LANGUAGE = "language", "Region of the browser's language"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    country = models.CharField(max_length=2)
    source = models.CharField(max_length=80, help_text="Who says so; never an address.")
    noted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "kind"], name="evidence_once_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.country}"


class LocationDoubt(models.Model):
    """Evidence of a paid order that contradicts itself: a person looks at it."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="doubt")
    sentence = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.CharField(max_length=150, blank=True)
    remark = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.sentence


class Series(models.Model):
    """The last number given in one year: its row is locked while the next one is given, so that none is missing."""

    kind = models.CharField(max_length=10)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "series"
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "year"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class Invoice(models.Model):
    """An invoice to a business, or a credit note to one; what it says is frozen, and nothing of it is looked up."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", gettext_lazy("Invoice")
        CREDIT_NOTE = "credit", gettext_lazy("Credit note")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    year = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=20, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="invoices")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes")
    cause = models.CharField(max_length=64, blank=True, help_text="What a credit note is for, once.")
    says = models.JSONField(help_text="Everything that is printed, amounts in micro-units.")
    issued_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "year", "sequence"], name="invoice_number_once"),
            models.UniqueConstraint(fields=["order"], condition=Q(kind="invoice"), name="one_invoice_of_an_order"),
            models.UniqueConstraint(fields=["corrects", "cause"], name="a_cause_credited_once"),
            models.CheckConstraint(
                name="a_credit_note_corrects", condition=Q(kind="credit", corrects__isnull=False) | Q(kind="invoice")
            ),
        ]

    def __str__(self) -> str:
        return self.number
