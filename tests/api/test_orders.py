"""Buying for programs: quoted totals, one order a key, and a wallet that pays."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from obbligato.sales.models import Basket, Order, Purchase
from obbligato.sales.preorders.announcing import announce
from tests import makers
from tests.api.calling import Caller, money, problem_in

pytestmark = pytest.mark.django_db


def test_an_order_that_the_wallet_can_pay_is_paid_at_once() -> None:
    release = makers.a_release()
    alice = makers.alice("5")
    answer = Caller(alice).post("/orders", _wish(release.slug))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["state"], body["total"]["amount"], body["missing"]["micro"]) == ("paid", "0.30", 0)
    assert len(body["lines"]) == Purchase.objects.filter(person=alice).count() == 3
    assert Caller(alice).get("/wallet").json()["balance"]["amount"] == "4.70"
    assert audit().is_clean


def test_an_order_beyond_the_wallet_waits_and_says_what_is_missing() -> None:
    release = makers.a_release()
    body = Caller(makers.alice("0.20")).post("/orders", _wish(release.slug)).json()
    assert (body["state"], body["missing"]["amount"]) == ("waiting", "0.10")
    assert not Purchase.objects.exists()


def test_the_same_key_is_one_order_and_one_payment() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice("5"))
    first = caller.post("/orders", _wish(release.slug)).json()
    again = caller.post("/orders", _wish(release.slug)).json()
    assert first == again
    assert Order.objects.count() == 1
    assert caller.get("/wallet").json()["balance"]["amount"] == "4.70"


def test_the_key_may_come_as_a_header() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice("5"))
    wish = {name: value for name, value in _wish(release.slug).items() if name != "key"}
    first = caller.post("/orders", wish, **{"Idempotency-Key": "abc"})
    again = caller.post("/orders", wish, **{"Idempotency-Key": "abc"})
    assert first.json()["number"] == again.json()["number"]


def test_without_a_key_nothing_is_bought() -> None:
    release = makers.a_release()
    wish = {name: value for name, value in _wish(release.slug).items() if name != "key"}
    problem_in(Caller(makers.alice("5")).post("/orders", wish), 422, "key-missing")


def test_a_key_cannot_mean_two_orders() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice("5"))
    caller.post("/orders", _wish(release.slug))
    other = _wish(release.slug, format="mp3-v0")
    problem_in(caller.post("/orders", other), 422, "key-used-otherwise")


def test_two_people_may_use_the_same_key() -> None:
    release = makers.a_release()
    first = Caller(makers.alice("5")).post("/orders", _wish(release.slug)).json()
    second = Caller(makers.bob("5")).post("/orders", _wish(release.slug)).json()
    assert first["number"] != second["number"]


def test_a_refused_order_leaves_no_trace_and_its_key_is_free() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice("5"))
    problem_in(caller.post("/orders", _wish(release.slug, total="0.29")), 409, "total-changed")
    assert not Order.objects.exists()
    assert not Basket.objects.exists()
    assert caller.post("/orders", _wish(release.slug)).status_code == 201


def test_single_tracks_and_whole_releases_go_into_one_order() -> None:
    one = makers.a_release()
    other = makers.a_release("Other Pieces", upc="4012345678901")
    track = tracks_of(other.edition)[0] if other.edition else None
    assert track is not None
    wish = {
        "items": [{"release": one.slug, "format": "mp3-320"}, {"track": track.pk, "format": "opus-128"}],
        "expected_total": money("0.40"),
        "key": "both",
    }
    body = Caller(makers.alice("5")).post("/orders", wish).json()
    assert (body["state"], len(body["lines"])) == ("paid", 4)


def test_what_is_owned_or_not_for_sale_is_refused_with_a_sentence() -> None:
    release = makers.a_release()
    abroad = makers.a_release("Abroad", upc="", territories=("DE",))
    caller = Caller(makers.alice("5"))
    caller.post("/orders", _wish(release.slug))
    problem_in(caller.post("/orders", _wish(release.slug, key="2", total="0")), 409, "not-for-sale")
    detail = problem_in(caller.post("/orders", _wish(abroad.slug, key="3")), 409, "not-for-sale")["detail"]
    assert detail == "It is not licensed for FR."


def test_another_currency_than_the_price_has_is_refused() -> None:
    release = makers.a_release()
    wish = {**_wish(release.slug), "expected_total": money("0.30", "USD")}
    problem_in(Caller(makers.alice("5")).post("/orders", wish), 422, "one-currency")


def test_where_a_label_takes_more_a_program_may_give_more() -> None:
    release = makers.a_release()
    release.tariffs.update(takes_more=True)
    wish = {**_wish(release.slug), "expected_total": money("2.00")}
    (item,) = wish["items"]
    alice = makers.alice("5")
    dear = {**wish, "items": [{**item, "offered": money("2.00")}]}
    foreign = {**wish, "items": [{**item, "offered": money("2.00", "USD")}]}
    problem_in(Caller(alice).post("/orders", foreign), 422, "one-currency")
    assert Caller(alice).post("/orders", dear).json()["total"]["amount"] == "2.00"


def test_an_unknown_thing_in_an_order_is_missing() -> None:
    caller = Caller(makers.alice("5"))
    problem_in(caller.post("/orders", _wish("nothing")), 404, "no-such-release")
    wish = {"items": [{"track": 99, "format": "flac"}], "expected_total": money("1"), "key": "k"}
    problem_in(caller.post("/orders", wish), 404, "no-such-track")


def test_a_waiting_order_completes_when_money_comes_and_it_is_looked_at() -> None:
    release = makers.a_release()
    alice = makers.alice()
    caller = Caller(alice)
    number = caller.post("/orders", _wish(release.slug)).json()["number"]
    makers.fill_wallet(alice, "1")
    assert caller.get(f"/orders/{number}").json()["state"] == "paid"


def test_a_waiting_order_can_be_given_up_and_a_paid_one_cannot() -> None:
    release = makers.a_release()
    alice = makers.alice()
    caller = Caller(alice)
    number = caller.post("/orders", _wish(release.slug)).json()["number"]
    assert caller.delete(f"/orders/{number}").json()["state"] == "cancelled"
    makers.fill_wallet(alice, "1")
    assert caller.get(f"/orders/{number}").json()["state"] == "cancelled"
    paid = caller.post("/orders", _wish(release.slug, key="other")).json()["number"]
    problem_in(caller.delete(f"/orders/{paid}"), 409, "already-paid")


def test_no_one_sees_or_cancels_anothers_order() -> None:
    release = makers.a_release()
    number = Caller(makers.alice()).post("/orders", _wish(release.slug)).json()["number"]
    caller = Caller(makers.bob())
    problem_in(caller.get(f"/orders/{number}"), 404, "no-such-order")
    problem_in(caller.delete(f"/orders/{number}"), 404, "no-such-order")
    assert caller.get("/orders").json()["count"] == 0


def test_orders_are_listed_with_as_many_queries_for_many_as_for_one() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice())
    caller.post("/orders", _wish(release.slug, key="0"))
    few = _queries(caller)
    for number in range(3):
        caller.post("/orders", _wish(release.slug, key=f"more {number}"))
    assert _queries(caller) == few
    assert caller.get("/orders").json()["count"] == 4
    assert {one["missing"]["amount"] for one in caller.get("/orders").json()["items"]} == {"0.30"}


def _wish(slug: str, *, format: str = "mp3-320", total: str = "0.30", key: str = "first") -> dict[str, Any]:  # noqa: A002
    return {"items": [{"release": slug, "format": format}], "expected_total": money(total), "key": key}


def _queries(caller: Caller) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert caller.get("/orders").status_code == 200
    return len(queries)


def test_an_unknown_country_is_refused_and_another_country_is_another_order() -> None:
    person = makers.alice("10")
    person.country = ""
    person.save()
    release, caller = makers.a_release(), Caller(person)
    wish = {"items": [{"release": release.slug, "format": "mp3-320"}], "expected_total": money("0.30"), "key": "k"}
    problem_in(caller.post("/orders", {**wish, "country": "ZZ"}), 422, "unknown-country")
    assert caller.post("/orders", {**wish, "country": "FR"}).status_code == 201
    problem_in(caller.post("/orders", {**wish, "country": "DE"}), 422, "key-used-otherwise")


def test_true_is_not_track_one() -> None:
    caller = Caller(makers.alice("10"))
    wish = {"items": [{"track": True, "format": "mp3-320"}], "expected_total": money("0.30"), "key": "k"}
    problem_in(caller.post("/orders", wish), 422, "invalid-request")


def test_what_is_yet_to_come_out_is_ordered_ahead_and_can_be_given_up() -> None:
    release, alice = makers.a_release(), makers.alice("5")
    announce(release, at=clock.now() + timedelta(days=30), takes_orders=True, by="dana")
    caller = Caller(alice)
    quote = caller.get(f"/releases/{release.slug}/quote?format=mp3-320").json()
    assert (quote["sentence"], quote["price"]["amount"]) == ("", "0.30")
    assert quote["comes_out_at"]
    body = caller.post("/orders", _wish(release.slug)).json()
    assert (body["state"], body["missing"]["micro"]) == ("held", 0)
    assert caller.get("/wallet").json()["balance"]["amount"] == "4.70"
    assert caller.delete(f"/orders/{body['number']}").json()["state"] == "cancelled"
    assert caller.get("/wallet").json()["balance"]["amount"] == "5.00"
