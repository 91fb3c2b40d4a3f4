"""Music is found by words and by looking, with and without a script, in few queries however large the catalogue."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from pytest_django import Settings

from obbligato.catalog.models import Release
from obbligato.sales.charts import reckoning
from obbligato.sales.models import Purchase
from tests.makers import alice
from tests.sales.charts.test_reckoning import a_buyer_of
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MOST_BYTES = 100_000
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_FOLDER = tmp_path


def text_of(client: Client, address: str, status: int = 200, headers: dict[str, str] | None = None) -> str:
    response = client.get(address, headers=headers or {})
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


@pytest.fixture
def shelf() -> list[Release]:
    """Some releases, three of which are often bought together."""
    releases = [
        a_silent_release(title="Nocturnes", artist="The Small Hours"),
        a_silent_release(title="Времена года", artist="Пётр Чайковский", genres=("Classical", "Соло")),
        a_silent_release(title="Rags", artist="Zither Trio", genres=("Ragtime",)),
    ]
    for _ in range(reckoning.LEAST_TOGETHER):
        a_buyer_of(*releases)
    reckoning.reckon()
    return releases


def test_suggestions_are_options_of_a_list(client: Client, shelf: list[Release]) -> None:
    fragment = text_of(client, "/search/suggestions?q=noct", headers=HTMX)
    assert "<html" not in fragment
    assert 'role="option" id="suggestion-1" aria-selected="false"' in fragment
    assert shelf[0].get_absolute_url() in fragment
    assert "Release by The Small Hours" in fragment
    assert 'href="/search?q=noct"' in fragment


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("chaik", "Пётр Чайковский"),
        ("Tchaikovsky", "Пётр Чайковский"),
        ("зитер", "Zither Trio"),
        ("quiet", "/labels/quiet-label"),
        ("ragt", "/genres/ragtime"),
        ("nocturens", "Nocturnes"),
    ],
)
def test_suggestions_forgive_and_know_both_scripts(
    client: Client, shelf: list[Release], typed: str, found: str
) -> None:
    assert found in text_of(client, f"/search/suggestions?q={typed}", headers=HTMX)


@pytest.mark.parametrize("typed", ["", " ", "a", "((", "qqqqqqqq"])
def test_of_nothing_there_are_no_suggestions(client: Client, shelf: list[Release], typed: str) -> None:
    assert 'role="option"' not in text_of(client, f"/search/suggestions?q={typed}", headers=HTMX)


def test_suggestions_without_htmx_are_the_page_of_the_search(client: Client) -> None:
    assert client.get("/search/suggestions?q=a%26b").headers["Location"] == "/search?q=a%26b"


def test_what_was_typed_is_shown_as_text(client: Client) -> None:
    hostile = "<script>alert(1)</script>"
    a_silent_release(title=f"alert {hostile}")
    for address in ("/search", "/search/suggestions"):
        page = text_of(client, f"{address}?q=alert{hostile}", headers=HTMX)
        assert "<script>alert" not in page
        assert escape("<script>") in page


def test_a_search_finds_genres_and_labels_too(client: Client, shelf: list[Release]) -> None:
    page = text_of(client, "/search?q=ragtime")
    assert "<h2>Genres</h2>" in page
    assert "/genres/ragtime" in page
    assert "<h2>Labels</h2>" in text_of(client, "/search?q=quiet")


def test_the_field_asks_for_suggestions_and_works_without(client: Client) -> None:
    page = text_of(client, "/")
    assert 'hx-get="/search/suggestions"' in page
    assert '<form class="search" role="search" action="/search">' in page
    assert page.count("<script src=") == 2


def test_genres_artists_and_labels_have_pages_with_counts(client: Client, shelf: list[Release]) -> None:
    assert "/genres/classical" in text_of(client, "/genres")
    assert "Genre, 1 release<" in text_of(client, "/genres/ragtime")
    assert "Rags" in text_of(client, "/genres/ragtime")
    assert "Label, 3 releases" in text_of(client, "/labels/quiet-label")
    letter = text_of(client, "/artists?letter=c")
    assert "Пётр Чайковский" not in letter, "filed under the first name's letter, as it is written"
    assert "Пётр Чайковский" in text_of(client, "/artists?letter=p")
    assert "None begins like that" in text_of(client, "/artists?letter=x")
    assert "The Small Hours" in text_of(client, "/artists?letter=s")


def test_a_release_leads_to_its_label_its_genres_and_its_companions(client: Client, shelf: list[Release]) -> None:
    page = text_of(client, shelf[1].get_absolute_url())
    for address in ("/genres/classical", "/labels/quiet-label", shelf[0].get_absolute_url()):
        assert f'href="{address}"' in page
    assert "Bought together with this" in page
    assert "Bought together" not in text_of(client, a_silent_release().get_absolute_url())


def test_charts_are_shown_by_period(client: Client, shelf: list[Release]) -> None:
    for period in ("week", "month", "all"):
        assert "Nocturnes" in text_of(client, f"/charts?period={period}")
    text_of(client, "/charts?period=century", status=404)
    assert "Most bought this month" in text_of(client, "/")
    Purchase.objects.update(ended_by="dana", ended_at="2026-01-01T00:00Z")
    reckoning.reckon()
    assert "Nothing was bought" in text_of(client, "/charts")


def test_new_releases_go_on_where_a_page_ends(client: Client) -> None:
    for number in range(26):
        a_silent_release(title=f"Title {number:02}", tracks=1)
    first = text_of(client, "/releases")
    address = first.split('rel="next" href="')[1].split('"')[0]
    second = text_of(client, address)
    titles = [f"Title {number:02}" for number in range(26)]
    assert sum(title in first for title in titles) == 24
    assert all((title in first) != (title in second) for title in titles)
    assert "Newest" in second
    assert "rel=" not in second.split("<main")[1]


def test_an_artist_and_a_label_with_nothing_on_sale_say_so_and_a_genre_is_none(client: Client) -> None:
    release = a_silent_release(territories=("WORLD",))
    Release.objects.update(edition=None)
    assert "is on sale just now" in text_of(client, release.artist.get_absolute_url())
    assert "is on sale just now" in text_of(client, release.label.get_absolute_url())
    text_of(client, "/genres/none", status=404)
    text_of(client, "/labels/none", status=404)


@pytest.mark.parametrize(
    "address",
    ["/", "/releases", "/genres", "/genres/classical", "/artists", "/labels/quiet-label", "/charts", "/search?q=n"],
)
def test_pages_are_small_and_ask_little(client: Client, shelf: list[Release], address: str) -> None:
    text_of(client, address)
    with CaptureQueriesContext(connection) as queries:
        page = text_of(client, address)
    assert len(queries) <= MOST_QUERIES
    assert len(page.encode()) <= MOST_BYTES


def test_a_release_with_companions_is_small_and_asks_little(client: Client, shelf: list[Release]) -> None:
    client.force_login(alice("5"))
    assert _queries(client, shelf[1].get_absolute_url()) <= MOST_QUERIES
    assert _queries(client, "/") <= MOST_QUERIES
    assert len(text_of(client, shelf[1].get_absolute_url()).encode()) <= MOST_BYTES


def test_no_list_asks_more_of_a_larger_catalogue(client: Client, shelf: list[Release]) -> None:
    addresses = ("/", "/releases", "/genres/chamber", "/search?q=nocturnes")
    before = [_queries(client, address) for address in addresses]
    for _ in range(10):
        a_silent_release(tracks=1)
    assert [_queries(client, address) for address in addresses] == before


def _queries(client: Client, address: str) -> int:
    text_of(client, address)
    with CaptureQueriesContext(connection) as queries:
        text_of(client, address)
    return len(queries)
