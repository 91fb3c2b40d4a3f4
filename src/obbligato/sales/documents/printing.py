"""Lay out receipts, invoices and credit notes as data for one template, and print it. Nothing is decided here.

All words and amounts are written in the active language.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from obbligato.kernel.countries import country_name
from obbligato.kernel.languages import spoken
from obbligato.kernel.money import format_money
from obbligato.kernel.papers import pdf
from obbligato.kernel.sentences import Sentence
from obbligato.sales.documents.amounts import Amounts
from obbligato.sales.models import OrderLine
from obbligato.sales.quoting import format_named

TEMPLATE = Path(__file__).parent / "templates" / "documents" / "paper.typ"
ARCHIVABLE = ("a-3b",)
"""ISO 19005-3, level B: what the paper shows can be read for ever, and files may be attached."""

WORDS = {
    "to": Sentence("To"),
    "what": Sentence("What"),
    "net": Sentence("Net"),
    "gross": Sentence("With tax"),
}


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
        "vat_id": vat_words(seller["vat_id"]),
        "language": spoken(),
        "words": {name: word.in_words() for name, word in WORDS.items()},
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


def vat_words(vat_id: str) -> str:
    """A VAT id with its name; nothing where there is none."""
    return Sentence("VAT id {number}", number=vat_id).in_words() if vat_id else ""


def tax_words(rate_basis_points: int, country: str, tax_mode: str) -> str:
    """Which tax is inside, or why there is none."""
    name = country_name(country) or Sentence("an unknown country").in_words()
    if rate_basis_points:
        said = Sentence("VAT {rate:g} % ({country})", rate=rate_basis_points / 100, country=name)
    elif tax_mode == "none":
        said = Sentence("No VAT is charged by this seller")
    else:
        said = Sentence("No VAT: sold to {country}", country=name)
    return said.in_words()
