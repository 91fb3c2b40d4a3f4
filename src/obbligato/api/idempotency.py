"""Make one key mean one act: a repeated request finds what the first one did. It stores nothing of its own."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest

from obbligato.kernel.refusals import Invalid

LONGEST = 255
KEY_DIGITS, BODY_DIGITS = 32, 11

IN_DOCUMENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "What makes a repeated request the same act; or send it as `key` in the body.",
            "schema": {"type": "string", "maxLength": LONGEST},
        }
    ]
}


class KeyMissing(Invalid):
    """A request that may cost money needs a key, so that sending it twice does not pay twice."""


def key_of(request: HttpRequest, in_body: str | None) -> str:
    """The key of a request: its Idempotency-Key header (IETF draft httpapi-idempotency-key), or one in its body.

    Raises KeyMissing.
    """
    key = request.headers.get("Idempotency-Key", "").strip() or in_body or ""
    if not 0 < len(key) <= LONGEST:
        raise KeyMissing("Send an Idempotency-Key header or a key of 1 to 255 characters.")
    return key


def fingerprint(person_id: int, key: str, body: object) -> tuple[str, str]:
    """One person's key and what was asked under it, as two short texts that together fit a basket's key."""
    of_key = hashlib.sha256(f"{person_id}:{key}".encode()).hexdigest()[:KEY_DIGITS]
    of_body = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:BODY_DIGITS]
    return of_key, of_body
