"""The wallet and its top-ups for programs."""

from typing import Any

import pytest

from obbligato.ledger.models import Account
from obbligato.payments import sandbox_desk
from obbligato.payments.models import Attempt, SandboxCharge
from tests import makers
from tests.api.calling import Caller, money, problem_in
from tests.payments.vouchers.makers import a_batch

pytestmark = pytest.mark.django_db


def test_the_wallet_shows_balance_history_and_ways_to_pay() -> None:
    body = Caller(makers.alice("5")).get("/wallet").json()
    assert body["balance"] == {"amount": "5.00", "currency": "EUR", "micro": 5_000_000}
    assert [entry["amount"]["amount"] for entry in body["history"]] == ["5.00"]
    assert [one["method"] for one in body["ways"]] == ["card"]


def test_a_top_up_leads_the_buyer_away_and_the_money_arrives_once() -> None:
    caller = Caller(makers.alice())
    answer = caller.post("/wallet/top-ups", _wish())
    assert answer.status_code == 201
    started = answer.json()
    assert started["state"] == "action_required"
    assert started["next_url"].startswith("http://testserver/")
    sandbox_desk.decide(SandboxCharge.objects.get().reference, "approve")
    for _ in range(2):
        ended = caller.get(f"/wallet/top-ups/{started['number']}").json()
        assert (ended["state"], ended["next_url"]) == ("succeeded", "")
    assert caller.get("/wallet").json()["balance"]["amount"] == "10.00"


def test_a_top_up_completes_the_order_that_waited_for_it() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice())
    wish = {"items": [{"release": release.slug, "format": "mp3-320"}], "expected_total": money("0.30"), "key": "k"}
    number = caller.post("/orders", wish).json()["number"]
    started = caller.post("/wallet/top-ups", _wish()).json()
    sandbox_desk.decide(SandboxCharge.objects.get().reference, "approve")
    ended = caller.get(f"/wallet/top-ups/{started['number']}").json()
    assert ended["completed_orders"] == [number]


def test_the_same_key_is_one_top_up_and_never_another() -> None:
    caller = Caller(makers.alice())
    first = caller.post("/wallet/top-ups", _wish()).json()
    assert caller.post("/wallet/top-ups", _wish()).json()["number"] == first["number"]
    problem_in(caller.post("/wallet/top-ups", {**_wish(), "amount": money("11")}), 422, "key-used-otherwise")
    assert Attempt.objects.count() == 1


def test_two_long_keys_that_begin_alike_are_two_top_ups() -> None:
    caller = Caller(makers.alice())
    first = caller.post("/wallet/top-ups", {**_wish(), "key": "k" * 200 + "1"}).json()
    second = caller.post("/wallet/top-ups", {**_wish(), "key": "k" * 200 + "2"}).json()
    assert first["number"] != second["number"]


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/wallet/{number.__class__}",
        "/wallet/{0}",
        "/wallet/{",
        "/wallet\r\nSet-Cookie: a=b",
        "/" + "a" * 280,
    ],
)
def test_the_buyer_comes_back_to_this_store_and_nowhere_else(address: str) -> None:
    answer = Caller(makers.alice()).post("/wallet/top-ups", {**_wish(), "return_url": address})
    problem_in(answer, 422, "bad-return-url")
    assert not Attempt.objects.exists()


def test_the_number_is_filled_into_the_address_to_come_back_to() -> None:
    wish = {**_wish(), "return_url": "/back?top-up={number}"}
    started = Caller(makers.alice()).post("/wallet/top-ups", wish).json()
    assert SandboxCharge.objects.get().return_url == f"http://testserver/back?top-up={started['number']}"


@pytest.mark.parametrize(
    ("amount", "kind"),
    [
        (money("0.01"), "bad-top-up"),
        (money("999999999"), "bad-top-up"),
        (money("5.001"), "bad-amount"),
        (money("5", "XQX"), "unknown-currency"),
        (money("1e999999999"), "invalid-request"),
        (money("-5"), "invalid-request"),
        (money("٥"), "invalid-request"),
    ],
)
def test_an_amount_that_makes_no_sense_is_refused(amount: dict[str, str], kind: str) -> None:
    answer = Caller(makers.alice()).post("/wallet/top-ups", {**_wish(), "amount": amount})
    problem_in(answer, 422, kind)


def test_an_unknown_way_of_paying_is_refused() -> None:
    answer = Caller(makers.alice()).post("/wallet/top-ups", {**_wish(), "method": "nobody"})
    problem_in(answer, 422, "no-such-method")


def test_a_wallet_in_a_currency_that_is_none_is_never_opened() -> None:
    answer = Caller(makers.alice()).get("/wallet?currency=XQX")
    problem_in(answer, 422, "unknown-currency")
    assert not Account.objects.filter(currency="XQX").exists()


def test_no_one_sees_anothers_top_up() -> None:
    started = Caller(makers.alice()).post("/wallet/top-ups", _wish()).json()
    problem_in(Caller(makers.bob()).get(f"/wallet/top-ups/{started['number']}"), 404, "no-such-attempt")


def _wish() -> dict[str, Any]:
    return {"method": "card", "amount": money("10.00"), "return_url": "/wallet", "key": "c0ffee"}


def test_a_code_is_redeemed_once_and_completes_the_order_that_waited() -> None:
    release = makers.a_release()
    caller = Caller(makers.alice())
    wish = {"items": [{"release": release.slug, "format": "mp3-320"}], "expected_total": money("0.30"), "key": "k"}
    number = caller.post("/orders", wish).json()["number"]
    body = {"code": a_batch().codes[0].lower(), "most": money("4"), "key": "c0ffee"}
    first, second = caller.post("/wallet/redemptions", body), caller.post("/wallet/redemptions", body)
    assert first.status_code == 201
    assert (first.json()["amount"]["amount"], first.json()["left"]["amount"]) == ("4.00", "6.00")
    assert (first.json()["completed_orders"], second.json()["number"]) == ([number], first.json()["number"])
    assert caller.get("/wallet").json()["balance"]["amount"] == "3.70"


def test_a_code_that_is_no_good_is_one_problem_and_too_many_are_another() -> None:
    caller = Caller(makers.alice())
    for number in range(10):
        problem_in(caller.post("/wallet/redemptions", {"code": "0", "key": str(number)}), 404, "not-redeemable")
    answer = caller.post("/wallet/redemptions", {"code": "0", "key": "more"})
    problem_in(answer, 429, "too-many-attempts")
    assert answer.headers["Retry-After"] == "600"
    problem_in(caller.post("/wallet/redemptions", {"code": "0"}), 422, "key-missing")
