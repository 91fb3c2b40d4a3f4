"""Signing in and out for programs."""

from typing import Any

import pytest
from django.http import HttpResponse

from tests import makers
from tests.api.calling import Caller, problem_in

pytestmark = pytest.mark.django_db


def test_name_and_password_give_a_token_that_works() -> None:
    makers.alice()
    answer = Caller().post("/tokens", {"username": "alice", "password": "a long password", "note": "player"})
    assert answer.status_code == 201
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["username"] == "alice"
    caller = Caller()
    caller.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    assert caller.get("/wallet").status_code == 200


def test_the_email_address_is_as_good_as_the_name() -> None:
    makers.alice()
    answer = Caller().post("/tokens", {"username": "Alice@example.org", "password": "a long password"})
    assert answer.status_code == 201


def test_a_wrong_password_and_an_unknown_name_are_refused_alike() -> None:
    makers.alice()
    wrong = Caller().post("/tokens", {"username": "alice", "password": "wrong"})
    unknown = Caller().post("/tokens", {"username": "nobody", "password": "wrong"})
    first = problem_in(wrong, 401, "wrong-credentials")
    second = problem_in(unknown, 401, "wrong-credentials")
    assert first == second


def test_too_many_attempts_must_wait() -> None:
    makers.alice()
    for _ in range(10):
        Caller().post("/tokens", {"username": "alice", "password": "wrong"})
    answer = Caller().post("/tokens", {"username": "alice", "password": "a long password"})
    problem_in(answer, 429, "too-many-attempts")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_token_that_was_ended_works_no_more() -> None:
    caller = Caller(makers.alice())
    assert caller.delete("/tokens/current").status_code == 204
    answer = caller.get("/wallet")
    problem_in(answer, 401, "invalid-token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_without_a_token_the_answer_says_how_to_send_one() -> None:
    answer = Caller().get("/wallet")
    problem_in(answer, 401, "not-signed-in")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Obbligato"'


def test_a_session_cookie_is_no_token() -> None:
    caller = Caller()
    caller.client.force_login(makers.alice())
    problem_in(caller.get("/wallet"), 401, "not-signed-in")


def test_behind_a_proxy_each_client_is_counted_alone(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        _guess(number, "203.0.113.7")
    problem_in(_guess(10, "203.0.113.7"), 429, "too-many-attempts")
    problem_in(_guess(11, "198.51.100.1, 203.0.113.7"), 429, "too-many-attempts")
    problem_in(_guess(12, "203.0.113.8"), 401, "wrong-credentials")


def test_without_a_proxy_nobody_can_claim_another_address() -> None:
    for number in range(10):
        _guess(number, f"203.0.113.{number}")
    problem_in(_guess(10, "203.0.113.99"), 429, "too-many-attempts")


@pytest.mark.parametrize("said", ["203.0.113.7", "nobody, nowhere"])
def test_a_request_that_came_past_the_proxies_is_its_connections(settings: Any, said: str) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    problem_in(_guess(0, said), 401, "wrong-credentials")


def _guess(number: int, forwarded_for: str) -> HttpResponse:
    wrong = {"username": f"nobody-{number}", "password": "wrong"}
    return Caller().post("/tokens", wrong, **{"X-Forwarded-For": forwarded_for})
