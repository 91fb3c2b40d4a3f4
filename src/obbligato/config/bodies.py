"""Read a request's whole body before a page is asked for it, so that a slow sender holds no page thread."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, BinaryIO

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LONGEST_SECONDS = 15.0
SILENT_SECONDS = 30.0


class BodyRefused(Exception):
    """The body did not come, or is too large: the status and sentence to answer with."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


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
            raise BodyRefused(413, f"A form may be of at most {limit_bytes // 1_000_000} MB.")
        try:
            await asyncio.to_thread(file.write, data)
        except OSError as error:
            raise BodyRefused(507, f"The store could not keep what was sent: {error.strerror}.") from error
        if not message.get("more_body"):
            file.seek(0)
            return True


async def refuse(send: Send, refusal: BodyRefused) -> None:
    """Answer with a problem document (RFC 9457) and close."""
    document = {"type": "about:blank", "title": str(refusal), "status": refusal.status}
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive, limit_bytes: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > limit_bytes:
            raise BodyRefused(413, "The request is larger than this store takes.")
        if not message.get("more_body"):
            return bytes(body)
