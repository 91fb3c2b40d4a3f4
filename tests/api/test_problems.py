"""Every no is a problem document (RFC 9457), whatever goes wrong and wherever."""

import json

import pytest
from django.test import Client

from obbligato.api.problems import kinds_of_problem
from tests import makers
from tests.api.calling import Caller, problem_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/nothing", "/releases/", "/releases/a/b/c", "/orders/", "/../v2/releases"])
def test_an_unknown_address_is_a_problem(address: str) -> None:
    problem_in(Caller().get(address), 404, "no-such-address")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_a_wrong_method_lists_the_right_ones(method: str) -> None:
    answer = getattr(Client(), method)("/api/v1/releases")
    problem_in(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET"


def test_head_answers_like_get_without_the_content() -> None:
    answer = Client().head("/api/v1/formats")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["Content-Length"]) == len(Client().get("/api/v1/formats").content)


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 100_000, b'{"username": NaN}', b"1" * 5_000])
def test_a_body_that_is_not_json_is_a_problem(body: bytes) -> None:
    answer = Caller().post("/tokens", body)
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_of_another_type_is_a_problem() -> None:
    answer = Client().post("/api/v1/tokens", {"username": "alice", "password": "x"})
    problem_in(answer, 415, "wrong-content-type")
    answer = Client().post("/api/v1/tokens", b"<x/>", content_type="text/xml; charset=utf-8")
    problem_in(answer, 415, "wrong-content-type")


def test_a_body_too_large_to_read_is_a_problem() -> None:
    problem_in(Caller().post("/tokens", b" " * 3_000_000), 413, "request-too-large")


def test_wrong_values_are_pointed_at_one_by_one() -> None:
    wish = {
        "items": [{"release": "a", "format": "flac"}, {"release": "a", "track": 1, "format": "flac"}, {"track": 0}],
        "expected_total": {"amount": "-1", "currency": "EUR"},
    }
    body = problem_in(Caller(makers.alice()).post("/orders", wish), 422, "invalid-request")
    found = {(error["in"], error["pointer"]) for error in body["errors"]}
    assert found == {
        ("body", "#/items/1"),
        ("body", "#/items/2/track"),
        ("body", "#/items/2/format"),
        ("body", "#/expected_total/amount"),
    }
    assert all(error["detail"] for error in body["errors"])


def test_wrong_values_in_the_address_are_pointed_at_too() -> None:
    body = problem_in(Caller().get("/releases?page=0&per_page=x"), 422, "invalid-request")
    assert {(error["in"], error["pointer"]) for error in body["errors"]} == {
        ("query", "#/page"),
        ("query", "#/per_page"),
    }
    body = problem_in(Caller().get(f"/tracks/{2**63}/quote?format=flac"), 422, "invalid-request")
    assert body["errors"][0]["pointer"] == "#/track_id"


def test_a_nul_in_the_address_is_a_problem() -> None:
    problem_in(Caller().get("/releases?artist=%00"), 400, "malformed-request")
    problem_in(Caller().get("/releases/%00"), 400, "malformed-request")


def test_too_many_fields_in_the_address_are_a_problem() -> None:
    problem_in(Caller().get("/releases?" + "a=1&" * 10_100), 400, "malformed-request")


def test_a_mistake_of_the_store_is_a_problem_and_is_noted_down(caplog: pytest.LogCaptureFixture) -> None:
    """A row no importer would make: an edition of a release whose genres are no list."""
    release = makers.a_release(tracks=1)
    assert release.edition is not None
    type(release.edition).objects.filter(pk=release.edition.pk).update(genres=12)
    answer = Caller().get(f"/releases/{release.slug}")
    body = problem_in(answer, 500, "internal-error")
    assert "genres" not in json.dumps(body)
    assert "failed" in caplog.text


def test_every_kind_of_problem_is_explained_at_its_type() -> None:
    listed = Client().get("/api/problems").json()["problems"]
    assert {"/api/problems/not-enough-money", "/api/problems/invalid-request"} <= {one["type"] for one in listed}
    for one in listed:
        answer = Client().get(one["type"])
        assert answer.status_code == 200
        assert answer.json() == one
        assert one["means"].endswith("."), one
    assert Client().get("/api/problems/nothing").status_code == 404
    assert len(listed) == len(kinds_of_problem())


@pytest.mark.parametrize(
    ("asked", "language", "title", "detail"),
    [
        ("fr-CA, en;q=0.5", "fr", "Parution introuvable", "Cette parution n’existe pas ici."),
        ("ru", "ru", "Релиз не найден", "Такого релиза здесь нет."),
        ("de, *;q=0.1", "en", "No such release", "There is no such release."),
        ("", "en", "No such release", "There is no such release."),
    ],
)
def test_title_and_detail_are_in_the_language_that_is_asked_for(
    asked: str, language: str, title: str, detail: str
) -> None:
    answer = Client().get("/api/v1/releases/nothing", headers={"Accept-Language": asked})
    body = problem_in(answer, 404, "no-such-release")
    assert (body["title"], body["detail"], answer.headers["Content-Language"]) == (title, detail, language)
    assert body["type"] == "/api/problems/no-such-release"


@pytest.mark.parametrize(("language", "told"), [("fr", "Requête non valable"), ("ru", "Неверный запрос")])
def test_what_is_wrong_with_a_request_is_said_in_her_language_too(language: str, told: str) -> None:
    answer = Client().post("/api/v1/tokens", {}, "application/json", headers={"Accept-Language": language})
    assert problem_in(answer, 422, "invalid-request")["title"] == told
