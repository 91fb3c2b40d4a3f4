"""The page of numbers: sales, money, formats, countries and plays of a period, each with its picture and its CSV file.

It shows what the store knows anyway; nothing is collected for it but a number of plays a day.
"""

import csv
import io
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from obbligato.backoffice import showing
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.numbers import KINDS, Kind, plain, shown
from obbligato.catalog.models import Label, Release
from obbligato.kernel import clock
from obbligato.sales import figures
from obbligato.sales.figures import Scope

MOST_ROWS = 15
MOST_YEARS = 30
USUAL_DAYS = 30


class Asked(forms.Form):
    """Of which time and of what the numbers are to be."""

    first = forms.DateField(label="From", widget=UnfoldAdminSingleDateWidget)
    last = forms.DateField(label="To", widget=UnfoldAdminSingleDateWidget)
    currency = forms.ChoiceField(label="Currency", widget=UnfoldAdminSelectWidget)
    label = forms.ModelChoiceField(
        Label.objects.order_by("name"),
        label="Label",
        required=False,
        empty_label="All labels",
        widget=UnfoldAdminSelectWidget,
    )
    release = forms.ModelChoiceField(Release.objects.all(), required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        known = sorted({settings.CURRENCY, *figures.currencies()})
        usual = {
            "first": f"{clock.today() - timedelta(days=USUAL_DAYS - 1)}",
            "last": f"{clock.today()}",
            "currency": settings.CURRENCY,
        }
        super().__init__({**usual, **{name: value for name, value in data.items() if value}})
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first.")
        elif first and last and (last - first).days > 366 * MOST_YEARS:
            self.add_error("first", f"At most {MOST_YEARS} years.")
        return values

    def scope(self) -> Scope:
        """What was asked for; only of a form that is valid."""
        release, label = self.cleaned_data["release"], self.cleaned_data["label"]
        return Scope(
            first_day=self.cleaned_data["first"],
            last_day=self.cleaned_data["last"],
            currency=self.cleaned_data["currency"],
            release_id=release.pk if release else None,
            label_id=label.pk if label else None,
        )


def page(desk: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """All figures of a period."""
    form = Asked(request.GET)
    scope = form.scope() if form.is_valid() else None
    context = {
        **desk.admin_site.each_context(request),
        "title": "Numbers",
        "opts": desk.model._meta,
        "form": form,
        "sections": [_section(name, kind, scope) for name, kind in KINDS.items()] if scope else [],
        "periods": _periods(scope) if scope else [],
        "release": form.cleaned_data.get("release") if scope else None,
    }
    return TemplateResponse(request, "backoffice/numbers.html", context, status=200 if scope else 422)


def csv_file(request: HttpRequest, name: str) -> HttpResponse:
    """One figure as a CSV file (RFC 4180), with all its rows."""
    form = Asked(request.GET)
    if name not in KINDS:
        return HttpResponse("There is no such figure.", status=404, content_type="text/plain")
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
    scope = form.scope()
    figure = KINDS[name].make(scope, True)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(figure.columns)
    writer.writerows([plain(cell) for cell in row] for row in figure.rows)
    names = f"{name}-{scope.first_day}-{scope.last_day}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{names}"', "Cache-Control": "private, no-store"}
    return HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _section(name: str, kind: Kind, scope: Scope) -> dict[str, Any]:
    if kind.is_of_all and not scope.is_whole:
        return {"title": kind.title, "sentence": "It is told of the whole store alone: choose all labels."}
    figure = kind.make(scope, False)
    latest_first = figure.rows[::-1] if kind.is_over_time else figure.rows
    rows = [[shown(cell) for cell in row] for row in latest_first[:MOST_ROWS]]
    more = len(figure.rows) - len(rows)
    return {
        "title": kind.title,
        "sentence": f"{kind.sentence} {figure.sentence}",
        "picture": figure.picture if figure.rows else "",
        "table": showing.table([name.capitalize() for name in figure.columns], rows) if rows else "Nothing yet.",
        "more": f"{more} more rows are in the CSV file." if more else "",
        "csv": f"{reverse('admin:sales_numbers_csv', args=[name])}?{_query(scope)}",
    }


def _periods(scope: Scope) -> list[tuple[str, str]]:
    """Usual periods, as links to them."""
    today = clock.today()
    begin_of_month = today.replace(day=1)
    end_of_last = begin_of_month - timedelta(days=1)
    spans: list[tuple[str, date, date]] = [
        ("30 days", today - timedelta(days=USUAL_DAYS - 1), today),
        ("This month", begin_of_month, today),
        ("Last month", end_of_last.replace(day=1), end_of_last),
        ("This year", today.replace(month=1, day=1), today),
        ("Last year", date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ]
    return [(name, f"?{_query(replace(scope, first_day=first, last_day=last))}") for name, first, last in spans]


def _query(scope: Scope) -> str:
    names = {"first_day": "first", "last_day": "last", "release_id": "release", "label_id": "label"}
    query = QueryDict(mutable=True)
    query.update({names.get(name, name): str(value) for name, value in asdict(scope).items() if value is not None})
    return query.urlencode()
