"""Read statements as a table with a header row (CSV), for banks that give nothing better. No database.

The plain form is in docs/rails/bank-transfer.md; other headings are mapped to its words.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date

from obbligato.payments.bank.statements import (
    MOST_ENTRIES,
    BadStatement,
    Entry,
    Source,
    Statement,
    StatementTooLarge,
    checked,
    day_of,
    micro_of,
    reference_or_none,
    tidy,
    tidy_iban,
)

MOST_BYTES = 20_000_000
NEEDED = ("booked_on", "amount", "currency")
OPTIONAL = ("value_on", "payer_name", "payer_iban", "remittance", "entry_reference", "end_to_end_id")
DAY_POINT_MONTH = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
GROUPED = re.compile(r"\d{1,3}((?:[.,' \u00a0])\d{3})+([.,]\d{2})", re.ASCII)
SPOKEN = re.compile(r"(\w+)=(.+)")


def read_csv(source: Source, headings: Mapping[str, str] | None = None) -> list[Statement]:
    """One statement without account, number and balances. `headings` maps our words to the bank's.

    Raises BadStatement.
    """
    text = _decoded(source.read(MOST_BYTES + 1))
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        places = _places(next(rows, []), headings or {})
        entries = [_entry(row, places, line) for line, row in enumerate(rows, start=2) if any(map(str.strip, row))]
    except csv.Error as trouble:
        raise BadStatement(f"The table cannot be read: {trouble}.") from None
    if len(entries) > MOST_ENTRIES:
        raise StatementTooLarge("The table has too many rows. Please take a shorter time.")
    currencies = {one.currency for one in entries}
    return [checked(Statement(account="", currency=currencies.pop() if len(currencies) == 1 else "", entries=entries))]


def headings_of(text: str) -> dict[str, str]:
    """Read `booked_on=Buchungstag,amount=Betrag` as an operator writes it. Raises BadStatement."""
    found = {}
    for piece in filter(None, (one.strip() for one in text.split(","))):
        match = SPOKEN.fullmatch(piece)
        if match is None or match[1] not in (*NEEDED, *OPTIONAL):
            raise BadStatement(f"“{piece[:60]}” maps no heading. Write one of {', '.join((*NEEDED, *OPTIONAL))}=….")
        found[match[1]] = match[2].strip()
    return found


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise StatementTooLarge("No table of entries is larger than 20 MB. Please take a shorter time.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)


def _places(header: list[str], headings: Mapping[str, str]) -> dict[str, int]:
    """In which column each of our words stands."""
    columns = {tidy(name).lower(): place for place, name in reversed(list(enumerate(header)))}
    wanted = {name: headings.get(name, name).strip().lower() for name in (*NEEDED, *OPTIONAL)}
    missing = [wanted[name] for name in (*NEEDED, *headings) if wanted[name] not in columns]
    if missing:
        raise BadStatement(
            f"The table has no column “{missing[0][:40]}”. Its first row must name booked_on, amount and currency,"
            " or other headings must be mapped to them."
        )
    return {name: columns[heading] for name, heading in wanted.items() if heading in columns}


def _entry(row: list[str], places: dict[str, int], line: int) -> Entry:
    said = {name: row[place] if place < len(row) else "" for name, place in places.items()}
    currency = said["currency"].strip().upper()
    try:
        value = said.get("value_on", "").strip()
        return Entry(
            booked_on=_day(said["booked_on"]),
            value_on=_day(value) if value else None,
            amount_micro=_micro(said["amount"], currency),
            currency=currency,
            payer_name=tidy(said.get("payer_name"), 140),
            payer_iban=tidy_iban(said.get("payer_iban")),
            text=tidy(said.get("remittance")),
            end_to_end_id=reference_or_none(said.get("end_to_end_id"), 70),
            bank_reference=reference_or_none(said.get("entry_reference")),
        )
    except BadStatement as trouble:
        raise BadStatement(f"Row {line}: {trouble}") from None


def _day(text: str) -> date:
    match = DAY_POINT_MONTH.fullmatch(text.strip())
    return day_of(f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}" if match else text)


def _micro(text: str, currency: str) -> int:
    """Signed; thousands may be grouped where two decimals leave no doubt which mark is which."""
    cleaned = text.strip().replace("−", "-").replace("+", "")
    sign = -1 if cleaned.startswith("-") else 1
    cleaned = cleaned.removeprefix("-").strip()
    if match := GROUPED.fullmatch(cleaned):
        cleaned = re.sub(r"[^\d]", "", cleaned[: match.start(2)]) + match[2]
    micro = micro_of(cleaned, currency)
    if micro == 0:
        raise BadStatement("An amount of nothing is no entry.")
    return sign * micro
