"""The OpenAPI document and the page made of it: complete, with examples, and nothing from elsewhere."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_root_leads_to_the_documentation() -> None:
    assert Client().get("/api/").headers["Location"] == "/api/docs"


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = Client().get("/api/docs").content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded
    for address in loaded:
        assert address.startswith("/static/ninja/"), address
        assert finders.find(address.removeprefix("/static/"))
    assert '"validatorUrl": null' in page


def test_the_document_lists_every_address() -> None:
    paths = _document()["paths"]
    found = {
        f"{method.upper()} {path.removeprefix('/api/v1')}" for path, methods in paths.items() for method in methods
    }
    assert found == {
        "POST /tokens",
        "DELETE /tokens/current",
        "GET /releases",
        "GET /releases/{slug}",
        "GET /artists/{slug}",
        "GET /search",
        "GET /formats",
        "GET /releases/{slug}/quote",
        "GET /tracks/{track_id}/quote",
        "POST /orders",
        "GET /orders",
        "GET /orders/{number}",
        "DELETE /orders/{number}",
        "GET /wallet",
        "POST /wallet/top-ups",
        "GET /wallet/top-ups/{number}",
        "POST /wallet/redemptions",
        "GET /library",
        "GET /library/{slug}",
        "GET /library/{slug}/downloads",
        "POST /claims",
        "GET /claims/{number}",
        "DELETE /claims/{number}",
        "POST /claims/{number}/additions",
    }


def test_every_operation_explains_itself_and_how_it_says_no() -> None:
    for operation in _operations():
        assert operation["summary"]
        assert operation["description"]
        refusals = [status for status in operation["responses"] if status >= "400"]
        assert "422" in refusals
        if operation.get("security"):
            assert "401" in refusals


def test_every_body_has_an_example() -> None:
    document = _document()
    bodies = [one["requestBody"] for one in _operations() if "requestBody" in one]
    assert len(bodies) == 6
    for body in bodies:
        name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert document["components"]["schemas"][name]["examples"]


def test_what_may_cost_money_takes_an_idempotency_key() -> None:
    paths = _document()["paths"]
    for address in ("/api/v1/orders", "/api/v1/wallet/top-ups", "/api/v1/wallet/redemptions"):
        parameters = paths[address]["post"]["parameters"]
        assert [(one["name"], one["in"]) for one in parameters] == [("Idempotency-Key", "header")]


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = _document()
    for reference in _references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def _document() -> dict[str, Any]:
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def _operations() -> list[dict[str, Any]]:
    return [operation for path in _document()["paths"].values() for operation in path.values()]


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in _references(value)]
    if isinstance(part, list):
        return [one for value in part for one in _references(value)]
    return []
