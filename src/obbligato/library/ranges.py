"""Answer one request for bytes: whole, a range, or why not (RFC 9110, 13 and 14). It knows nothing of music."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from obbligato.audio.errors import AudioRefused
from obbligato.kernel.refusals import Refused
from obbligato.library.fetching import Fetchable
from obbligato.library.pieces import FileSlice, Piece, bring_into_memory, contents

SINGLE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
FIRST_BYTE_SECONDS = 0.5
"""So long an answer waits for its first byte, and with it for what may still be refused, before its head goes out."""
LEAST_SENT_BYTES, MOST_SENT_BYTES, QUICK_SECONDS = 2**20, 2**26, 0.1
"""What is asked of the server at once: of a slow reader little, for the kernel should hold it until it is sent."""
HELD_BYTES = 32 * 1024
ZERO_COPY = "http.response.zerocopysend"
log = logging.getLogger("obbligato.library")


@dataclass(frozen=True)
class Span:
    """The bytes [start, stop) of an answer; stop is None for the end that nobody knows yet."""

    start: int
    stop: int | None


class OutOfRange(Exception):
    """The range begins beyond the end."""


class BrokenOff(ConnectionAbortedError):
    """An answer that was begun cannot be finished: the connection is closed, so that the client sees it."""


async def answer(request: Request, source: Fetchable, *, media_type: str, headers: dict[str, str]) -> Response:
    """200, 206, 304 or 416 with a strong ETag; where the size is known, exact Content-Length and Accept-Ranges.

    Where it is not, the whole is sent in chunks (RFC 9112, 7.1) and a range is not looked at. Raises Refused where
    that shows before the first byte.
    """
    headers = {"ETag": source.etag, **headers}
    if source.size is not None:
        headers["Accept-Ranges"] = "bytes"
    if _matches(request.headers.get("if-none-match", ""), source.etag):
        return Response(status_code=304, headers=headers)
    try:
        span, status = _span(request, source)
    except OutOfRange:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{source.size}"})
    if span.stop is not None:
        headers["Content-Length"] = str(span.stop - span.start)
    if status == 206:
        assert span.stop is not None, "without a size there are no ranges"
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{source.size}"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    pieces = Begun(source.chunks(span.start, span.stop))
    await pieces.begin()
    return Stream(pieces, status_code=status, headers=headers, media_type=media_type)


def parse_range(text: str, size: int) -> Span | None:
    """The one range asked for; None where the header is absent, malformed or asks for several.

    Raises OutOfRange. A server may ignore Range (RFC 9110, 14.2), so what is malformed gets the whole.
    """
    found = SINGLE_RANGE.fullmatch(text.strip())
    if found is None or len(text) > 100:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size)
        if not length:
            raise OutOfRange
        return Span(size - length, size)
    start = int(first)
    stop = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise OutOfRange
    return Span(start, stop)


class Stream(StreamingResponse):
    """Sends pieces and lets go of their source at once when the client has gone, or whatever else ends it.

    Slices of files go out by ASGI's zero copy send where the server knows that, and through memory where not.
    """

    def __init__(self, pieces: "Begun", *, status_code: int, headers: dict[str, str], media_type: str) -> None:
        super().__init__((), status_code, headers, media_type)
        self._pieces = pieces
        self._is_zero_copy = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._is_zero_copy = ZERO_COPY in scope.get("extensions", {})
        try:
            await super().__call__(scope, receive, send)
        except ConnectionError:  # The reader has gone, which ends a download as it should.
            raise
        except (Refused, AudioRefused, OSError) as error:
            log.warning("A download was broken off: %s", error)
            raise BrokenOff(str(error)) from None
        finally:
            await self._pieces.aclose()

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self._pieces if self._is_zero_copy else contents(self._pieces):
            if isinstance(piece, FileSlice):
                await _send_from_file(piece, send)
            else:
                await _send_from_memory(piece, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Begun:
    """The pieces of an answer, the first of them at hand where it came soon: what refused it is still answered."""

    def __init__(self, pieces: AsyncGenerator[Piece]) -> None:
        self._pieces = pieces
        self._next: asyncio.Task[Piece] | None = None

    async def begin(self) -> None:
        """Wait for the first byte, a moment at most: then the client is told that it will come. Raises Refused."""
        self._next = asyncio.ensure_future(self._first())
        await asyncio.wait({self._next}, timeout=FIRST_BYTE_SECONDS)
        if self._next.done() and self._next.exception() is not None:
            await self._next

    def __aiter__(self) -> "Begun":
        return self

    async def __anext__(self) -> Piece:
        if self._next is not None:
            waited, self._next = self._next, None
            try:
                return await waited
            except asyncio.CancelledError:
                waited.cancel()
                raise
        return await anext(self._pieces)

    async def aclose(self) -> None:
        """Let go of the source, wherever it was."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait({self._next})
        await self._pieces.aclose()

    async def _first(self) -> Piece:
        """Empty pieces only say that something is on its way; so is nothing at all, where there is none."""
        async for piece in self._pieces:
            if piece:
                return piece
        return b""


async def _send_from_memory(piece: bytes, send: Send) -> None:
    """In small parts: what a slow reader has not taken is held by the server, once for each reader."""
    for at in range(0, len(piece), HELD_BYTES):
        await send({"type": "http.response.body", "body": piece[at : at + HELD_BYTES], "more_body": True})


async def _send_from_file(piece: FileSlice, send: Send) -> None:
    at, left, size = piece.start, piece.length, LEAST_SENT_BYTES
    while left:
        count = min(left, size)
        await bring_into_memory(FileSlice(piece.file, at, count))
        began = time.monotonic()
        await send({"type": ZERO_COPY, "file": piece.file, "offset": at, "count": count, "more_body": True})
        at, left = at + count, left - count
        is_quick = time.monotonic() - began < QUICK_SECONDS
        size = min(8 * size, MOST_SENT_BYTES) if is_quick else LEAST_SENT_BYTES


def _span(request: Request, source: Fetchable) -> tuple[Span, int]:
    """What to send, and as which status. Raises OutOfRange."""
    condition = request.headers.get("if-range", "")
    is_changed = condition and condition != source.etag  # It changed, or a date was given: the whole is sent.
    if source.size is not None and not is_changed:
        asked = parse_range(request.headers.get("range", ""), source.size)
        if asked is not None:
            return asked, 206
    return Span(0, source.size), 200


def _matches(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in [part.strip().removeprefix("W/") for part in header.split(",")]
