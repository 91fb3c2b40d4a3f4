"""Answer one request for bytes: whole, a range, or why not (RFC 9110, 13 and 14). It knows nothing of music."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from obbligato.library.copies import Fetchable

SINGLE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True)
class Span:
    """The bytes [start, stop) of an answer."""

    start: int
    stop: int


class OutOfRange(Exception):
    """The range begins beyond the end."""


def answer(request: Request, source: Fetchable, *, media_type: str, headers: dict[str, str]) -> Response:
    """200, 206, 304 or 416 with exact Content-Length, a strong ETag and Accept-Ranges."""
    headers = {"Accept-Ranges": "bytes", "ETag": source.etag, **headers}
    if _matches(request.headers.get("if-none-match", ""), source.etag):
        return Response(status_code=304, headers=headers)
    try:
        span = _span(request, source)
    except OutOfRange:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{source.size}"})
    status = 200
    if span is None:
        span = Span(0, source.size)
    else:
        status = 206
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{source.size}"
    headers["Content-Length"] = str(span.stop - span.start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    chunks: AsyncIterator[bytes] = source.chunks(span.start, span.stop)
    return StreamingResponse(chunks, status_code=status, headers=headers, media_type=media_type)


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


def _span(request: Request, source: Fetchable) -> Span | None:
    condition = request.headers.get("if-range", "")
    if condition and condition != source.etag:  # It changed, or a date was given: the whole is sent.
        return None
    return parse_range(request.headers.get("range", ""), source.size)


def _matches(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in [part.strip().removeprefix("W/") for part in header.split(",")]
