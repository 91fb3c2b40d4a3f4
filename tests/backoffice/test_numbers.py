"""The page of numbers and its CSV files."""

import csv
import io
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils.safestring import SafeString

from obbligato.backoffice import charting
from obbligato.backoffice.numbers import KINDS
from obbligato.catalog.models import Release, Track
from obbligato.catalog.plays.counting import count_play
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales.models import Order
from tests import makers
from tests.backoffice.goods import a_busy_store

pytestmark = pytest.mark.django_db
PAGE = "/desk/sales/order/numbers/"


def test_every_figure_has_a_picture_a_table_and_a_file() -> None:
    client = makers.signed_in(a_busy_store())
    count_play(Track.objects.earliest("pk").pk)
    text = client.get(PAGE).content.decode()
    for kind in KINDS.values():
        assert f">{kind.title}</h2>" in text
    assert text.count("<svg") >= len(KINDS)
    files = re.findall(r'href="([^"]+\.csv\?[^"]+)"', text)
    assert len(files) == len(KINDS)
    for address in files:
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.reader(io.StringIO(answer.content.decode())))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}


def test_the_file_has_what_the_page_shows_for_programs() -> None:
    client = makers.signed_in(a_busy_store())
    order = Order.objects.get()
    (row,) = csv.DictReader(io.StringIO(client.get(f"{PAGE}sales.csv").content.decode()))
    assert row["day"] == f"{clock.today()}"
    assert float(row["sold"]) * 1_000_000 == order.total_micro
    assert row["went back"] == "0.01"
    assert row["quoted size"].isdigit()


def test_a_long_period_is_drawn_by_month_and_written_by_day() -> None:
    client = makers.signed_in(a_busy_store())
    query = f"?first={clock.today() - timedelta(days=400)}"
    assert f"{clock.today():%B %Y}" in client.get(PAGE + query).content.decode()
    assert client.get(f"{PAGE}sales.csv{query}").content.decode().splitlines()[1].startswith(f"{clock.today()},")


def test_of_one_release_it_is_said_that_money_is_told_of_the_whole_alone() -> None:
    client = makers.signed_in(a_busy_store())
    release = Release.objects.get()
    text = client.get(f"{PAGE}?release={release.pk}").content.decode()
    assert f"Only of <strong>{release}</strong>" in text
    assert "It is told of the whole store alone" in text
    assert "Only of" not in client.get(f"{PAGE}?label={release.label_id}").content.decode()


def test_a_store_that_sold_nothing_says_so() -> None:
    text = makers.signed_in(makers.dana()).get(PAGE).content.decode()
    assert text.count("Nothing yet.") == len(KINDS)
    assert "<rect" not in text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=2026-02-01&last=2026-01-01", "The last day is before the first."),
        ("first=1026-02-01", "At most 30 years."),
        ("first=yesterday", "Enter a valid date."),
        ("currency=ZZZ", "ZZZ is not one of the available choices."),
        ("release=0", "Select a valid choice."),
        ("label=x", "Select a valid choice."),
    ],
)
def test_a_period_that_is_none_is_refused_with_a_sentence(query: str, sentence: str) -> None:
    client = makers.signed_in(makers.dana())
    for address in (PAGE, f"{PAGE}sales.csv"):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 422
    if "release" not in query:
        assert sentence in client.get(f"{PAGE}?{query}").content.decode()


def test_a_file_that_is_none_is_missing_and_strangers_see_nothing() -> None:
    assert makers.signed_in(makers.dana()).get(f"{PAGE}people.csv").status_code == 404
    clerk = Person.objects.create_user("clerk", "clerk@example.org", "a long password", is_staff=True)
    assert makers.signed_in(clerk).get(PAGE).status_code == 403
    assert makers.signed_in(clerk).get(f"{PAGE}sales.csv").status_code == 403
    assert Client().get(PAGE).status_code == 302


def test_the_list_of_orders_leads_there() -> None:
    assert makers.signed_in(makers.dana()).get("/desk/sales/order/figures/").headers["Location"] == PAGE


def test_names_in_pictures_are_escaped() -> None:
    for draw in (charting.columns, charting.strip):
        drawn = draw([("<script>", 1, "1"), ("none", 0, "0"), ("less", -5, "-5")], of="A & B")
        assert isinstance(drawn, SafeString)
        picture = ElementTree.fromstring(drawn)
        assert picture.attrib["aria-label"].startswith("A & B")
        titles = [rect.findtext("title") for rect in picture]
        assert titles[0] == "<script>: 1"
        assert all(float(rect.attrib["width"]) >= 0 and float(rect.attrib["height"]) >= 0 for rect in picture)


def test_a_picture_of_nothing_is_empty() -> None:
    assert list(ElementTree.fromstring(charting.columns([], of="Nothing"))) == []
    assert list(ElementTree.fromstring(charting.strip([("none", 0, "0")], of="Nothing"))) == []
