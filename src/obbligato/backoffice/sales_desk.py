"""Orders with where each cent went, purchases, settlements and tariffs. What was agreed is only read."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from obbligato.backoffice import numbers_pages, order_acts, showing
from obbligato.backoffice.desk import Desk, ModelForm, ReadOnlyDesk, ReadOnlyRows
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.kernel.money import minor_digits, parse_rate
from obbligato.kernel.refusals import Refused
from obbligato.ledger.models import Account, Transfer
from obbligato.rights.models import Party
from obbligato.sales.models import WAITING, ClawBack, Order, OrderLine, Purchase, Settlement, Tariff


class OrderState(admin.SimpleListFilter):
    """Paid, waiting, held or cancelled."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401
        return [("paid", "Paid"), ("waiting", "Waiting"), ("held", "Pre-order"), ("cancelled", "Cancelled")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Order]") -> "QuerySet[Order]":
        if self.value() == "paid":
            return queryset.filter(paid_at__isnull=False)
        if self.value() == "cancelled":
            return queryset.filter(cancelled_at__isnull=False)
        if self.value() == "waiting":
            return queryset.filter(WAITING)
        if self.value() == "held":
            return queryset.filter(held_at__isnull=False, paid_at__isnull=True, cancelled_at__isnull=True)
        return queryset


class OrderLineRows(ReadOnlyRows):
    """What was asked for, at which price, and what came of it."""

    model = OrderLine
    fields: ClassVar = ["track", "format_name", "size", "list_price", "price", "owned", "returned", "disputed"]
    readonly_fields: ClassVar = ["size", "list_price", "price", "owned", "returned", "disputed"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OrderLine]":
        return super().get_queryset(request).select_related("order", "track", "purchase")

    @admin.display(description="quoted size")
    def size(self, line: OrderLine) -> str:
        return showing.size(line.size_bytes, is_exact=line.is_exact)

    @admin.display(description="list price")
    def list_price(self, line: OrderLine) -> str:
        return showing.money(line.list_price_micro, line.order.currency)

    @admin.display(description="price")
    def price(self, line: OrderLine) -> str:
        return showing.money(line.price_micro, line.order.currency)

    @admin.display(description="owned", boolean=True)
    def owned(self, line: OrderLine) -> bool:
        return hasattr(line, "purchase") and line.purchase.ended_at is None

    @admin.display(description="returned")
    def returned(self, line: OrderLine) -> str:
        return showing.money(line.returned_micro or None, line.order.currency)

    @admin.display(description="disputed")
    def disputed(self, line: OrderLine) -> str:
        return showing.money(line.disputed_micro or None, line.order.currency)


@admin.register(Order)
class OrderDesk(ActingDesk):
    """What people bought."""

    list_display = ["number", "person", "total", "state", "country", "created_at", "paid_at"]
    list_select_related = ("person",)
    list_filter: ClassVar = [OrderState, "currency", "country"]
    search_fields: ClassVar = ["number", "person__username", "person__email"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    fields: ClassVar = [
        "number",
        "person",
        "state",
        "total",
        "country",
        "tax_rate",
        "created_at",
        "held_at",
        "paid_at",
        "cancelled_at",
        "paper",
        "evidence",
        "came_back",
        "where_each_cent_went",
    ]
    readonly_fields: ClassVar = [
        "state", "total", "tax_rate", "paper", "evidence", "came_back", "where_each_cent_went",
    ]  # fmt: skip
    actions_list: ClassVar = ["numbers", "export"]
    actions_detail: ClassVar = ["refund", "end_purchases", "receipt"]
    view_on_site = False  # The store's page of an order is its buyer's alone.
    inlines: ClassVar = [OrderLineRows]

    def get_urls(self) -> list[URLPattern]:
        page, file = self.admin_site.admin_view(self.numbers_page), self.admin_site.admin_view(self.numbers_csv)
        own = [
            path("numbers/", page, name="sales_numbers"),
            path("numbers/<slug:name>.csv", file, name="sales_numbers_csv"),
        ]
        return [*own, *super().get_urls()]

    def numbers_page(self, request: HttpRequest) -> HttpResponse:
        return numbers_pages.page(self, request) if self.has_view_permission(request) else HttpResponse(status=403)

    def numbers_csv(self, request: HttpRequest, name: str) -> HttpResponse:
        may = self.has_view_permission(request)
        return numbers_pages.csv_file(request, name) if may else HttpResponse(status=403)

    @admin.display(description="total", ordering="total_micro")
    def total(self, order: Order) -> str:
        return order.total

    @admin.display(description="state")
    def state(self, order: Order) -> str:
        return order.state

    @admin.display(description="tax included")
    def tax_rate(self, order: Order) -> str:
        return f"{order.tax_basis_points / 100:g} %"

    @admin.display(description="paper")
    def paper(self, order: Order) -> SafeString:
        """Its receipt, invoice and credit notes."""
        rows = [["Receipt", order.receipt.number]] if hasattr(order, "receipt") else []
        rows += [
            [one.get_kind_display(), showing.link("documents_invoice", one.pk, one.number)]
            for one in order.invoices.order_by("pk")
        ]
        return showing.table(["Paper", "Number"], rows)

    @admin.display(description="where she lives")
    def evidence(self, order: Order) -> SafeString:
        """What tells so, and whether it contradicts itself."""
        rows = [[one.get_kind_display(), one.country, one.source] for one in order.evidence.order_by("pk")]
        if hasattr(order, "doubt"):
            rows.append(["Doubt", "", showing.link("documents_locationdoubt", order.doubt.pk, order.doubt.sentence)])
        return showing.table(["Evidence", "Country", "Source"], rows)

    @admin.display(description="refunds and disputes")
    def came_back(self, order: Order) -> SafeString:
        """What was given back, and what her bank took back or may."""
        rows = [
            [showing.link("sales_orderrefund", one.pk, "Refund"), one.amount, one.get_state_display(), one.reason]
            for one in order.refunds.order_by("pk")
        ]
        laid = ClawBack.objects.filter(lines__line__order=order).distinct().select_related("dispute__attempt")
        rows += [
            [
                showing.link("sales_clawback", one.pk, "Dispute"),
                showing.money(one.laid_micro, order.currency),
                one.get_state_display(),
                one.dispute.reason,
            ]
            for one in laid.order_by("pk")
        ]
        return showing.table(["What", "Amount", "State", "Why"], rows)

    @action(description="Refund …", url_path="refund", permissions=["act"])  # type: ignore[untyped-decorator]
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return order_acts.refund(self, request, Order.objects.get(pk=object_id), self.page(object_id))

    @action(description="End what was charged back …", url_path="end-purchases", permissions=["act"])  # type: ignore[untyped-decorator]
    def end_purchases(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return order_acts.end_purchases(self, request, Order.objects.get(pk=object_id), self.page(object_id))

    @action(description="Receipt (PDF)", url_path="receipt", permissions=["view"])  # type: ignore[untyped-decorator]
    def receipt(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return order_acts.receipt(request, Order.objects.get(pk=object_id), self.page(object_id))

    @action(description="Numbers", url_path="figures", permissions=["view"])  # type: ignore[untyped-decorator]
    def numbers(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:sales_numbers"))

    @action(description="Export …", url_path="export", permissions=["view"])  # type: ignore[untyped-decorator]
    def export(self, request: HttpRequest) -> HttpResponseBase:
        return order_acts.export(self, request, reverse("admin:sales_order_changelist"))

    @admin.display(description="where each cent went")
    def where_each_cent_went(self, order: Order) -> SafeString:
        """Every transfer that names this order, first to last; a return has its own lines."""
        found = Transfer.objects.filter(reference=f"order:{order.number}").select_related("source", "target")
        made = list(found.order_by("pk"))
        names = _names_of([account for one in made for account in (one.source, one.target)], order)
        rows = [
            [
                showing.link("ledger_transfer", one.pk, one.kind),
                names[one.source_id],
                names[one.target_id],
                one.amount,
                one.created_at.strftime("%Y-%m-%d %H:%M:%S"),
            ]
            for one in made
        ]
        return showing.table(["Transfer", "From", "To", "Amount", "When (UTC)"], rows)


@admin.register(Purchase)
class PurchaseDesk(ReadOnlyDesk):
    """What is whose, for ever, unless its price went back whole."""

    list_display = ["track", "person", "format_name", "size", "bought_at", "ended_at"]
    list_select_related = (
        "person",
        "track",
    )
    list_filter: ClassVar = ["format_name"]
    search_fields: ClassVar = ["person__username", "person__email", "track__title", "line__order__number"]
    date_hierarchy = "bought_at"
    ordering: ClassVar = ["-bought_at", "-pk"]

    @admin.display(description="size", ordering="size_bytes")
    def size(self, purchase: Purchase) -> str:
        return showing.size(purchase.size_bytes)


@admin.register(Settlement)
class SettlementDesk(ReadOnlyDesk):
    """What came out smaller than quoted, and what went back to the wallet for it."""

    list_display = ["order", "line", "actual_size", "returned", "created_at"]
    list_select_related = (
        "line__order",
        "line__track",
    )
    search_fields: ClassVar = ["line__order__number", "line__track__title"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    fields: ClassVar = ["order", "line", "actual_size", "returned", "created_at"]
    readonly_fields: ClassVar = ["order", "actual_size", "returned"]

    @admin.display(description="order")
    def order(self, settlement: Settlement) -> str:
        return showing.link("sales_order", settlement.line.order_id, settlement.line.order.number)

    @admin.display(description="actual size", ordering="actual_bytes")
    def actual_size(self, settlement: Settlement) -> str:
        return showing.size(settlement.actual_bytes)

    @admin.display(description="returned", ordering="returned_micro")
    def returned(self, settlement: Settlement) -> str:
        return showing.money(settlement.returned_micro, settlement.line.order.currency)


class Price(forms.CharField):
    """An amount as people type it, read into micro-units; empty is none."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, label: str, help_text: str = "", *, is_needed: bool = False) -> None:
        super().__init__(label=label, help_text=help_text, required=is_needed, max_length=20)

    def clean(self, value: Any) -> int | None:  # noqa: ANN401
        text = super().clean(value)
        try:
            return parse_rate(text) if text else None
        except (Refused, ArithmeticError) as refusal:
            raise forms.ValidationError(str(refusal) or "This is not an amount.") from None


class TariffForm(ModelForm):
    """A new price, from now on."""

    per_megabyte = Price("Per megabyte", "Per 1,000,000 bytes, tax included: 0.12", is_needed=True)
    track_minimum = Price("Least for a track")
    track_maximum = Price("Most for a track")
    album_maximum = Price("Most for the whole release")

    class Meta:
        model = Tariff
        fields: ClassVar = ["release", "currency", "takes_more"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:
            self.fields["currency"].initial = settings.CURRENCY

    def clean_currency(self) -> str:
        try:
            minor_digits(self.cleaned_data["currency"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return str(self.cleaned_data["currency"])


@admin.register(Tariff)
class TariffDesk(Desk):
    """What each release costs a megabyte, from when on. A new price is a new row; old quotes keep theirs."""

    form = TariffForm
    list_display = ["release", "__str__", "minimum", "maximum", "album", "valid_from"]
    list_select_related = ("release__edition",)
    list_filter: ClassVar = ["currency"]
    search_fields: ClassVar = ["release__slug", "release__edition__title"]
    date_hierarchy = "valid_from"
    ordering: ClassVar = ["-valid_from", "-pk"]
    autocomplete_fields: ClassVar = ["release"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401
        if obj is None:
            return ["release", "currency", "per_megabyte", "track_minimum", "track_maximum", "album_maximum",
                    "takes_more"]  # fmt: skip
        return ["release", "__str__", "minimum", "maximum", "album", "takes_more", "valid_from"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401
        return ["__str__", "minimum", "maximum", "album"] if obj else []

    def save_model(self, request: HttpRequest, obj: Tariff, form: TariffForm, change: bool) -> None:
        values = form.cleaned_data
        obj.per_megabyte_micro = values["per_megabyte"]
        obj.track_minimum_micro = values["track_minimum"] or 0
        obj.track_maximum_micro = values["track_maximum"]
        obj.album_maximum_micro = values["album_maximum"]
        obj.save()

    @admin.display(description="least for a track")
    def minimum(self, tariff: Tariff) -> str:
        return showing.money(tariff.track_minimum_micro, tariff.currency)

    @admin.display(description="most for a track")
    def maximum(self, tariff: Tariff) -> str:
        return showing.money(tariff.track_maximum_micro, tariff.currency)

    @admin.display(description="most for a release")
    def album(self, tariff: Tariff) -> str:
        return showing.money(tariff.album_maximum_micro, tariff.currency)


def _names_of(accounts: list[Account], order: Order) -> dict[int, str]:
    """What to call each account of an order: its name, and whose it is where it is someone's."""
    numbers = [account.name.partition(":")[2] for account in accounts if account.kind == Account.Kind.ROYALTY]
    parties = {str(party.pk): party.name for party in Party.objects.filter(pk__in=numbers)}
    wallet = f"wallet:{order.person_id}"
    owners = {account.name: parties.get(account.name.partition(":")[2], "") for account in accounts}
    owners[wallet] = order.person.get_username()
    return {one.pk: f"{one.name} ({owners[one.name]})" if owners[one.name] else one.name for one in accounts}
