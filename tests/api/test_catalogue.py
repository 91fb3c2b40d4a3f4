"""What there is to hear, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from obbligato.catalog.aliases import know_as
from obbligato.catalog.models import Booklet, Withdrawal
from tests import makers
from tests.api.calling import Caller, problem_in

pytestmark = pytest.mark.django_db


def test_releases_come_in_pages_with_what_a_list_shows() -> None:
    makers.a_release()
    makers.a_release("Four Larger Pieces", upc="4012345678901")
    body = Caller().get("/releases?per_page=1").json()
    assert (body["count"], body["page"], body["per_page"], len(body["items"])) == (2, 1, 1, 1)
    card = body["items"][0]
    assert card["title"] == "Four Larger Pieces"
    assert card["artist"] == {"name": "The Test Ensemble", "slug": "the-test-ensemble"}
    assert card["cover"].startswith("http://testserver/delivery/covers/")
    assert Caller().get("/releases?per_page=1&page=3").json()["items"] == []


def test_releases_are_found_by_artist_and_genre() -> None:
    makers.a_release()
    for query, count in (
        ("artist=the-test-ensemble", 1),
        ("artist=nobody", 0),
        ("genre=Classical", 1),
        ("genre=classical", 1),
        ("genre=Class", 0),
        ("genre=%25", 0),
    ):
        assert Caller().get(f"/releases?{query}").json()["count"] == count, query


def test_a_release_shows_its_tracks_in_order() -> None:
    release = makers.a_release()
    body = Caller().get(f"/releases/{release.slug}").json()
    assert [track["position"] for track in body["tracks"]] == [1, 2, 3]
    assert body["tracks"][0]["duration_seconds"] == 2.0
    assert body["sentence"] == ""
    assert body["upc"] == "4006381333931"


def test_a_release_says_how_large_its_booklet_is() -> None:
    release = makers.a_release(tracks=1)
    assert Caller().get(f"/releases/{release.slug}").json()["booklet_bytes"] is None
    booklet = Booklet.objects.create(sha256="b" * 64, original_name="booklet.pdf", size_bytes=2_140_000)
    release.editions.update(booklet=booklet)
    assert Caller().get(f"/releases/{release.slug}").json()["booklet_bytes"] == 2_140_000


def test_what_is_not_licensed_here_says_so_and_costs_no_one_anything() -> None:
    release = makers.a_release(territories=("DE",))
    body = Caller().get(f"/releases/{release.slug}?country=FR").json()
    assert body["sentence"] == "It is not licensed for FR."
    quote = Caller().get(f"/releases/{release.slug}/quote?format=flac&country=FR").json()
    assert quote["sentence"] == "It is not licensed for FR."
    assert Caller().get(f"/releases/{release.slug}?country=DE").json()["sentence"] == ""


def test_a_withdrawn_release_is_not_listed_and_says_why() -> None:
    release = makers.a_release()
    Withdrawal.objects.create(release=release, by="dana", reason="The label asked.")
    assert Caller().get("/releases").json()["count"] == 0
    assert "withdrawn" in Caller().get(f"/releases/{release.slug}").json()["sentence"]


def test_an_unknown_release_artist_or_track_is_missing() -> None:
    problem_in(Caller().get("/releases/nothing"), 404, "no-such-release")
    problem_in(Caller().get("/releases/nothing/quote?format=flac"), 404, "no-such-release")
    problem_in(Caller().get("/artists/nobody"), 404, "no-such-artist")
    problem_in(Caller().get("/tracks/12/quote?format=flac"), 404, "no-such-track")


def test_an_artist_comes_with_other_names_and_what_is_on_sale() -> None:
    release = makers.a_release()
    know_as("The Test Ensemble", ["ru: Пробный ансамбль"])
    body = Caller().get("/artists/the-test-ensemble").json()
    assert (body["name"], body["also_known_as"]) == ("The Test Ensemble", ["Пробный ансамбль"])
    assert [one["slug"] for one in body["releases"]] == [release.slug]


def test_search_finds_releases_artists_and_tracks() -> None:
    release = makers.a_release()
    hits = Caller().get("/search?q=three+small").json()
    assert hits[0]["kind"] == "release"
    assert hits[0]["release"] == release.slug
    assert hits[0]["url"].startswith("http://testserver/")
    assert Caller().get("/search?q=").json() == []


def test_formats_are_listed_with_the_names_that_quotes_take() -> None:
    release = makers.a_release()
    formats = {one["name"]: one for one in Caller().get("/formats").json()}
    assert formats["mp3-320"]["label"] == "MP3 320 kbit/s"
    assert formats["flac"]["lossless"] is True
    for name in formats:
        assert Caller().get(f"/releases/{release.slug}/quote?format={name}").status_code == 200, name


def test_a_quote_names_price_and_size_before_anything_is_paid() -> None:
    release = makers.a_release()
    body = Caller().get(f"/releases/{release.slug}/quote?format=mp3-320").json()
    assert body["price"] == {"amount": "0.30", "currency": "EUR", "micro": 300_000}
    assert body["size"]["exact"] is True
    assert body["size"]["bytes"] == sum(track["size"]["bytes"] for track in body["tracks"])
    first = body["tracks"][0]["track"]
    alone = Caller().get(f"/tracks/{first}/quote?format=mp3-320").json()
    assert alone["price"]["amount"] == "0.10"
    assert alone["format"] == "mp3-320-44"


def test_a_quote_is_cheaper_for_who_owns_it() -> None:
    release = makers.a_release()
    alice = makers.alice("5")
    caller = Caller(alice)
    caller.post(
        "/orders",
        {
            "items": [{"release": release.slug, "format": "mp3-320"}],
            "expected_total": {"amount": "0.30", "currency": "EUR"},
            "key": "k",
        },
    )
    mine = caller.get(f"/releases/{release.slug}/quote?format=mp3-320").json()
    assert mine["price"]["amount"] == "0.00"
    assert mine["tracks"][0]["owned"] is True
    assert Caller().get(f"/releases/{release.slug}/quote?format=mp3-320").json()["price"]["amount"] == "0.30"


def test_a_wrong_token_is_never_taken_for_a_visitor() -> None:
    release = makers.a_release()
    answer = Caller().get(f"/releases/{release.slug}/quote?format=flac", Authorization="Bearer wrong")
    problem_in(answer, 401, "invalid-token")


def test_an_unknown_format_is_refused_with_what_exists() -> None:
    release = makers.a_release()
    answer = Caller().get(f"/releases/{release.slug}/quote?format=mp3-321")
    assert "mp3-64|96|128" in problem_in(answer, 422, "no-such-format")["detail"]


def test_lists_ask_the_database_as_often_for_many_as_for_one() -> None:
    makers.a_release()
    few = _queries("/releases"), _queries("/artists/the-test-ensemble")
    for number in range(3):
        makers.a_release(f"More Pieces {number}", upc="", tracks=1)
    assert (_queries("/releases"), _queries("/artists/the-test-ensemble")) == few


def test_a_release_asks_the_database_as_often_for_many_tracks_as_for_one() -> None:
    one = makers.a_release(tracks=1)
    many = makers.a_release("Many", upc="", tracks=5)
    for address in ("/releases/{}", "/releases/{}/quote?format=mp3-v0"):
        assert _queries(address.format(one.slug)) == _queries(address.format(many.slug))


def _queries(address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert Caller().get(address).status_code == 200
    return len(queries)
