"""Every format says the same; what is no statement, or does not add up, is refused in a sentence (B4 to B7, B10 to B12)."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import Refused
from obbligato.payments.bank import reading
from obbligato.payments.bank.reading import CAMT, CSV, MT940, Measured
from obbligato.payments.bank.reading_csv import headings_of, read_csv
from obbligato.payments.bank.statements import BadStatement, Entry, Statement, StatementTooLarge
from tests.payments.bank.makers import (
    DAY,
    IBAN,
    OTHER_IBAN,
    PAYER_IBAN,
    VERSIONS,
    Line,
    camt,
    mt940,
    table,
    zipped,
)

LINES = (
    Line("12.50", "Music RF18 5390 0754 7034", reference="B1", end_to_end="E1"),
    Line("-3.00", "Fee", payer="The Bank", iban="", reference="B2"),
)


def read(content: bytes, **options: Any) -> list[tuple[str, Statement]]:
    return reading.read(io.BytesIO(content), **options)


def only(content: bytes) -> Statement:
    ((_, statement),) = read(content)
    return statement


def refused(content: bytes, words: str, **options: Any) -> None:
    with pytest.raises(Refused, match=words):
        read(content, **options)


class TestCamt:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_every_version_says_the_same(self, version: str) -> None:
        ((form, statement),) = read(camt(LINES, version=version))
        assert form == CAMT
        assert (statement.account, statement.currency, statement.number) == (IBAN, "EUR", "1")
        assert statement.opening is not None
        assert statement.closing is not None
        assert (statement.opening.micro, statement.closing.micro) == (100 * MICRO, 109_500_000)
        assert statement.entries == [
            Entry(
                booked_on=DAY, value_on=DAY, amount_micro=12_500_000, currency="EUR", payer_name="Alice Example",
                payer_iban=PAYER_IBAN, text="Music RF18 5390 0754 7034", end_to_end_id="E1", bank_reference="B1",
            ),
            Entry(
                booked_on=DAY, value_on=DAY, amount_micro=-3 * MICRO, currency="EUR", payer_name="The Bank",
                text="Fee", bank_reference="B2",
            ),
        ]  # fmt: skip

    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_pending_entry_is_no_money(self, version: str) -> None:
        lines = [Line("5.00", status="PDNG"), Line("1.00")]
        statement = only(camt(lines, version=version))
        assert [one.amount_micro for one in statement.booked] == [MICRO]

    @pytest.mark.parametrize("version", VERSIONS)
    def test_each_part_of_a_batch_is_an_entry(self, version: str) -> None:
        parts = (Line("7.00", "one", end_to_end="E1"), Line("3.00", "two", end_to_end="E2"))
        statement = only(camt([Line("10.00", reference="B", parts=parts)], version=version))
        found = [(one.amount_micro, one.text, one.bank_reference, one.part) for one in statement.entries]
        assert found == [(7 * MICRO, "one", "B", "E1"), (3 * MICRO, "two", "B", "E2")]

    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_batch_that_does_not_add_up_is_refused(self, version: str) -> None:
        parts = (Line("7.00"), Line("2.99"))
        refused(camt([Line("10.00", parts=parts)], version=version), "batch booked on 2026-11-03 .* does not add up")

    def test_a_batch_may_take_and_give(self) -> None:
        parts = (Line("12.00"), Line("-2.00"))
        statement = only(camt([Line("10.00", parts=parts)]))
        assert [one.amount_micro for one in statement.entries] == [12 * MICRO, -2 * MICRO]

    def test_a_part_in_another_currency_is_refused(self) -> None:
        parts = (Line("7.00"), Line("3.00", currency="USD"))
        refused(camt([Line("10.00", parts=parts)]), "no amount in EUR")

    def test_nothing_in_a_batch_or_alone_is_no_entry(self) -> None:
        lines = [Line("10.00", parts=(Line("10.00"), Line("0.00"))), Line("0.00")]
        assert len(only(camt([lines[0]])).entries) == 1
        assert only(camt([lines[1]])).entries == []

    def test_reversals_and_returns_are_told(self) -> None:
        lines = [Line("-5.00", is_reversal=True), Line("5.00", is_return=True), Line("5.00")]
        assert [(one.is_reversal, one.is_return) for one in only(camt(lines)).entries] == [
            (True, False),
            (False, True),
            (False, False),
        ]
        returned = camt([Line("5.00")]).replace(
            b"<NtryDtls>",
            b"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls>",
        )
        assert only(returned).entries[0].is_return

    def test_the_payer_is_whose_account_is_not_ours(self) -> None:
        content = camt([Line("-5.00", is_reversal=True, iban=IBAN)])
        content = content.replace(
            b"</RltdPties>",
            f"<Dbtr><Pty><Nm>Al</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>{PAYER_IBAN}</IBAN></Id></DbtrAcct></RltdPties>".encode(),
        )
        entry = only(content).entries[0]
        assert (entry.payer_name, entry.payer_iban) == ("Al", PAYER_IBAN)

    def test_a_structured_reference_and_text_without_details(self) -> None:
        entry = only(camt([Line("5.00", structured="RF18539007547034")])).entries[0]
        assert entry.structured_reference == "RF18539007547034"
        content = camt([Line("5.00")])
        start, end = content.index(b"<NtryDtls>"), content.index(b"</NtryDtls>") + len(b"</NtryDtls>")
        bare = content[:start] + b"<AddtlNtryInf>COLLECTIVE</AddtlNtryInf>" + content[end:]
        assert only(bare).entries[0].text == "COLLECTIVE"
        late = content.replace(b"<RmtInf></RmtInf>", b"<AddtlTxInf>late</AddtlTxInf>")
        assert only(late).entries[0].text == "late"

    def test_an_account_without_an_iban_and_balances_by_other_names(self) -> None:
        content = camt(LINES).replace(f"<IBAN>{IBAN}</IBAN>".encode(), b"<Othr><Id>0532013000</Id></Othr>", 1)
        content = content.replace(b"OPBD", b"PRCD").replace(b"<Ccy>EUR</Ccy>", b"").replace(b"Electronic", b"")
        statement = only(content.replace(b"ElctrncSeqNb", b"LglSeqNb"))
        assert (statement.account, statement.currency, statement.number) == ("0532013000", "EUR", "1")

    def test_without_balances_it_is_taken_as_it_is(self) -> None:
        content = camt(LINES)
        start, end = content.index(b"<Bal>"), content.rindex(b"</Bal>") + len(b"</Bal>")
        statement = only(content[:start] + content[end:].replace(b"<Ccy>EUR</Ccy>", b""))
        assert (statement.opening, statement.closing, statement.currency) == (None, None, "EUR")
        nothing = camt([]).replace(b"<Ccy>EUR</Ccy>", b"")
        start, end = nothing.index(b"<Bal>"), nothing.rindex(b"</Bal>") + len(b"</Bal>")
        assert only(nothing[:start] + nothing[end:]).currency == ""

    def test_an_overdrawn_account_adds_up_too(self) -> None:
        statement = only(camt(LINES, opening="-20.00"))
        assert statement.closing is not None
        assert statement.closing.micro == -10_500_000

    def test_many_entries_are_read_one_after_another(self) -> None:
        lines = [Line("0.01", f"number {number}") for number in range(2_000)]
        assert [one.text for one in only(camt(lines)).entries] == [one.text for one in lines]

    def test_more_than_can_be_taken_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("obbligato.payments.bank.reading_camt.MOST_ENTRIES", 2)
        refused(camt([Line("0.01")] * 3), "too many entries")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ((b'<Amt Ccy="EUR">100.00</Amt>', b""), "A balance of the statement has no amount"),
            ((b"CRDT", b"CREDIT"), "came or went"),
            ((b'<Ntry><Amt Ccy="EUR">12.50</Amt>', b"<Ntry>"), "An entry of the statement has no amount"),
            ((b"12.50", b"12.505"), "more decimals"),
            ((b"12.50", b"-12.50"), "not an amount"),
            ((b"12.50", b"9999999999.99"), "more than this store can handle"),
            ((b'Ccy="EUR"', b'Ccy="EURO"'), "not a currency"),
            ((b"<Dt>2026-11-03</Dt>", b"<Dt>yesterday</Dt>"), "not a day"),
            ((b"camt.053.001.08", b"camt.053.001.99"), "not known here"),
            ((b"camt.053.001.08", b"pain.001.001.08"), "no statement"),
            ((b"Stmt>", b"Stmnt>"), "no camt.053 statement"),
            ((b"Document", b"Dokument"), "The XML is no statement"),
            ((b"<Stmt>", b"<!--Stmt-->"), "cannot be read"),
            ((b"</Ntry>", b""), "cannot be read"),
            ((b"UTF-8", b"KLINGON"), "cannot be read"),
            ((b"Alice", b"\xff\xfe\xe9"), "cannot be read"),
            ((b"Alice", b"&alice;"), "cannot be read"),
        ],
    )
    def test_what_is_wrong_is_said(self, change: tuple[bytes, bytes], words: str) -> None:
        refused(camt(LINES).replace(*change), words)

    def test_balances_that_its_entries_do_not_explain_are_refused(self) -> None:
        refused(camt(LINES, closing="109.51"), r"statement 1 does not add up: its entries lead to €109\.50")
        refused(camt(LINES, closing="1.00", number=""), "statement of 2026-11-03 does not add up")

    @pytest.mark.parametrize(("kind", "words"), [("052", "a day that is not over"), ("054", "a notification")])
    def test_what_is_no_statement_must_not_count_twice(self, kind: str, words: str) -> None:
        refused(camt(LINES, kind=kind), words)

    def test_no_entity_is_ever_resolved(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("TOP SECRET")
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        for declared in (f'<!ENTITY x SYSTEM "file://{secret}">', f'<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l9;">'):
            head = f'<?xml version="1.0"?><!DOCTYPE Document [{declared}]>'
            refused(camt([Line("5.00", "PLACE")], head=head).replace(b"PLACE", b"&x;"), "declares a document type")

    def test_utf_16_and_a_mark_before_it_are_read(self) -> None:
        text = camt([Line("5.00", "grüße")], head='<?xml version="1.0" encoding="UTF-16"?>').decode()
        assert only(text.encode("utf-16")).entries[0].text == "grüße"
        assert only(b"\xef\xbb\xbf" + camt(LINES)).entries


class TestMt940:
    def test_a_german_bank_says_what_a_camt_says(self) -> None:
        ((form, statement),) = read(mt940(LINES))
        assert form == MT940
        assert (statement.account, statement.currency, statement.number) == (IBAN, "EUR", "1")
        first, second = statement.entries
        assert (first.amount_micro, first.payer_name, first.payer_iban) == (12_500_000, "Alice Example", PAYER_IBAN)
        assert (first.text, first.end_to_end_id, first.bank_reference) == ("Music RF18 5390 0754 7034", "E1", "B1")
        assert (second.amount_micro, second.booked_on) == (-3 * MICRO, DAY)

    def test_reversals_turn_round(self) -> None:
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
    def test_other_banks_write_otherwise_and_say_the_same(self, detail: str) -> None:
        content = mt940([Line("5.00")]).decode()
        start, end = content.index(":86:"), content.index(":62F:")
        entry = only(f"{content[:start]}:86:{detail}\n{content[end:]}".encode()).entries[0]
        assert (entry.payer_name, entry.payer_iban, entry.end_to_end_id) == ("A EXAMPLE", PAYER_IBAN, "E7")
        assert entry.text.replace(" ", "") == "RF18539007547034"

    def test_plain_words_are_kept_as_they_are(self) -> None:
        content = mt940([Line("5.00")]).decode()
        start, end = content.index(":86:"), content.index(":62F:")
        entry = only(f"{content[:start]}:86:FROM {PAYER_IBAN} FOR MUSIC\n{content[end:]}".encode()).entries[0]
        assert (entry.text, entry.payer_iban) == (f"FROM {PAYER_IBAN} FOR MUSIC", PAYER_IBAN)
        without = only(f"{content[:start]}{content[end:]}".encode()).entries[0]
        assert (without.text, without.payer_iban) == ("", "")

    def test_a_return_is_told_by_its_word(self) -> None:
        content = mt940([Line("5.00")]).decode()
        start, end = content.index(":86:"), content.index(":62F:")
        assert only(f"{content[:start]}:86:/RTRN/AC04/REMI/gone\n{content[end:]}".encode()).entries[0].is_return

    def test_pages_of_one_statement_are_put_together(self) -> None:
        first = mt940([Line("5.00")], number="7/1").replace(b":62F:", b":62M:")
        second = mt940([Line("6.00")], number="7/2", opening="105.00").replace(b":60F:", b":60M:")
        statement = only(first + b"\n" + second)
        assert statement.opening is not None
        assert statement.closing is not None
        assert (statement.opening.micro, statement.closing.micro) == (100 * MICRO, 111 * MICRO)
        assert len(statement.entries) == 2
        assert len(read(first + b"\n" + mt940([Line("6.00")], number="8/1", opening="105.00"))) == 2

    def test_old_encodings_and_line_ends_are_read(self) -> None:
        content = mt940([Line("5.00", "Grüße")]).decode().replace("\n", "\r\n")
        assert only(content.encode("cp1252")).entries[0].text == "Grüße"

    def test_without_balances_there_is_nothing_to_compare(self) -> None:
        content = mt940([Line("5.00")])
        bare = b"\n".join(one for one in content.split(b"\n") if not one.startswith(b":62F:"))
        assert only(bare).closing is None

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ((b"C12,50", b"C12,5,0"), "cannot be read"),
            ((b":61:26", b":61:xx"), "cannot be read"),
            ((b"EUR100,00", b"EUR101,00"), "does not add up"),
            ((b":20:", b":22:"), "no column"),
        ],
    )
    def test_what_is_wrong_is_said(self, change: tuple[bytes, bytes], words: str) -> None:
        refused(mt940(LINES).replace(*change), words)

    def test_a_tag_in_the_middle_of_a_line_begins_no_statement(self) -> None:
        refused(b"x:20:y:25:z", "no MT940 statement")

    def test_too_large_a_one_is_refused(self) -> None:
        refused(mt940(LINES) + b" " * 20_000_000, "larger than 20 MB")


class TestTable:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_the_plain_form_says_the_same(self, delimiter: str) -> None:
        ((form, statement),) = read(table(LINES, delimiter))
        assert (form, statement.account, statement.currency) == (CSV, "", "EUR")
        first = statement.entries[0]
        assert (first.amount_micro, first.payer_name, first.payer_iban) == (12_500_000, "Alice Example", PAYER_IBAN)
        assert (first.text, first.end_to_end_id, first.bank_reference) == ("Music RF18 5390 0754 7034", "E1", "B1")

    def test_other_headings_are_mapped(self) -> None:
        headings = headings_of("booked_on=Buchungstag, amount=Betrag,currency=Währung,value_on=Wert,")
        text = "Buchungstag;Wert;Betrag;Währung\n03.11.2026;4.11.2026;1.234,56;EUR\n\n3.11.2026;;−5,00;eur\n"
        statement = read_csv(io.BytesIO(text.encode("cp1252", "replace").replace(b"?", b"-")), headings)[0]
        first, second = statement.entries
        assert (first.booked_on, first.value_on, first.amount_micro) == (DAY, date(2026, 11, 4), 1_234_560_000)
        assert (second.amount_micro, second.value_on) == (-5 * MICRO, None)

    def test_a_mapping_that_means_nothing_is_refused(self) -> None:
        for text in ("booked_on", "colour=Farbe"):
            with pytest.raises(BadStatement, match="maps no heading"):
                headings_of(text)

    @pytest.mark.parametrize(
        ("cell", "micro"),
        [("5", 5), ("+5.00", 5), ("5,00", 5), ("1,234.00", 1234), ("1 234,00", 1234), ("1'234.00", 1234)],
    )
    def test_amounts_are_read_as_people_write_them(self, cell: str, micro: int) -> None:
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
    def test_what_is_wrong_is_said(self, text: str, words: str) -> None:
        refused(text.encode(), words)

    def test_a_heading_that_is_mapped_must_be_there(self) -> None:
        refused(table(LINES), "no column “farbe”", headings={"remittance": "Farbe"})

    def test_too_large_or_too_long_a_table_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        refused(b"x" * 20_000_001, "larger than 20 MB")
        monkeypatch.setattr("obbligato.payments.bank.reading_csv.MOST_ENTRIES", 1)
        refused(table(LINES), "too many rows")

    def test_several_currencies_in_one_table_are_no_statement_of_one(self) -> None:
        statement = only(table([Line("5.00"), Line("5.00", currency="USD")]))
        assert (statement.currency, statement.moved_micro) == ("", 0)

    def test_more_money_than_there_is_is_refused(self) -> None:
        lines = [Line("900000000.00")] * 2_000
        refused(table(lines), "more entries than")


class TestZip:
    def test_all_its_statements_are_read_in_order_of_their_names(self) -> None:
        content = zipped(**{"b.sta": mt940(LINES), "a.xml": camt(LINES), "__MACOSX/a": b"x", "c/.DS_Store": b"x"})
        assert [form for form, _ in read(content)] == [CAMT, MT940]

    def test_one_bad_file_refuses_all_and_is_named(self) -> None:
        refused(zipped(**{"a.xml": camt(LINES), "bad.xml": b"<a/>"}), "bad.xml: There is no camt.053")
        refused(zipped(**{"z.zip": zipped(a=camt(LINES))}), "z.zip: it is a zip in a zip")

    def test_what_is_no_whole_zip_is_refused(self) -> None:
        whole = zipped(a=camt(LINES))
        for content in (whole[:-30], b"PK\x03\x04nonsense", zipped()):
            refused(content, "zip")
        broken = bytearray(whole)
        broken[60:80] = b"\x00" * 20
        refused(bytes(broken), "zip cannot be read|a: ")

    def test_a_bomb_never_goes_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("obbligato.payments.bank.reading.MOST_BYTES", 1_000_000)
        refused(zipped(a=b"\x00" * 2_000_000), "larger than 200 MB")

    def test_a_directory_is_no_file(self) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.mkdir("folder")
            archive.writestr("folder/a", camt(LINES))
        assert len(read(file.getvalue())) == 1


def test_a_stream_that_never_ends_is_cut_off() -> None:
    with pytest.raises(StatementTooLarge, match="200 MB"):
        Measured(io.BytesIO(b"x" * 11), 10).read()
    assert Measured(io.BytesIO(b"x" * 10), 10).read() == b"x" * 10


def test_a_document_that_never_ends_is_cut_off_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("obbligato.payments.bank.reading.Measured.__init__.__defaults__", (50_000,))
    with pytest.raises(StatementTooLarge):
        read(camt([Line("0.01", "x" * 100)] * 1_000))


@pytest.mark.parametrize("make", [camt, mt940, table])
@given(data=st.data())
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_statement_is_refused_or_read_but_never_breaks_anything(
    make: Callable[..., bytes], data: st.DataObject
) -> None:
    content = bytearray(make(LINES))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 8))
        content[place : place + length] = data.draw(st.binary(max_size=8))
    try:
        read(bytes(content))
    except Refused as refusal:
        assert str(refusal)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<", b"PK\x03\x04", b":20:a\n:25:b\n:60F:", b"booked_on,amount,currency\n"]),
)
@hypothesis_settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused_or_read(noise: bytes, beginning: bytes) -> None:
    try:
        read(beginning + noise)
    except Refused as refusal:
        assert str(refusal)


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from(["one", "two"])), max_size=6), st.sampled_from(VERSIONS)
)
@hypothesis_settings(max_examples=40, deadline=None)
def test_whatever_is_written_comes_back_in_every_format(rows: list[tuple[int, str]], version: str) -> None:
    lines = [Line(f"{Decimal(cents) / 100:.2f}", text) for cents, text in rows]
    wanted = [(cents * 10_000, text) for cents, text in rows]
    for content in (camt(lines, version=version), mt940(lines), table(lines)):
        assert [(one.amount_micro, one.text) for one in only(content).entries] == wanted


def test_an_entry_is_what_its_status_says() -> None:
    entry = Entry(DAY, 1, "EUR")
    assert entry.is_money
    assert not replace(entry, status="INFO").is_money
    assert OTHER_IBAN
