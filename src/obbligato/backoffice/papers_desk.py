"""Refunds of orders, claw-backs, invoices, and doubts about where a buyer lives. What was given is only read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from obbligato.backoffice import showing
from obbligato.backoffice.asking import WithReason, asked
from obbligato.backoffice.desk import ReadOnlyDesk, ReadOnlyRows
from obbligato.backoffice.payments_desk import ActingDesk, TwoPersonDesk
from obbligato.backoffice.showing import pdf
from obbligato.sales import refunding
from obbligato.sales.documents import invoicing, locating
from obbligato.sales.documents.models import Invoice, LocationDoubt
from obbligato.sales.models import ClawBack, ClawBackLine, OrderRefund, RefundedLine


class RefundedRows(ReadOnlyRows):
    """Of which lines."""

    model = RefundedLine
    fields: ClassVar = ["line", "amount", "has_ended_purchase"]
    readonly_fields: ClassVar = ["amount"]
    show_change_link = False

    @admin.display(description="amount")
    def amount(self, one: RefundedLine) -> str:
        return showing.money(one.amount_micro, one.refund.order.currency)


@admin.register(OrderRefund)
class OrderRefundDesk(TwoPersonDesk):
    """What was given back of orders. What takes two people waits here for the second one."""

    list_display = ["number", "order", "amount", "state", "asked_by", "approved_by", "reason", "created_at"]
    list_select_related = ("order",)
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["number", "order__number", "order__person__username", "asked_by", "reason"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    inlines: ClassVar = [RefundedRows]

    approval, rejection = staticmethod(refunding.approve), staticmethod(refunding.reject)


class ClawBackRows(ReadOnlyRows):
    """On which lines."""

    model = ClawBackLine
    fields: ClassVar = ["order", "line", "amount", "has_ended_purchase"]
    readonly_fields: ClassVar = ["order", "amount"]
    show_change_link = False

    @admin.display(description="order")
    def order(self, one: ClawBackLine) -> str:
        return showing.link("sales_order", one.line.order_id, one.line.order.number)

    @admin.display(description="amount")
    def amount(self, one: ClawBackLine) -> str:
        return showing.money(one.amount_micro, one.line.order.currency)


@admin.register(ClawBack)
class ClawBackDesk(ReadOnlyDesk):
    """Disputes about top-ups, laid on what was bought with them."""

    list_display = ["dispute", "state", "laid", "created_at", "closed_at"]
    list_select_related = ("dispute__attempt",)
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["dispute__reference", "lines__line__order__number"]
    ordering: ClassVar = ["-created_at", "-pk"]
    inlines: ClassVar = [ClawBackRows]

    @admin.display(description="laid on orders", ordering="laid_micro")
    def laid(self, claw_back: ClawBack) -> str:
        return showing.money(claw_back.laid_micro, claw_back.dispute.attempt.currency)


@admin.register(Invoice)
class InvoiceDesk(ActingDesk):
    """Invoices to businesses and credit notes, numbered without a gap."""

    list_display = ["number", "kind", "buyer", "gross", "order", "issued_at"]
    list_select_related = ("order",)
    list_filter: ClassVar = ["kind", "year"]
    search_fields: ClassVar = ["number", "order__number"]
    date_hierarchy = "issued_at"
    ordering: ClassVar = ["-issued_at", "-pk"]
    fields: ClassVar = ["number", "kind", "order", "corrects", "buyer", "net", "tax", "gross", "issued_at"]
    readonly_fields: ClassVar = ["buyer", "net", "tax", "gross"]
    actions_detail: ClassVar = ["paper"]

    @admin.display(description="buyer")
    def buyer(self, invoice: Invoice) -> str:
        return str(invoice.says["buyer"]["name"])

    @admin.display(description="net")
    def net(self, invoice: Invoice) -> str:
        return showing.money(invoice.says["net_micro"], invoice.says["currency"])

    @admin.display(description="tax")
    def tax(self, invoice: Invoice) -> str:
        return showing.money(invoice.says["tax_micro"], invoice.says["currency"])

    @admin.display(description="with tax")
    def gross(self, invoice: Invoice) -> str:
        return showing.money(invoice.says["gross_micro"], invoice.says["currency"])

    @action(description="PDF", url_path="pdf", permissions=["view"])  # type: ignore[untyped-decorator]
    def paper(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = Invoice.objects.get(pk=object_id)
        return pdf(invoicing.invoice_pdf(invoice), invoice.number)


@admin.register(LocationDoubt)
class LocationDoubtDesk(ActingDesk):
    """Orders whose evidence of where the buyer lives contradicts itself."""

    list_display = ["sentence", "order", "created_at", "seen_at", "seen_by", "remark"]
    list_select_related = ("order",)
    list_filter: ClassVar = [("seen_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["order__number", "sentence", "remark"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    actions_detail: ClassVar = ["seen"]

    @action(description="I have looked at it …", url_path="seen", permissions=["act"])  # type: ignore[untyped-decorator]
    def seen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        doubt = LocationDoubt.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            locating.resolve(doubt, by=request.user.get_username(), remark=values["reason"])
            return "Noted."

        return asked(
            self,
            request,
            title="I have looked at it",
            sentence=f"{doubt.sentence} The tax of the order stays as it is; say what you found.",
            act=act,
            back=self.page(object_id),
            form=WithReason,
        )
