"""A table of entries is read by its headings, and refused by the row that is wrong."""

import io
from datetime import date

import pytest

from obbligato.kernel.money import MICRO
from obbligato.payments.bank.reading import CSV
from obbligato.payments.bank.reading_csv import headings_of, read_csv
from obbligato.payments.bank.statements import BadStatement
from tests.payments.bank.makers import (
    DAY,
    PAYER_IBAN,
    Line,
    table,
)
from tests.payments.bank.readers import LINES, only, read, refused


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_plain_form_says_the_same(delimiter: str) -> None:
    ((form, statement),) = read(table(LINES, delimiter))
    assert (form, statement.account, statement.currency) == (CSV, "", "EUR")
    first = statement.entries[0]
    assert (first.amount_micro, first.payer_name, first.payer_iban) == (12_500_000, "Alice Example", PAYER_IBAN)
    assert (first.text, first.end_to_end_id, first.bank_reference) == ("Music RF18 5390 0754 7034", "E1", "B1")


def test_other_headings_are_mapped() -> None:
    headings = headings_of("booked_on=Buchungstag, amount=Betrag,currency=Währung,value_on=Wert,")
    text = "Buchungstag;Wert;Betrag;Währung\n03.11.2026;4.11.2026;1.234,56;EUR\n\n3.11.2026;;−5,00;eur\n"
    statement = read_csv(io.BytesIO(text.encode("cp1252", "replace").replace(b"?", b"-")), headings)[0]
    first, second = statement.entries
    assert (first.booked_on, first.value_on, first.amount_micro) == (DAY, date(2026, 11, 4), 1_234_560_000)
    assert (second.amount_micro, second.value_on) == (-5 * MICRO, None)


def test_a_mapping_that_means_nothing_is_refused() -> None:
    for text in ("booked_on", "colour=Farbe"):
        with pytest.raises(BadStatement, match="maps no heading"):
            headings_of(text)


@pytest.mark.parametrize(
    ("cell", "micro"),
    [("5", 5), ("+5.00", 5), ("5,00", 5), ("1,234.00", 1234), ("1 234,00", 1234), ("1'234.00", 1234)],
)
def test_amounts_are_read_as_people_write_them(cell: str, micro: int) -> None:
    text = f'booked_on;amount;currency\n2026-11-03;"{cell}";EUR'
    assert only(text.encode()).entries[0].amount_micro == micro * MICRO


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column “booked_on”"),
        ("booked_on,amount\n", "no column “currency”"),
        ("booked_on,amount,currency\n2026-11-03,1.234,EUR", "Row 2: 1.234 has more decimals"),
        ("booked_on,amount,currency\n2026-11-03,five,EUR", "Row 2: “five” is not an amount"),
        ("booked_on,amount,currency\n2026-11-03,0,EUR", "Row 2: An amount of nothing"),
        ("booked_on,amount,currency\n11/03/2026,5,EUR", "Row 2: “11/03/2026” is not a day"),
        ("booked_on,amount,currency\n2026-11-03,5", "is not a currency"),
        ('booked_on,amount,currency\n"2026-11-03,5', "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    refused(text.encode(), words)


def test_a_heading_that_is_mapped_must_be_there() -> None:
    refused(table(LINES), "no column “farbe”", headings={"remittance": "Farbe"})


def test_too_large_or_too_long_a_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refused(b"x" * 20_000_001, "larger than 20 MB")
    monkeypatch.setattr("obbligato.payments.bank.reading_csv.MOST_ENTRIES", 1)
    refused(table(LINES), "too many rows")


def test_several_currencies_in_one_table_are_no_statement_of_one() -> None:
    statement = only(table([Line("5.00"), Line("5.00", currency="USD")]))
    assert (statement.currency, statement.moved_micro) == ("", 0)


def test_more_money_than_there_is_is_refused() -> None:
    lines = [Line("900000000.00")] * 2_000
    refused(table(lines), "more entries than")
