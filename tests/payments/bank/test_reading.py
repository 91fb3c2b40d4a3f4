"""A statement is known by what is in it, out of a zip too, and no damage does more than have it refused."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from obbligato.kernel.refusals import Refused
from obbligato.payments.bank.reading import CAMT, MT940, Measured
from obbligato.payments.bank.statements import Entry, StatementTooLarge
from tests.payments.bank.makers import (
    DAY,
    VERSIONS,
    Line,
    camt,
    mt940,
    table,
    zipped,
)
from tests.payments.bank.readers import LINES, only, read, refused


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
    with suppress(Refused):
        read(bytes(content))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<", b"PK\x03\x04", b":20:a\n:25:b\n:60F:", b"booked_on,amount,currency\n"]),
)
@hypothesis_settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused_or_read(noise: bytes, beginning: bytes) -> None:
    with suppress(Refused):
        read(beginning + noise)


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
