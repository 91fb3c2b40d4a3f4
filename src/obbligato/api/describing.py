"""Describe the API in OpenAPI 3.1 so that it teaches: an introduction, and the problems each address answers with."""

from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from obbligato.api.problems import MEDIA_TYPE

INTRODUCTION = """
Everything a buyer can do on the store's pages, for programs.

**Start here**

```sh
# 1. A token, valid for 90 days or until the password changes. Its text is shown once.
curl -X POST {site}/api/v1/tokens -H 'Content-Type: application/json' \\
     -d '{"username": "alice", "password": "…", "note": "my player"}'

# 2. What does a release cost in a format? Prices follow from bytes.
curl '{site}/api/v1/releases/clavier-pieces/quote?format=flac' -H 'Authorization: Bearer obb_…'

# 3. Buy it, at exactly the quoted total. The key makes a repeated request the same order.
curl -X POST {site}/api/v1/orders -H 'Authorization: Bearer obb_…' -H 'Content-Type: application/json' \\
     -H 'Idempotency-Key: 7f1c0e7a' \\
     -d '{"items": [{"release": "clavier-pieces", "format": "flac"}],
          "expected_total": {"amount": "4.20", "currency": "EUR"}}'

# 4. Fetch it, now or in ten years.
curl '{site}/api/v1/library/clavier-pieces/downloads?format=flac' -H 'Authorization: Bearer obb_…'
```

**Money** is an object: `amount` is a decimal string, `currency` ISO 4217, `micro` the same amount in
millionths of the currency's unit as an integer. Never read `amount` into a float.

**Sizes** are bytes. Where `exact` is false the size is the most it can be; what comes out smaller is returned
to the wallet.

**Errors** are problem documents (RFC 9457, `application/problem+json`). `type` leads to a page that explains
it, `/api/problems` lists them all; for wrong values, `errors` points at each with a JSON Pointer.

**Only a wallet pays an order.** An order the wallet cannot pay waits (`state: waiting`, with what is `missing`);
a top-up completes it.
"""

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for people."},
        "instance": {"type": "string", "description": "The address that was asked."},
        "errors": {
            "type": "array",
            "description": "For invalid values: each with where it is.",
            "items": {
                "type": "object",
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
                    "pointer": {"type": "string", "description": "JSON Pointer, as a fragment."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "examples": [
        {
            "type": "/api/problems/no-such-format",
            "title": "No such format",
            "status": 422,
            "detail": "There is no format “mp3-321”.",
            "instance": "/api/v1/releases/clavier-pieces/quote",
        }
    ],
}
# What any address may answer beyond its own; each operation lists them by reference.
SHARED: dict[str, str] = {
    "400": "The request cannot be read.",
    "404": "There is no such thing, or it is not yours to see.",
    "422": "A value makes no sense; `errors` says which.",
    "429": "Too often. Wait `Retry-After` seconds.",
}
WITH_TOKEN = {"401": "No token, or one that is no longer valid. See `WWW-Authenticate`."}
WITH_BODY = {
    "409": "The store refuses: what is asked for is not possible as things stand.",
    "415": "The body is not `application/json`.",
}


class DescribedAPI(NinjaAPI):
    """An API whose OpenAPI document also tells how each address says no."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        document["info"]["description"] = INTRODUCTION.replace("{site}", settings.SITE_URL)
        document["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        document["components"]["responses"] = {
            f"Problem{status}": _response(sentence)
            for status, sentence in {**SHARED, **WITH_TOKEN, **WITH_BODY}.items()
        }
        for path in document["paths"].values():
            for operation in path.values():
                _add_problems(operation)
        return document


def _add_problems(operation: dict[str, Any]) -> None:
    statuses = [*SHARED]
    if operation.get("security"):
        statuses += WITH_TOKEN
    if operation.get("requestBody"):
        statuses += WITH_BODY
    for status in sorted(statuses):
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})


def _response(sentence: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": sentence, "content": content}
