"""What is owned, and the links to fetch it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from obbligato.catalog.models import Release, Withdrawal
from tests import makers
from tests.api.calling import Caller, money, problem_in

pytestmark = pytest.mark.django_db


def test_what_was_bought_is_in_the_library() -> None:
    release = makers.a_release()
    caller = _owner_of(release)
    body = caller.get("/library").json()
    assert body["count"] == 1
    assert body["zip"].startswith("http://testserver/delivery/libraries/")
    item = body["items"][0]
    assert (item["slug"], item["whole"], item["owned_tracks"], item["withdrawn"]) == (release.slug, True, 3, False)
    assert item["formats"] == ["mp3-320-44"] or item["formats"] == ["mp3-320"]


def test_what_was_withdrawn_stays_in_the_library() -> None:
    release = makers.a_release()
    caller = _owner_of(release)
    Withdrawal.objects.create(release=release, by="dana", reason="The label asked.")
    assert caller.get("/library").json()["items"][0]["withdrawn"] is True
    assert caller.get(f"/library/{release.slug}/downloads?format=mp3-320").status_code == 200


def test_each_format_says_whether_it_is_free_and_what_else_it_costs() -> None:
    release = makers.a_release()
    body = _owner_of(release).get(f"/library/{release.slug}").json()
    options = {option["format"]: option for option in body["options"]}
    assert options["mp3-320"]["free"] is True
    assert options["mp3-320"]["difference"]["amount"] == "0.00"
    assert len(body["tracks"]) == 3


def test_links_lead_to_each_track_and_to_one_zip() -> None:
    release = makers.a_release()
    body = _owner_of(release).get(f"/library/{release.slug}/downloads?format=mp3-320").json()
    assert body["zip"].startswith("http://testserver/delivery/releases/")
    assert len(body["tracks"]) == 3
    assert all(one["url"].startswith("http://testserver/delivery/copies/") for one in body["tracks"])
    assert body["readiness"]["total"] == 3


def test_who_owns_nothing_gets_nothing() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice())
    assert caller.get("/library").json() == {"items": [], "count": 0, "zip": None}
    problem_in(caller.get(f"/library/{release.slug}"), 404, "not-on-shelf")
    problem_in(caller.get(f"/library/{release.slug}/downloads?format=flac"), 404, "not-on-shelf")


def test_what_is_larger_than_what_was_paid_must_be_paid_first() -> None:
    release = makers.a_release(per_megabyte="5.00", minimum="0.01")
    alice = makers.alice("20")
    caller = Caller(alice)
    price = caller.get(f"/releases/{release.slug}/quote?format=mp3-64").json()["price"]
    wish = {
        "items": [{"release": release.slug, "format": "mp3-64"}],
        "expected_total": money(price["amount"]),
        "key": "small",
    }
    assert caller.post("/orders", wish).json()["state"] == "paid"
    problem_in(caller.get(f"/library/{release.slug}/downloads?format=wav"), 409, "difference-due")


def test_the_library_asks_the_database_as_often_for_many_as_for_one() -> None:
    alice = makers.alice("20")
    one = makers.a_release()
    _buy(Caller(alice), one)
    few = _queries(Caller(alice), "/library"), _queries(Caller(alice), f"/library/{one.slug}/downloads?format=mp3-320")
    many = makers.a_release("Many", upc="", tracks=6)
    _buy(Caller(alice), many)
    now = _queries(Caller(alice), "/library"), _queries(Caller(alice), f"/library/{many.slug}/downloads?format=mp3-320")
    assert now == few


def _owner_of(release: Release) -> Caller:
    caller = Caller(makers.alice("5"))
    _buy(caller, release)
    return caller


def _buy(caller: Caller, release: Release) -> None:
    price = caller.get(f"/releases/{release.slug}/quote?format=mp3-320").json()["price"]
    wish = {
        "items": [{"release": release.slug, "format": "mp3-320"}],
        "expected_total": money(price["amount"]),
        "key": release.slug,
    }
    assert caller.post("/orders", wish).json()["state"] == "paid"


def _queries(caller: Caller, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert caller.get(address).status_code == 200
    return len(queries)
