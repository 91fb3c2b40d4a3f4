"""Speak to the API as a program does: JSON in, JSON out, a bearer token. No test framework's client of ninja's."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from obbligato.people import tokens
from obbligato.people.models import Person


class Caller:
    """One program, signed in as a person or as nobody."""

    def __init__(self, person: Person | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if person is not None:
            text, _ = tokens.new_token(person, note="tests")
            self.headers["Authorization"] = f"Bearer {text}"

    def get(self, address: str, **headers: str) -> HttpResponse:
        return self.client.get(f"/api/v1{address}", headers={**self.headers, **headers})

    def delete(self, address: str, **headers: str) -> HttpResponse:
        return self.client.delete(f"/api/v1{address}", headers={**self.headers, **headers})

    def post(self, address: str, body: Any, **headers: str) -> HttpResponse:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"/api/v1{address}", content, content_type="application/json", headers={**self.headers, **headers}
        )


def problem_in(response: HttpResponse, status: int, kind: str) -> dict[str, Any]:
    """The problem document of a response, when it is one of that status and kind."""
    body: dict[str, Any] = json.loads(response.content)
    assert response.status_code == status, body
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["type"] == f"/api/problems/{kind}"
    assert body["detail"]
    assert body["instance"].startswith("/api/")
    return body


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    """An amount as it is sent."""
    return {"amount": amount, "currency": currency}
