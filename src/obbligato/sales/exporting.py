"""Write down what was sold and given back in a period, for an accountant: row after row, however many there are.

Amounts are exact to the micro-unit, so that their sums are those of the ledger. It reads only.
"""

import csv
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TypeVar

from django.db.models import Min

from obbligato.kernel.money import plain_amount
from obbligato.kernel.spreadsheets import safe_text
from obbligato.ledger.models import Account, Transfer
from obbligato.rights.models import SplitSheet
from obbligato.sales import tax
from obbligato.sales.documents.models import Invoice
from obbligato.sales.documents.seller import seller
from obbligato.sales.models import Order, OrderLine, RefundedLine, Settlement
from obbligato.sales.postings import RETURNS, divided, read_key, return_key

CHUNK = 500
Item = TypeVar("Item")


@dataclass(frozen=True)
class Row:
    """One line sold, or one time that some of a line went back (then its amounts are negative, in micro-units)."""

    at: datetime
    kind: str
    order: str
    receipt: str
    invoice: str
    what: str
    country: str
    rate_basis_points: int
    net_micro: int
    tax_micro: int
    gross_micro: int
    currency: str
    rights_holders_micro: int
    evidence: str
    sold_at: datetime


@dataclass
class Sum:
    """What was sold to one country at one rate, in the quarter of the sale; in micro-units."""

    period: str
    scheme: str
    country: str
    rate_basis_points: int
    currency: str
    net_micro: int = 0
    tax_micro: int = 0
    gross_micro: int = 0


def rows(first_day: date, last_day: date) -> Iterator[Row]:
    """Everything sold and given back from the first day to the last (UTC, both counted), in the order of time."""
    begin = datetime.combine(first_day, time(), UTC)
    end = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    return heapq.merge(_sold(begin, end), _settled(begin, end), _refunded(begin, end), key=lambda row: row.at)


def sums(found: Iterable[Row]) -> list[Sum]:
    """Per quarter of the sale, country and rate, as the one-stop shop asks (Directive 2006/112/EC, Article 369g).

    What went back of an earlier quarter's sale stands under that quarter: it is a correction of its return.
    """
    home = seller().country
    by_place: dict[tuple[str, str, int, str], Sum] = {}
    for row in found:
        country = tax.TREATED_AS.get(row.country, row.country)
        period = f"{row.sold_at.year}-Q{(row.sold_at.month + 2) // 3}"
        place = (period, country, row.rate_basis_points, row.currency)
        if place not in by_place:
            by_place[place] = Sum(period, _scheme(country, row, home), country, row.rate_basis_points, row.currency)
        one = by_place[place]
        one.net_micro += row.net_micro
        one.tax_micro += row.tax_micro
        one.gross_micro += row.gross_micro
    return [by_place[place] for place in sorted(by_place)]


def csv_lines(first_day: date, last_day: date, *, is_oss: bool = False) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180): every row, or with `is_oss` the sums alone."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    found = rows(first_day, last_day)
    if is_oss:
        yield writer.writerow(["period", "scheme", "country", "tax_rate", "currency", "net", "tax", "gross"])
        for one in sums(found):
            amounts = [plain_amount(micro, one.currency) for micro in (one.net_micro, one.tax_micro, one.gross_micro)]
            rate = f"{one.rate_basis_points / 100:g}"
            yield writer.writerow([one.period, one.scheme, one.country, rate, one.currency, *amounts])
        return
    names = [field.name.removesuffix("_micro").replace("rate_basis_points", "tax_rate") for field in fields(Row)]
    yield writer.writerow(names)
    for row in found:
        yield writer.writerow(_cells(row))


class _Line:
    """What csv writes to: it hands each line back."""

    def write(self, text: str) -> str:
        return text


def _cells(row: Row) -> list[str]:
    cells = []
    for field, value in zip(fields(Row), astuple(row), strict=True):
        if field.name.endswith("_micro"):
            cells.append(plain_amount(value, row.currency))
        elif isinstance(value, datetime):
            cells.append(f"{value:%Y-%m-%dT%H:%M:%SZ}")
        elif field.name == "rate_basis_points":
            cells.append(f"{value / 100:g}")
        else:
            cells.append(safe_text(value))
    return cells


def _scheme(country: str, row: Row, home: str) -> str:
    """Where the tax is declared: at home, by the one-stop shop, or nowhere."""
    if not row.rate_basis_points:
        return "none"
    return "home" if country == home else "oss"


def _sold(begin: datetime, end: datetime) -> Iterator[Row]:
    found = OrderLine.objects.filter(order__paid_at__gte=begin, order__paid_at__lt=end)
    lines = found.select_related("track", "order__receipt").prefetch_related("order__evidence", "order__invoices")
    sheets = dict(SplitSheet.objects.order_by().values_list("recording_id").annotate(Min("valid_from")))
    for line in lines.order_by("order__paid_at", "order_id", "pk").iterator(chunk_size=CHUNK):
        order = line.order
        assert order.paid_at is not None
        first = sheets.get(line.track.recording_id)
        tax_micro, _, passed_on = divided(order, line, is_shared=first is not None and first <= order.paid_at)
        yield _row(line, order.paid_at, "sale", line.price_micro, tax_micro, passed_on, invoice=_invoice(order, ""))


def _settled(begin: datetime, end: datetime) -> Iterator[Row]:
    found = Settlement.objects.filter(created_at__gte=begin, created_at__lt=end, returned_micro__gt=0)
    related = found.select_related("line__track", "line__order__receipt")
    chosen = related.prefetch_related("line__order__evidence", "line__order__invoices").order_by("created_at", "pk")
    for chunk in _chunks(chosen.iterator(chunk_size=CHUNK)):
        parts = _parts([one.line.order for one in chunk])
        for one in chunk:
            key, order = return_key(one.line.order, one.line), one.line.order
            yield _returned(one.line, one.created_at, "returned", parts[key], _invoice(order, f"settlement:{one.pk}"))


def _refunded(begin: datetime, end: datetime) -> Iterator[Row]:
    found = RefundedLine.objects.filter(
        refund__state="done", refund__settled_at__gte=begin, refund__settled_at__lt=end
    ).select_related("refund", "line__track", "line__order__receipt")
    chosen = found.prefetch_related("line__order__evidence", "line__order__invoices")
    for chunk in _chunks(chosen.order_by("refund__settled_at", "pk").iterator(chunk_size=CHUNK)):
        parts = _parts([one.line.order for one in chunk])
        for one in chunk:
            key = f"{return_key(one.line.order, one.line)}:refund:{one.refund.number}"
            invoice = _invoice(one.line.order, f"refund:{one.refund.number}")
            assert one.refund.settled_at is not None
            yield _returned(one.line, one.refund.settled_at, "refunded", parts[key], invoice)


def _chunks(found: Iterator[Item]) -> Iterator[list[Item]]:
    while chunk := list(islice(found, CHUNK)):
        yield chunk


def _parts(orders: Sequence[Order]) -> dict[str, dict[str, int]]:
    """By the key of a return without its account: what each kind of account that the sale had filled gave back."""
    references = {f"order:{order.number}" for order in orders}
    made = Transfer.objects.filter(reference__in=references, kind__in=RETURNS)
    parts: dict[str, dict[str, int]] = {}
    for key, amount in made.values_list("key", "amount_micro"):
        cause, name = read_key(key)
        of_key, kind = parts.setdefault(cause, {}), name.partition(":")[0]
        of_key[kind] = of_key.get(kind, 0) + amount
    return parts


def _returned(line: OrderLine, at: datetime, kind: str, parts: dict[str, int], invoice: str) -> Row:
    tax_micro, rights = parts.get(Account.Kind.TAX, 0), parts.get(Account.Kind.ROYALTY, 0)
    return _row(line, at, kind, -sum(parts.values()), -tax_micro, -rights, invoice=invoice)


def _row(line: OrderLine, at: datetime, kind: str, gross: int, tax_micro: int, rights: int, *, invoice: str) -> Row:
    order = line.order
    assert order.paid_at is not None
    return Row(
        at=at,
        kind=kind,
        order=order.number,
        receipt=order.receipt.number if hasattr(order, "receipt") else "",
        invoice=invoice,
        what=f"{line.track.title} as {line.format_name}",
        country=order.country,
        rate_basis_points=order.tax_basis_points,
        net_micro=gross - tax_micro,
        tax_micro=tax_micro,
        gross_micro=gross,
        currency=order.currency,
        rights_holders_micro=rights,
        evidence=" ".join(sorted(one.kind for one in order.evidence.all())),
        sold_at=order.paid_at,
    )


def _invoice(order: Order, cause: str) -> str:
    """The number of the invoice, or of the credit note for that cause."""
    kind = Invoice.Kind.CREDIT_NOTE if cause else Invoice.Kind.INVOICE
    return next((one.number for one in order.invoices.all() if one.kind == kind and one.cause == cause), "")
