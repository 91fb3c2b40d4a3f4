"""A slow or endless sender is refused before it holds a page thread; an honest one is handed on whole."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from obbligato.config import bodies

Receive = Callable[[], Awaitable[dict[str, Any]]]


def sender(*pieces: bytes, ends: bool = True) -> Receive:
    """A client that sends these pieces, and then the end or nothing more."""
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        if not left and not ends:
            await asyncio.sleep(60)
        piece = left.pop(0) if left else b""
        return {"type": "http.request", "body": piece, "more_body": bool(left) or not ends}

    return receive


def read(receive: Receive, **limits: Any) -> bytes | None:
    return asyncio.run(bodies.whole_body(receive, **{"limit_bytes": 100, "longest_seconds": 0.05, **limits}))


def test_a_body_in_pieces_is_read_whole() -> None:
    assert read(sender(b"ab", b"", b"cd")) == b"abcd"


def test_a_sender_that_stops_half_way_is_given_up() -> None:
    with pytest.raises(bodies.BodyRefused, match="in time") as refused:
        read(sender(b"{", ends=False))
    assert refused.value.status == 408


def test_a_body_that_is_too_large_is_refused() -> None:
    with pytest.raises(bodies.BodyRefused) as refused:
        read(sender(b"x" * 60, b"x" * 60))
    assert refused.value.status == 413


def test_a_client_that_left_is_not_answered() -> None:
    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert read(gone) is None


def test_a_refusal_is_a_problem_document() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(bodies.refuse(send, bodies.BodyRefused(413, "Too large.")))
    assert sent[0]["status"] == 413
    assert b"Too large." in sent[1]["body"]


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (413, {"accept": "text/html,*/*"}, "of at most 2.5 MB"),
        (413, {"accept": "text/html", "accept-language": "fr"}, "au plus 2,5 Mo"),
        (408, {"accept": "text/html", "accept-language": "fr", "cookie": "language=ru"}, "Дошло не целиком"),
        (507, {"accept": "text/html", "accept-language": "ru"}, "Его диск заполнен"),
        (413, {"accept": "application/json", "accept-language": "fr"}, '"title": "Too large."'),
    ],
)
def test_a_person_gets_a_page_in_her_language(status: int, headers: dict[str, str], words: str) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asked = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(bodies.refuse(send, bodies.BodyRefused(status, "Too large.", most_bytes=2_500_000), asked))
    assert words in sent[1]["body"].decode()
    assert dict(sent[0]["headers"])[b"content-length"] == str(len(sent[1]["body"])).encode()
