"""What an accountant gets is what the ledger has, to the micro-unit, and no formula for her spreadsheet."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from obbligato.catalog.models import Recording, Track
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.models import Account, Transfer
from obbligato.rights.models import Share, SplitSheet
from obbligato.rights.splits import ShareTerms, declare_split
from obbligato.sales import exporting, refunding, settling
from obbligato.sales.documents import invoicing
from obbligato.sales.documents.locating import Kind, Piece
from obbligato.sales.models import Order, OrderLine
from tests.makers import alice, bob
from tests.sales.documents.makers import BUYER, a_paid_order, selling
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MARCH = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


@pytest.fixture
def quarter() -> list[Order]:
    """Sales at several rates, a settlement, and refunds of which some come a quarter later."""
    with clock.stopped(MARCH), selling():
        release = a_silent_release(tracks=2)
        for recording in Recording.objects.all():
            declare_split(recording, [ShareTerms("Ada", "x", 3_333), ShareTerms("Ben", "y", 6_667)])
        clock.advance(timedelta(seconds=1))
        evidence = (Piece(Kind.ADDRESS, "FI", "the proxy"),)
        orders = [
            a_paid_order(alice("10"), release, country="FI", format_name="mp3-v0", evidence=evidence),
            a_paid_order(bob("10"), release, country="FR"),
            a_paid_order(Order.objects.get(person__username="bob").person, a_silent_release(tracks=1), country="JP"),
        ]
        invoicing.issue(orders[0], **BUYER)
        line = orders[0].lines.order_by("pk")[0]
        settling.settle(line, actual_bytes=line.size_bytes * 2 // 3)
        refunding.refund(orders[0], {line.pk: 10_000}, key="a", by="dana", reason="r")
        clock.advance(timedelta(days=1))
        refunding.refund(orders[1], refunding.left(orders[1]), key="b", by="dana", reason="r")
    return orders


def moved(kind: str, first: date, last: date) -> int:
    """What all accounts of a kind took in and gave back for orders in a period, as the ledger has it."""
    made = Transfer.objects.filter(
        created_at__date__gte=first, created_at__date__lte=last, reference__startswith="order:"
    )
    came = made.filter(target__kind=kind).aggregate(total=Sum("amount_micro"))["total"] or 0
    went = made.filter(source__kind=kind).aggregate(total=Sum("amount_micro"))["total"] or 0
    return came - went


def read(**options: Any) -> list[dict[str, str]]:
    text = "".join(exporting.csv_lines(FIRST, LAST, **options))
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("last", [LAST, date(2026, 4, 30)])
def test_its_sums_are_the_ledgers(quarter: list[Order], last: date) -> None:
    found = list(exporting.rows(FIRST, last))
    assert sum(row.tax_micro for row in found) == moved(Account.Kind.TAX, FIRST, last)
    assert sum(row.rights_holders_micro for row in found) == moved(Account.Kind.ROYALTY, FIRST, last)
    revenue = sum(row.net_micro - row.rights_holders_micro for row in found)
    assert revenue == moved(Account.Kind.REVENUE, FIRST, last)
    assert sum(row.gross_micro for row in found) == -moved(Account.Kind.WALLET, FIRST, last)
    assert [row.at for row in found] == sorted(row.at for row in found)


def test_each_row_names_order_paper_country_and_evidence(quarter: list[Order]) -> None:
    found = read()
    assert [row["kind"] for row in found] == ["sale"] * 5 + ["returned", "refunded"]
    first = found[0]
    assert first["order"] == quarter[0].number
    assert first["receipt"] == quarter[0].receipt.number
    assert (first["invoice"], first["country"], first["tax_rate"]) == ("INV-2026-000001", "FI", "25.5")
    assert first["evidence"] == "address declared"
    assert [row["invoice"] for row in found[-2:]] == ["CN-2026-000001", "CN-2026-000002"]
    assert found[-1]["gross"] == "-0.01"
    assert first["at"] == "2026-03-31T23:00:01Z"


def test_the_sums_for_the_one_stop_shop_put_corrections_under_the_quarter_of_the_sale(quarter: list[Order]) -> None:
    with selling():
        lines = "".join(exporting.csv_lines(FIRST, date(2026, 4, 30), is_oss=True))
        later = "".join(exporting.csv_lines(date(2026, 4, 1), date(2026, 6, 30), is_oss=True))
    found = list(csv.DictReader(io.StringIO(lines, newline="")))
    places = [(row["period"], row["country"], row["scheme"]) for row in found]
    assert places == [("2026-Q1", "FI", "oss"), ("2026-Q1", "FR", "home"), ("2026-Q1", "JP", "none")]
    assert found[1]["gross"] == "0.00"  # Sold and given back.
    assert "2026-Q1,home,FR,20,EUR,-" in later


def test_monaco_is_declared_with_france() -> None:
    with clock.stopped(NEW_YEAR):
        a_paid_order(alice("10"), a_silent_release(), country="MC")
    assert [row["country"] for row in read(is_oss=True)] == ["FR"]


def test_the_last_day_counts_and_the_next_does_not() -> None:
    with clock.stopped(NEW_YEAR - timedelta(microseconds=1)):
        person = alice("10")
        a_paid_order(person, a_silent_release(tracks=1))
    with clock.stopped(datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)):
        inside = a_paid_order(person, a_silent_release(tracks=1))
    with clock.stopped(datetime(2026, 4, 1, tzinfo=UTC)):
        a_paid_order(person, a_silent_release(tracks=1))
    assert [row.order for row in exporting.rows(FIRST, LAST)] == [inside.number]


def test_a_recording_without_a_sheet_leaves_all_to_the_store() -> None:
    with clock.stopped(NEW_YEAR):
        release = a_silent_release(tracks=1)
        Share.objects.all().delete()
        SplitSheet.objects.all().delete()
        a_paid_order(alice("10"), release)
    assert [row.rights_holders_micro for row in exporting.rows(FIRST, LAST)] == [0]


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1"])
def test_no_cell_is_a_formula(title: str) -> None:
    with clock.stopped(NEW_YEAR):
        release = a_silent_release(tracks=1)
        Track.objects.update(title=title)
        a_paid_order(alice("10"), release)
    assert read()[0]["what"].startswith("'")


def test_commas_quotes_and_lines_stay_in_their_cell() -> None:
    with clock.stopped(NEW_YEAR):
        release = a_silent_release(tracks=1)
        Track.objects.update(title='a, "b"\nc')
        a_paid_order(alice("10"), release)
    assert read()[0]["what"] == 'a, "b"\nc as mp3-320'


@pytest.mark.no_cover
def test_many_lines_take_little_memory() -> None:
    with clock.stopped(NEW_YEAR):
        order = a_paid_order(alice("10"), a_silent_release(tracks=1))
    line = order.lines.get()
    release = a_silent_release(tracks=1)
    track = Track.objects.get(edition__release=release)
    orders = Order.objects.bulk_create(
        Order(number=f"n{n}", key=f"k{n}", person=order.person, currency="EUR", total_micro=MICRO, country="FR",
              tax_basis_points=2_000, paid_at=NEW_YEAR) for n in range(6_000)
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(order=one, track=track, format_name="mp3-320", size_bytes=1, is_exact=True,
                  list_price_micro=MICRO, price_micro=MICRO, quoted_at=line.quoted_at) for one in orders
    )  # fmt: skip
    del orders
    tracemalloc.start()
    try:
        assert sum(1 for _ in exporting.csv_lines(FIRST, LAST)) == 6_002
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32_000_000


class TestCommand:
    def test_writes_a_file(self, quarter: list[Order], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "sales.csv"
        call_command("sales", "export", "--from", "2026-01-01", "--to", "2026-03-31", "--output", str(file))
        assert file.read_bytes() == "".join(exporting.csv_lines(FIRST, LAST)).encode()
        assert "is written" in capsys.readouterr().out

    def test_prints(self, quarter: list[Order], capsys: pytest.CaptureFixture[str]) -> None:
        call_command("sales", "export", "--from", "2026-01-01", "--to", "2026-03-31", "--oss")
        assert capsys.readouterr().out.splitlines()[1].startswith("2026-Q1,oss,FI,25.5,EUR,")

    def test_refuses_what_makes_no_sense(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="before the first"):
            call_command("sales", "export", "--from", "2026-03-31", "--to", "2026-01-01")
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("sales", "export", "--from", "2026-01-01", "--to", "2026-01-02", "--output", str(tmp_path))
        with pytest.raises(CommandError):
            call_command("sales", "export", "--from", "yesterday", "--to", "2026-01-01")
