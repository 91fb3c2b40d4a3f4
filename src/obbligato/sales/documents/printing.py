"""Lay out receipts, invoices and credit notes as data for one template, and print it. Nothing is decided here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.money import format_money
from obbligato.kernel.papers import pdf
from obbligato.sales.documents.amounts import Amounts
from obbligato.sales.models import OrderLine
from obbligato.sales.quoting import format_named

TEMPLATE = Path(__file__).parent / "templates" / "documents" / "paper.typ"
ARCHIVABLE = ("a-3b",)
"""ISO 19005-3, level B: what the paper shows can be read for ever, and files may be attached."""


def printed(paper: Mapping[str, Any]) -> bytes:
    """The PDF of a paper."""
    return pdf(TEMPLATE, paper, standards=ARCHIVABLE)


def paper(
    *,
    title: str,
    number: str,
    day: datetime,
    currency: str,
    seller: Mapping[str, Any],
    facts: Sequence[Sequence[str]],
    lines: Sequence[Mapping[str, Any]],
    amounts: Amounts,
    tax: str,
    total: str,
    notes: Sequence[str],
    buyer: Sequence[str] = (),
) -> dict[str, Any]:
    """What the template prints. Each line has `what`, `more`, `net_micro` and `gross_micro`."""
    return {
        "title": title,
        "number": number,
        "day": {"year": day.year, "month": day.month, "day": day.day},
        "issued": f"{day:%Y-%m-%d}",
        "seller": [text for text in [seller["name"], *seller["address"], seller["email"]] if text],
        "seller_name": seller["name"],
        "vat_id": seller["vat_id"],
        "buyer": list(buyer),
        "facts": [list(fact) for fact in facts],
        "lines": [
            [
                one["what"],
                one["more"],
                format_money(one["net_micro"], currency),
                format_money(one["gross_micro"], currency),
            ]
            for one in lines
        ],
        "net": format_money(amounts.net_micro, currency),
        "tax": tax,
        "tax_amount": format_money(amounts.tax_micro, currency),
        "total": total,
        "gross": format_money(amounts.gross_micro, currency),
        "notes": list(notes),
    }


def more_of(line: OrderLine) -> str:
    """What is said of a line below its title."""
    track = line.track
    return f"{track.artist_credit}, {track.edition.title}, {format_named(line.format_name).label}"


def tax_words(rate_basis_points: int, country: str, tax_mode: str) -> str:
    """Which tax is inside, or why there is none."""
    name = COUNTRIES.get(country, country) or "an unknown country"
    if rate_basis_points:
        return f"VAT {rate_basis_points / 100:g} % ({name})"
    return "No VAT is charged by this seller" if tax_mode == "none" else f"No VAT: sold to {name}"
