"""Banks write MT940 in many ways and mean the same."""

import pytest

from obbligato.kernel.money import MICRO
from obbligato.payments.bank.reading import MT940
from tests.payments.bank.makers import (
    DAY,
    IBAN,
    PAYER_IBAN,
    Line,
    mt940,
)
from tests.payments.bank.readers import LINES, only, read, refused


def test_a_german_bank_says_what_a_camt_says() -> None:
    ((form, statement),) = read(mt940(LINES))
    assert form == MT940
    assert (statement.account, statement.currency, statement.number) == (IBAN, "EUR", "1")
    first, second = statement.entries
    assert (first.amount_micro, first.payer_name, first.payer_iban) == (12_500_000, "Alice Example", PAYER_IBAN)
    assert (first.text, first.end_to_end_id, first.bank_reference) == ("Music RF18 5390 0754 7034", "E1", "B1")
    assert (second.amount_micro, second.booked_on) == (-3 * MICRO, DAY)


def test_reversals_turn_round() -> None:
    lines = [Line("-5.00", is_reversal=True), Line("4.00", is_reversal=True)]
    found = [(one.amount_micro, one.is_reversal) for one in only(mt940(lines)).entries]
    assert found == [(-5 * MICRO, True), (4 * MICRO, True)]


@pytest.mark.parametrize(
    "detail",
    [
        f"/TRTP/SEPA OVERBOEKING/IBAN/{PAYER_IBAN}/BIC/ABNANL2A/NAME/A EXAMPLE/REMI/RF18\n539007547034/EREF/E7",
        f"/EREF/E7//CNTP/{PAYER_IBAN}/INGBNL2A/A EXAMPLE/TOWN//REMI/USTD//RF18539007547034/",
        f"020^00PRZELEW^20EREF+E7SVWZ+RF1853900\n^217547034^31{PAYER_IBAN}^32A EXAMPLE",
        f"020<00PRZELEW<20EREF+E7SVWZ+RF1853900<217547034<31{PAYER_IBAN}<32A EXAMPLE",
    ],
)
def test_other_banks_write_otherwise_and_say_the_same(detail: str) -> None:
    content = mt940([Line("5.00")]).decode()
    start, end = content.index(":86:"), content.index(":62F:")
    entry = only(f"{content[:start]}:86:{detail}\n{content[end:]}".encode()).entries[0]
    assert (entry.payer_name, entry.payer_iban, entry.end_to_end_id) == ("A EXAMPLE", PAYER_IBAN, "E7")
    assert entry.text.replace(" ", "") == "RF18539007547034"


def test_plain_words_are_kept_as_they_are() -> None:
    content = mt940([Line("5.00")]).decode()
    start, end = content.index(":86:"), content.index(":62F:")
    entry = only(f"{content[:start]}:86:FROM {PAYER_IBAN} FOR MUSIC\n{content[end:]}".encode()).entries[0]
    assert (entry.text, entry.payer_iban) == (f"FROM {PAYER_IBAN} FOR MUSIC", PAYER_IBAN)
    without = only(f"{content[:start]}{content[end:]}".encode()).entries[0]
    assert (without.text, without.payer_iban) == ("", "")


def test_a_return_is_told_by_its_word() -> None:
    content = mt940([Line("5.00")]).decode()
    start, end = content.index(":86:"), content.index(":62F:")
    assert only(f"{content[:start]}:86:/RTRN/AC04/REMI/gone\n{content[end:]}".encode()).entries[0].is_return


def test_pages_of_one_statement_are_put_together() -> None:
    first = mt940([Line("5.00")], number="7/1").replace(b":62F:", b":62M:")
    second = mt940([Line("6.00")], number="7/2", opening="105.00").replace(b":60F:", b":60M:")
    statement = only(first + b"\n" + second)
    assert statement.opening is not None
    assert statement.closing is not None
    assert (statement.opening.micro, statement.closing.micro) == (100 * MICRO, 111 * MICRO)
    assert len(statement.entries) == 2
    assert len(read(first + b"\n" + mt940([Line("6.00")], number="8/1", opening="105.00"))) == 2


def test_old_encodings_and_line_ends_are_read() -> None:
    content = mt940([Line("5.00", "Grüße")]).decode().replace("\n", "\r\n")
    assert only(content.encode("cp1252")).entries[0].text == "Grüße"


def test_without_balances_there_is_nothing_to_compare() -> None:
    content = mt940([Line("5.00")])
    bare = b"\n".join(one for one in content.split(b"\n") if not one.startswith(b":62F:"))
    assert only(bare).closing is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((b"C12,50", b"C12,5,0"), "cannot be read"),
        ((b"C12,50", b"C12,505"), "more decimals"),
        ((b":61:26", b":61:xx"), "cannot be read"),
        ((b"EUR100,00", b"EUR101,00"), "does not add up"),
        ((b":20:", b":22:"), "no column"),
    ],
)
def test_what_is_wrong_is_said(change: tuple[bytes, bytes], words: str) -> None:
    refused(mt940(LINES).replace(*change), words)


def test_a_tag_in_the_middle_of_a_line_begins_no_statement() -> None:
    refused(b"x:20:y:25:z", "no MT940 statement")


def test_too_large_a_one_is_refused() -> None:
    refused(mt940(LINES) + b" " * 20_000_000, "larger than 20 MB")
