"""What an operator does about an order: refund it, end what was charged back, print its receipt, export. No rules."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from obbligato.backoffice import showing
from obbligato.backoffice.asking import WithReason, asked
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.showing import pdf
from obbligato.kernel import clock
from obbligato.kernel.money import parse_amount
from obbligato.kernel.refusals import Refused
from obbligato.sales import clawing_back, exporting, refunding
from obbligato.sales.documents import receipting
from obbligato.sales.models import Order

LINE = "line_"


class Period(forms.Form):
    """From when to when, both counted."""

    first = forms.DateField(label="From", widget=UnfoldAdminSingleDateWidget)
    last = forms.DateField(label="To", widget=UnfoldAdminSingleDateWidget)
    oss = forms.BooleanField(label="Only the sums per country and rate", required=False, widget=UnfoldBooleanWidget)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("last") and values["last"] < values["first"]:
            self.add_error("last", "The last day is before the first.")
        return values


def refund(desk: ModelAdmin, request: HttpRequest, order: Order, back: str) -> HttpResponse:
    """So much of each line, into the wallet."""

    def act(values: dict[str, Any]) -> str:
        made = refunding.refund(
            order,
            left if values["everything"] else {pk: _micro(values[f"{LINE}{pk}"], order.currency) for pk in left},
            key=values["key"],
            by=request.user.get_username(),
            reason=values["reason"],
            keeps_purchases=values["keeps_purchases"],
        )
        return f"{made.amount}: {made.get_state_display()}."

    left = refunding.left(order)
    sentence = (
        f"To {order.person.get_username()}'s wallet; from there it can be sent back to where it came from. Those who"
        " got some of a line give it back. A line of which nothing is left leaves her library, unless she keeps it."
    )
    if not left:
        sentence = "Of this order nothing is left to refund."
    return asked(desk, request, title="Refund", sentence=sentence, act=act, back=back, form=_refund_form(order, left))


def end_purchases(desk: ModelAdmin, request: HttpRequest, order: Order, back: str) -> HttpResponse:
    """What her bank took back the whole price of is not hers any more."""

    def act(values: dict[str, Any]) -> str:
        ended = clawing_back.end_purchases(order, by=request.user.get_username(), reason=values["reason"])
        return f"{ended} purchases ended."

    return asked(
        desk,
        request,
        title="End what was charged back",
        sentence="What her bank took back the whole price of leaves her library; a dispute won later brings it back.",
        act=act,
        back=back,
        form=WithReason,
    )


def receipt(request: HttpRequest, order: Order, back: str) -> HttpResponse:
    """The receipt as a PDF, or a sentence where there is none."""
    try:
        found = receipting.receipt_of(order)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(back)
    return pdf(receipting.receipt_pdf(found), f"receipt-{found.number}")


def export(desk: ModelAdmin, request: HttpRequest, back: str) -> HttpResponse | StreamingHttpResponse:
    """A period's sales as a CSV file, streamed."""
    today = clock.today()
    begin = date(today.year, today.month - (today.month - 1) % 3, 1)
    form = Period(request.POST) if request.method == "POST" else Period(initial={"first": begin, "last": today})
    if request.method == "POST" and form.is_valid():
        first, last, is_oss = (form.cleaned_data[name] for name in ("first", "last", "oss"))
        name = f"{'oss' if is_oss else 'sales'}-{first}-{last}.csv"
        return StreamingHttpResponse(
            exporting.csv_lines(first, last, is_oss=is_oss),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    context = {
        **desk.admin_site.each_context(request),
        "title": "Export",
        "sentence": "One row for each line sold or given back, as a CSV file for an accountant. Days are UTC.",
        "form": form,
        "back": back,
        "opts": desk.model._meta,
    }
    return TemplateResponse(request, "backoffice/asked.html", context)


def _refund_form(order: Order, left: dict[int, int]) -> type[WithReason]:
    """A field for each line of which something is left, and one word for all of them."""
    lines = order.lines.filter(pk__in=left).select_related("track").order_by("pk")
    made: dict[str, forms.Field] = {
        f"{LINE}{line.pk}": forms.CharField(
            label=f"{line.track.title}, {line.format_name}",
            help_text=f"At most {showing.money(left[line.pk], order.currency)}; empty for nothing.",
            max_length=20,
            required=False,
            widget=UnfoldAdminTextInputWidget,
        )
        for line in lines
    }
    made["everything"] = forms.BooleanField(
        label="Everything that is left, whatever stands above", required=False, widget=UnfoldBooleanWidget
    )
    made["keeps_purchases"] = forms.BooleanField(
        label="She keeps what is refunded, as goodwill", required=False, widget=UnfoldBooleanWidget
    )
    return type("RefundForm", (WithReason,), dict(made))


def _micro(text: str, currency: str) -> int:
    return parse_amount(text, currency) if text.strip() else 0
