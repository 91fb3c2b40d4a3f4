"""Read a request's whole body before a page is asked for it, so that a slow sender holds no page thread."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, BinaryIO

from django.conf import settings
from django.http import parse_cookie
from django.template.loader import render_to_string
from django.utils import translation

from obbligato.kernel.languages import wanted

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LONGEST_SECONDS = 15.0
SILENT_SECONDS = 30.0


class BodyRefused(Exception):
    """The body did not come, or is too large: the status and sentence to answer with, how much may be sent, and whether
    more of it is under way.
    """

    def __init__(self, status: int, sentence: str, *, most_bytes: int = 0, has_more: bool = False) -> None:
        super().__init__(sentence)
        self.status = status
        self.most_bytes, self.has_more = most_bytes, has_more


async def whole_body(receive: Receive, *, limit_bytes: int, longest_seconds: float = LONGEST_SECONDS) -> bytes | None:
    """The body of one request; None where the client went away. Raises BodyRefused (RFC 9110: 408, 413)."""
    try:
        async with asyncio.timeout(longest_seconds):
            return await _read(receive, limit_bytes)
    except TimeoutError:
        raise BodyRefused(408, "The request was not sent whole in time.") from None


async def spooled_body(
    receive: Receive, file: BinaryIO, *, limit_bytes: int, silent_seconds: float = SILENT_SECONDS
) -> bool:
    """Write the body of one request into a file, and rewind that. False where the client went away.

    Raises BodyRefused (413), also (408) where nothing came for silent_seconds, and (507) where the disk is full.
    """
    taken_bytes = 0
    while True:
        try:
            async with asyncio.timeout(silent_seconds):
                message = await receive()
        except TimeoutError:
            raise BodyRefused(408, "The request was not sent whole in time.") from None
        if message["type"] != "http.request":
            return False
        data = message.get("body", b"")
        taken_bytes += len(data)
        if taken_bytes > limit_bytes:
            sentence = f"A form may be of at most {limit_bytes // 1_000_000} MB."
            raise BodyRefused(413, sentence, most_bytes=limit_bytes)
        try:
            await asyncio.to_thread(file.write, data)
        except OSError as error:
            raise BodyRefused(507, f"The store could not keep what was sent: {error.strerror}.") from error
        if not message.get("more_body"):
            file.seek(0)
            return True


async def refuse(send: Send, refusal: BodyRefused, asked: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Answer, and close: whose headers ask for a page gets one, all others a problem document (RFC 9457)."""
    headers = {name: value.decode("latin-1") for name, value in asked}
    if "text/html" in headers.get(b"accept", ""):
        kind, body = b"text/html; charset=utf-8", _page(refusal, headers)
    else:
        document = {"type": "about:blank", "title": str(refusal), "status": refusal.status}
        kind, body = b"application/problem+json", json.dumps(document).encode()
    lines = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refusal.status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


def _page(refusal: BodyRefused, headers: Mapping[bytes, str]) -> bytes:
    """In the language of who asks."""
    cookies = parse_cookie(headers.get(b"cookie", ""))
    language = wanted(cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), headers.get(b"accept-language", ""))
    with translation.override(language):
        most = refusal.most_bytes / 1_000_000
        return render_to_string("body_refused.html", {"status": refusal.status, "most": most}).encode()


async def _read(receive: Receive, limit_bytes: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > limit_bytes:
            sentence, has_more = "The request is larger than this store takes.", bool(message.get("more_body"))
            raise BodyRefused(413, sentence, most_bytes=limit_bytes, has_more=has_more)
        if not message.get("more_body"):
            return bytes(body)
