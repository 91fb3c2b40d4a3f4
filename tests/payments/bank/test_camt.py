"""Every version of camt.053 says the same; what is none, or does not add up, is refused in a sentence."""

from pathlib import Path

import pytest

from obbligato.kernel.money import MICRO
from obbligato.payments.bank.reading import CAMT
from obbligato.payments.bank.statements import Entry
from tests.payments.bank.makers import (
    DAY,
    IBAN,
    PAYER_IBAN,
    VERSIONS,
    Line,
    camt,
)
from tests.payments.bank.readers import LINES, only, read, refused


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_says_the_same(version: str) -> None:
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
def test_a_pending_entry_is_no_money(version: str) -> None:
    lines = [Line("5.00", status="PDNG"), Line("1.00")]
    statement = only(camt(lines, version=version))
    assert [one.amount_micro for one in statement.booked] == [MICRO]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_part_of_a_batch_is_an_entry(version: str) -> None:
    parts = (Line("7.00", "one", end_to_end="E1"), Line("3.00", "two", end_to_end="E2"))
    statement = only(camt([Line("10.00", reference="B", parts=parts)], version=version))
    found = [(one.amount_micro, one.text, one.bank_reference, one.part) for one in statement.entries]
    assert found == [(7 * MICRO, "one", "B", "E1"), (3 * MICRO, "two", "B", "E2")]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_batch_that_does_not_add_up_is_refused(version: str) -> None:
    parts = (Line("7.00"), Line("2.99"))
    refused(camt([Line("10.00", parts=parts)], version=version), "batch booked on 2026-11-03 .* does not add up")


def test_a_batch_may_take_and_give() -> None:
    parts = (Line("12.00"), Line("-2.00"))
    statement = only(camt([Line("10.00", parts=parts)]))
    assert [one.amount_micro for one in statement.entries] == [12 * MICRO, -2 * MICRO]


def test_a_part_in_another_currency_is_refused() -> None:
    parts = (Line("7.00"), Line("3.00", currency="USD"))
    refused(camt([Line("10.00", parts=parts)]), "no amount in EUR")


def test_nothing_in_a_batch_or_alone_is_no_entry() -> None:
    lines = [Line("10.00", parts=(Line("10.00"), Line("0.00"))), Line("0.00")]
    assert len(only(camt([lines[0]])).entries) == 1
    assert only(camt([lines[1]])).entries == []


def test_reversals_and_returns_are_told() -> None:
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


def test_the_payer_is_whose_account_is_not_ours() -> None:
    content = camt([Line("-5.00", is_reversal=True, iban=IBAN)])
    content = content.replace(
        b"</RltdPties>",
        f"<Dbtr><Pty><Nm>Al</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>{PAYER_IBAN}</IBAN></Id></DbtrAcct></RltdPties>".encode(),
    )
    entry = only(content).entries[0]
    assert (entry.payer_name, entry.payer_iban) == ("Al", PAYER_IBAN)


def test_a_structured_reference_and_text_without_details() -> None:
    entry = only(camt([Line("5.00", structured="RF18539007547034")])).entries[0]
    assert entry.structured_reference == "RF18539007547034"
    content = camt([Line("5.00")])
    start, end = content.index(b"<NtryDtls>"), content.index(b"</NtryDtls>") + len(b"</NtryDtls>")
    bare = content[:start] + b"<AddtlNtryInf>COLLECTIVE</AddtlNtryInf>" + content[end:]
    assert only(bare).entries[0].text == "COLLECTIVE"
    late = content.replace(b"<RmtInf></RmtInf>", b"<AddtlTxInf>late</AddtlTxInf>")
    assert only(late).entries[0].text == "late"


def test_an_account_without_an_iban_and_balances_by_other_names() -> None:
    content = camt(LINES).replace(f"<IBAN>{IBAN}</IBAN>".encode(), b"<Othr><Id>0532013000</Id></Othr>", 1)
    content = content.replace(b"OPBD", b"PRCD").replace(b"<Ccy>EUR</Ccy>", b"").replace(b"Electronic", b"")
    statement = only(content.replace(b"ElctrncSeqNb", b"LglSeqNb"))
    assert (statement.account, statement.currency, statement.number) == ("0532013000", "EUR", "1")


def test_without_balances_it_is_taken_as_it_is() -> None:
    content = camt(LINES)
    start, end = content.index(b"<Bal>"), content.rindex(b"</Bal>") + len(b"</Bal>")
    statement = only(content[:start] + content[end:].replace(b"<Ccy>EUR</Ccy>", b""))
    assert (statement.opening, statement.closing, statement.currency) == (None, None, "EUR")
    nothing = camt([]).replace(b"<Ccy>EUR</Ccy>", b"")
    start, end = nothing.index(b"<Bal>"), nothing.rindex(b"</Bal>") + len(b"</Bal>")
    assert only(nothing[:start] + nothing[end:]).currency == ""


def test_an_overdrawn_account_adds_up_too() -> None:
    statement = only(camt(LINES, opening="-20.00"))
    assert statement.closing is not None
    assert statement.closing.micro == -10_500_000


def test_many_entries_are_read_one_after_another() -> None:
    lines = [Line("0.01", f"number {number}") for number in range(2_000)]
    assert [one.text for one in only(camt(lines)).entries] == [one.text for one in lines]


def test_more_than_can_be_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_what_is_wrong_is_said(change: tuple[bytes, bytes], words: str) -> None:
    refused(camt(LINES).replace(*change), words)


def test_balances_that_its_entries_do_not_explain_are_refused() -> None:
    refused(camt(LINES, closing="109.51"), r"statement 1 does not add up: its entries lead to €109\.50")
    refused(camt(LINES, closing="1.00", number=""), "statement of 2026-11-03 does not add up")


@pytest.mark.parametrize(("kind", "words"), [("052", "a day that is not over"), ("054", "a notification")])
def test_what_is_no_statement_must_not_count_twice(kind: str, words: str) -> None:
    refused(camt(LINES, kind=kind), words)


def test_no_entity_is_ever_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declared in (f'<!ENTITY x SYSTEM "file://{secret}">', f'<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l9;">'):
        head = f'<?xml version="1.0"?><!DOCTYPE Document [{declared}]>'
        refused(camt([Line("5.00", "PLACE")], head=head).replace(b"PLACE", b"&x;"), "declares a document type")


def test_utf_16_and_a_mark_before_it_are_read() -> None:
    text = camt([Line("5.00", "grüße")], head='<?xml version="1.0" encoding="UTF-16"?>').decode()
    assert only(text.encode("utf-16")).entries[0].text == "grüße"
    assert only(b"\xef\xbb\xbf" + camt(LINES)).entries
