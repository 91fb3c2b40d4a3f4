"""Give an invoice to a business for a paid order, and credit notes for what goes back of it later. No money moves.

Numbers have no gaps within a year, for each is given under a lock and together with its invoice. Tax is charged as
to anyone: prices include it, and reverse charge is not done.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from stdnum.eu import vat

from obbligato.kernel import clock
from obbligato.kernel.countries import country_name
from obbligato.kernel.languages import WRITTEN_IN
from obbligato.kernel.papers import printable
from obbligato.kernel.refusals import Invalid, Missing, Refused
from obbligato.kernel.sentences import Sentence, in_words
from obbligato.sales.documents import cross_industry, printing
from obbligato.sales.documents.amounts import Amounts, amounts
from obbligato.sales.documents.models import Invoice, Series
from obbligato.sales.documents.seller import country_of, invoicing_seller, is_vat_id
from obbligato.sales.models import Order, OrderLine

Kind = Invoice.Kind
LONGEST_NAME, LONGEST_LINE, MOST_LINES = 120, 100, 5
PREFIXES = {Kind.INVOICE: "INV", Kind.CREDIT_NOTE: "CN"}


class BadBuyer(Invalid):
    """The name, address or VAT id cannot stand on an invoice."""


class NothingToInvoice(Refused):
    """The order was not paid, cost nothing, or all of it was given back."""


class AlreadyInvoiced(Refused):
    """There is an invoice for this order, made out to somebody else."""


class NoSuchInvoice(Missing):
    """There is no such invoice of this order."""


@transaction.atomic
def issue(order: Order, *, name: str, address: str, vat_id: str = "") -> Invoice:
    """The invoice of an order, made out to a business. Asking again for the same business gives the same invoice.

    `address` has up to five lines; `vat_id` is checked by its form and check digits alone. Raises BadBuyer, NoSeller,
    NothingToInvoice, AlreadyInvoiced; then no number is used.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    buyer = _buyer(order, name, address, vat_id)
    before = Invoice.objects.filter(order=order, kind=Kind.INVOICE).first()
    if before is not None:
        if before.says["buyer"] != buyer:
            name = before.says["buyer"]["name"]
            raise AlreadyInvoiced(
                "Invoice {number} for this order is made out to {name}.", number=before.number, name=name
            )
        return before
    seller = invoicing_seller()
    lines = [line for line in _lines(order) if line.price_micro > line.returned_micro]
    if order.paid_at is None or not lines:
        raise NothingToInvoice("Of this order nothing is left that was paid for, so there is nothing to invoice.")
    prices = {line.pk: line.price_micro - line.returned_micro for line in lines}

    # All refusals are above; from here on a number is used.
    found = amounts(list(prices.values()), rate_basis_points=order.tax_basis_points, currency=order.currency)
    return _numbered(order, _says(order, seller.stored(), buyer, _said(lines, prices, found), found))


@transaction.atomic
def credit(order: Order, returned_micro: Mapping[int, int], *, cause: str, reason: str) -> Invoice | None:
    """A credit note for what went back of some lines (by id), once per cause; None where there is no invoice.

    Its net and tax are what the invoice's come to before and after: all credit notes of a whole refund together are
    the invoice, to the cent.
    """
    invoice = Invoice.objects.filter(order=order, kind=Kind.INVOICE).first()
    if invoice is None:
        return None
    before = Invoice.objects.filter(corrects=invoice, cause=cause).first()
    if before is not None:
        return before
    standing = _standing(invoice)
    after = {pk: price - returned_micro.get(pk, 0) for pk, price in standing.items()}
    was, now = (
        amounts(list(prices.values()), rate_basis_points=order.tax_basis_points, currency=order.currency)
        for prices in (standing, after)
    )
    lines = [line for line in _lines(order) if line.pk in returned_micro]
    back = [returned_micro[line.pk] for line in lines]
    divided = amounts(back, rate_basis_points=order.tax_basis_points, currency=order.currency)
    net, tax = was.net_micro - now.net_micro, was.tax_micro - now.tax_micro
    nets = _fitted(divided.nets_micro, net)
    found = Amounts(nets, net, tax, sum(back))
    says = _says(order, invoice.says["seller"], invoice.says["buyer"], _said(lines, returned_micro, found), found)
    says |= {
        "language": invoice.says.get("language", WRITTEN_IN),
        "terms": Sentence("Given back to the wallet."),
        "corrects": invoice.number,
        "corrects_issued": invoice.says["issued"],
        "reason": reason,
    }
    return _numbered(order, says, corrects=invoice, cause=cause)


def invoice_of(order: Order, number: str) -> Invoice:
    """An invoice or credit note of this order. Raises NoSuchInvoice."""
    found = order.invoices.filter(number=number[:20]).first()
    if found is None:
        raise NoSuchInvoice("There is no such invoice.")
    return found


def invoice_pdf(invoice: Invoice) -> bytes:
    """The invoice or credit note as a PDF, the same bytes each time; between businesses in the Union as Factur-X.

    It is in the language it was given in, whoever reads it; its XML, for programs, is in English.
    """
    says = invoice.says
    with translation.override(says.get("language", WRITTEN_IN)):
        pdf = printing.printed(_paper(invoice))
        title = f"{invoice.get_kind_display()} {invoice.number}"
    if not is_factur_x(says):
        return pdf
    xml = cross_industry.invoice_xml(says)
    return cross_industry.with_xml(pdf, xml, title=title, author=says["seller"]["name"], day=invoice.issued_at)


def is_factur_x(says: Mapping[str, Any]) -> bool:
    """Whether both have a VAT id of the Union, and tax is charged."""
    return bool(
        says["rate_basis_points"] and is_vat_id(says["seller"]["vat_id"]) and is_vat_id(says["buyer"]["vat_id"])
    )


def _buyer(order: Order, name: str, address: str, vat_id: str) -> dict[str, Any]:
    name = " ".join(name.split())
    lines = [line for line in (" ".join(line.split()) for line in address.splitlines()) if line]
    vat_id = str(vat.compact(vat_id)) if is_vat_id(vat_id) else vat_id.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadBuyer(
            "An invoice needs the name of the business, of at most {most} characters.",
            most=LONGEST_NAME,
        )
    if not lines or len(lines) > MOST_LINES or max(map(len, lines)) > LONGEST_LINE:
        raise BadBuyer(
            "An invoice needs an address of one to {lines} lines, each of at most {most} characters.",
            lines=MOST_LINES,
            most=LONGEST_LINE,
        )
    if vat_id and not is_vat_id(vat_id):
        raise BadBuyer("This is not a VAT id of the European Union: its letters, length or check digits are wrong.")
    return {
        "name": name,
        "address": lines,
        "vat_id": vat_id,
        "country": country_of(vat_id) or order.country,
    }


def _lines(order: Order) -> list[OrderLine]:
    return list(order.lines.select_related("track__edition").order_by("pk"))


def _said(lines: Sequence[OrderLine], prices: Mapping[int, int], found: Amounts) -> list[dict[str, Any]]:
    return [
        {
            "line": line.pk,
            "what": line.track.title,
            "more": printing.more_of(line),
            "gross_micro": prices[line.pk],
            "net_micro": net,
        }
        for line, net in zip(lines, found.nets_micro, strict=True)
    ]


def _says(
    order: Order, seller: Mapping[str, Any], buyer: Mapping[str, Any], lines: list[dict[str, Any]], found: Amounts
) -> dict[str, Any]:
    """Everything that stands on an invoice but its number and day."""
    assert order.paid_at is not None
    return {
        "language": order.person.reads,
        "order": order.number,
        "paid": order.paid_at.isoformat(),
        "currency": order.currency,
        "country": order.country,
        "rate_basis_points": order.tax_basis_points,
        "seller": dict(seller),
        "buyer": dict(buyer),
        "lines": lines,
        "net_micro": found.net_micro,
        "tax_micro": found.tax_micro,
        "gross_micro": found.gross_micro,
        "terms": Sentence("Paid from the wallet."),
        "corrects": "",
        "corrects_issued": "",
        "reason": "",
    }


def _numbered(order: Order, says: dict[str, Any], *, corrects: Invoice | None = None, cause: str = "") -> Invoice:
    """The next number of its year and the row that has it: both or neither."""
    kind, now = (Kind.CREDIT_NOTE if corrects else Kind.INVOICE), clock.now()
    series, _ = Series.objects.select_for_update().get_or_create(kind=kind, year=now.year)
    series.last += 1
    series.save(update_fields=["last"])
    number = f"{PREFIXES[kind]}-{now.year}-{series.last:06}"
    made = Invoice.objects.create(
        kind=kind,
        year=now.year,
        sequence=series.last,
        number=number,
        order=order,
        corrects=corrects,
        cause=cause,
        issued_at=now,
        says=printable({**says, "number": number, "issued": now.isoformat()}),
    )
    invoice_pdf(made)  # What cannot be printed, or breaks the schema, gets no number.
    return made


def _standing(invoice: Invoice) -> dict[int, int]:
    """By line id, what the invoice comes to less its credit notes, in micro-units."""
    prices = {one["line"]: one["gross_micro"] for one in invoice.says["lines"]}
    for note in invoice.credit_notes.all():
        for one in note.says["lines"]:
            prices[one["line"]] -= one["gross_micro"]
    return prices


def _fitted(nets_micro: Sequence[int], net_micro: int) -> tuple[int, ...]:
    """The lines' nets, the largest of which takes up the cent by which rounding before and after differs."""
    nets = list(nets_micro)
    nets[nets.index(max(nets))] += net_micro - sum(nets)
    return tuple(nets)


def _paper(invoice: Invoice) -> dict[str, Any]:
    says = invoice.says
    buyer = says["buyer"]
    facts = [[Sentence("Order").in_words(), says["order"]], [Sentence("Paid").in_words(), says["paid"][:10]]]
    if says["corrects"]:
        corrected = Sentence("{number} of {day}", number=says["corrects"], day=says["corrects_issued"][:10])
        facts += [
            [Sentence("Corrects").in_words(), corrected.in_words()],
            [Sentence("Why").in_words(), in_words(says["reason"])],
        ]
    return printing.paper(
        title=str(invoice.get_kind_display()),
        number=says["number"],
        day=datetime.fromisoformat(says["issued"]),
        currency=says["currency"],
        seller=says["seller"],
        buyer=[
            buyer["name"],
            *buyer["address"],
            country_name(buyer["country"]),
            *([printing.vat_words(buyer["vat_id"])] if buyer["vat_id"] else []),
        ],
        facts=facts,
        lines=says["lines"],
        amounts=Amounts((), says["net_micro"], says["tax_micro"], says["gross_micro"]),
        tax=printing.tax_words(says["rate_basis_points"], says["country"], says["seller"]["tax_mode"]),
        total=(Sentence("Given back") if says["corrects"] else Sentence("Paid")).in_words(),
        notes=[in_words(says["terms"])],
    )
