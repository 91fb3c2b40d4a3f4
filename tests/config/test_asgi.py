"""What a client sends reaches Django whole, or is answered before Django hears of it."""

import asyncio
import json
from typing import Any

from django.conf import settings

from obbligato.config.asgi import application, ascii_only, unambiguous

HEADERS = [(b"host", b"localhost"), (b"content-type", b"application/json")]


def post(*pieces: bytes) -> tuple[int, dict[str, Any]]:
    """Send these pieces to the application as a server does: the answer's status and JSON, 0 where none came."""
    length = str(sum(map(len, pieces))).encode()
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/tokens", "query_string": b"", "http_version": "1.1",
        "scheme": "http", "client": ("127.0.0.1", 1), "headers": [*HEADERS, (b"content-length", length)],
    }  # fmt: skip
    left, sent = list(pieces), []

    async def receive() -> dict[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    if not sent:
        return 0, {}
    return sent[0]["status"], json.loads(b"".join(part.get("body", b"") for part in sent[1:]))


def test_a_body_sent_in_pieces_reaches_the_page_whole() -> None:
    status, said = post(b'{"username": "ali', b'ce", "note"', b': "player"}')
    assert status == 422
    assert [error["pointer"] for error in said["errors"]] == ["#/password"]


def test_a_body_beyond_the_limit_is_answered_with_a_problem_document() -> None:
    half = b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2 + 1)
    status, said = post(half, half, b"never read")
    assert (status, said["status"]) == (413, 413)


def test_a_client_that_leaves_before_it_has_sent_anything_gets_no_page() -> None:
    assert post() == (0, {})


def test_a_client_cannot_forge_what_a_proxy_says() -> None:
    honest = (b"x-forwarded-for", b"203.0.113.7")
    assert unambiguous([honest, (b"x_forwarded_for", b"198.51.100.1")]) == [honest]


def test_a_query_in_raw_letters_is_percent_encoded() -> None:
    assert ascii_only("q=é&page=2".encode()) == b"q=%C3%A9&page=2"
    assert ascii_only(b"q=%C3%A9") == b"q=%C3%A9"
