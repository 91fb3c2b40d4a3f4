"""`obbligato bank import` says whose each entry is, and ends with a sentence and a status where a file is bad."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.makers import alice
from tests.payments.bank.makers import Line, begin, camt, paid, table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def run(*words: object) -> str:
    said = StringIO()
    call_command("bank", "import", *map(str, words), stdout=said)
    return said.getvalue()


def test_it_says_what_was_matched_what_was_not_and_what_was_known(tmp_path: Path) -> None:
    attempt = begin(alice())
    file, more = tmp_path / "a.xml", tmp_path / "b.xml"
    line = paid(attempt, reference="B1")
    file.write_bytes(camt([line]))
    more.write_bytes(camt([line, Line("5.00", "?", payer="Someone"), Line("-1.00", payer="")]))
    first, second = run(file, more).split("a.xml: 1 in a wallet.\n")
    assert (
        first == f"2026-11-03          €10.00  Alice Example{' ' * 19}In a wallet (alice, payment {attempt.number})\n"
    )
    assert "Someone                         Nobody knows whose it is (It bears no reference of ours.)" in second
    assert second.endswith("1 nobody knows whose it is, 1 none of the store's payments, 1 known already.\n")
    assert "nothing changed" in run(file)


def test_a_table_with_its_own_headings(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(table([Line("5.00", "?")]).replace(b"booked_on", b"Buchungstag"))
    with pytest.raises(CommandError, match="no column “booked_on”"):
        run(file)
    with pytest.raises(CommandError, match="maps no heading"):
        run(file, "--csv-headings", "colour=Farbe")
    assert "1 nobody knows" in run(file, "--csv-headings", "booked_on=Buchungstag")


def test_a_bad_or_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.xml: No such file"):
        run(tmp_path / "nowhere.xml")
    file = tmp_path / "a.xml"
    file.write_bytes(camt([Line("5.00")], kind="054"))
    with pytest.raises(CommandError, match=r"a\.xml: This is a camt\.054, a notification"):
        run(file)
