"""Signing in and out for programs."""

import pytest

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
