"""Accounts and transfers. All of it is only read: money moves by acts, never by a form."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from obbligato.backoffice import showing
from obbligato.backoffice.desk import ReadOnlyDesk
from obbligato.ledger.models import Account, Transfer
from obbligato.payments.bank.models import BankEntry, OutgoingTransfer
from obbligato.payments.models import Attempt, Credit, Dispute, Refund
from obbligato.payments.vouchers.models import Redemption, VoucherBatch
from obbligato.sales.models import Order

LATEST = 50


@admin.register(Account)
class AccountDesk(ReadOnlyDesk):
    """Every pot and what is in it."""

    list_display = ["name", "currency", "kind", "balance", "may_overdraw"]
    list_filter: ClassVar = ["kind", "currency", "may_overdraw"]
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["kind", "name"]
    fields: ClassVar = ["name", "currency", "kind", "may_overdraw", "balance", "latest"]
    readonly_fields: ClassVar = ["balance", "latest"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Account]":
        found: QuerySet[Account] = super().get_queryset(request)
        return found.annotate(folded_micro=_folded("target") - _folded("source"))

    @admin.display(description="balance")
    def balance(self, account: Account) -> str:
        """The fold of its transfers, for guarded and open accounts alike."""
        return showing.money(int(getattr(account, "folded_micro", 0)), account.currency)

    @admin.display(description="latest transfers")
    def latest(self, account: Account) -> SafeString:
        made = Transfer.objects.filter(Q(source=account) | Q(target=account)).select_related("source", "target")
        rows = [
            [
                showing.link("ledger_transfer", one.pk, one.kind),
                f"to {one.target.name}" if one.source_id == account.pk else f"from {one.source.name}",
                one.amount if one.target_id == account.pk else f"−{one.amount}",
                one.created_at.strftime("%Y-%m-%d %H:%M:%S"),
            ]
            for one in made.order_by("-pk")[:LATEST]
        ]
        return showing.table(["Transfer", "With", "Amount", "When (UTC)"], rows)


@admin.register(Transfer)
class TransferDesk(ReadOnlyDesk):
    """Every movement of money there ever was."""

    list_display = ["kind", "source", "target", "formatted", "reference", "created_at"]
    list_select_related = (
        "source",
        "target",
    )
    list_filter: ClassVar = ["kind", "source__currency"]
    search_fields: ClassVar = ["key", "reference", "source__name", "target__name"]
    search_help_text = "Key, reference (order:…, top-up:…) or account"
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = ["key", "kind", "source", "target", "formatted", "belongs_to", "created_at"]
    readonly_fields: ClassVar = ["formatted", "belongs_to"]

    @admin.display(description="amount", ordering="amount_micro")
    def formatted(self, transfer: Transfer) -> str:
        return transfer.amount

    @admin.display(description="reference")
    def belongs_to(self, transfer: Transfer) -> SafeString:
        """What the transfer names, where there is such a thing: an order, attempt, refund, credit, entry, batch …"""
        kind, _, number = transfer.reference.partition(":")
        if kind == "refund" and (refund := Refund.objects.filter(number=number).first()):
            return showing.link("payments_refund", refund.pk, transfer.reference)
        if kind == "credit" and (credit := Credit.objects.filter(number=number).first()):
            return showing.link("payments_credit", credit.pk, transfer.reference)
        if kind == "vouchers" and (batch := VoucherBatch.objects.filter(number=number).first()):
            return showing.link("vouchers_voucherbatch", batch.pk, transfer.reference)
        if kind == "redemption" and (redeemed := Redemption.objects.filter(number=number).first()):
            return showing.link("vouchers_redemption", redeemed.pk, transfer.reference)
        if kind == "dispute" and (dispute := Dispute.objects.filter(pk=number).first()):
            return showing.link("payments_dispute", dispute.pk, transfer.reference)
        if kind == "order" and (order := Order.objects.filter(number=number).first()):
            return showing.link("sales_order", order.pk, transfer.reference)
        if kind == "top-up" and (attempt := Attempt.objects.filter(number=number).first()):
            return showing.link("payments_attempt", attempt.pk, transfer.reference)
        if kind == "bank" and (entry := BankEntry.objects.filter(identity=number).first()):
            return showing.link("bank_bankentry", entry.pk, entry)
        if kind == "bank-out" and (made := OutgoingTransfer.objects.filter(end_to_end_id=number).first()):
            return showing.link("bank_outgoingtransfer", made.pk, made)
        return format_html("{}", transfer.reference or showing.NOTHING)


def _folded(side: str) -> Coalesce:
    """What came in ("target") or went out ("source") of each account, in micro-units, in one query for all rows."""
    sums = Transfer.objects.filter(**{side: OuterRef("pk")}).order_by().values(side)
    total = sums.annotate(total=Sum("amount_micro")).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0))
