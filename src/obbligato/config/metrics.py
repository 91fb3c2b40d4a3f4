"""Counts what the store answers and shows all its figures at /metrics; it never tells them to strangers.

The text format is Prometheus' (exposition format 0.0.4). The address is answered on the event loop, so that it
answers while every page thread is busy.
"""

import hmac
import ipaddress
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from obbligato.encoding import metrics as encoding_metrics

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

PROXY_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
PAGE_BUCKETS_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

REGISTRY = CollectorRegistry()
ProcessCollector(namespace="obbligato_web", registry=REGISTRY)
_pages = Counter("obbligato_pages", "Pages and API answers, by status.", ["status"], registry=REGISTRY)
_page_seconds = Histogram(
    "obbligato_page_seconds",
    "From the last byte of a request to the last byte of its page.",
    buckets=PAGE_BUCKETS_SECONDS,
    registry=REGISTRY,
)
_downloads = Counter("obbligato_downloads", "Answers under /delivery/, by status.", ["status"], registry=REGISTRY)
_downloads_open = Gauge("obbligato_downloads_open", "Answers under /delivery/ being sent now.", registry=REGISTRY)
_bytes_sent = Counter("obbligato_sent_bytes", "Body bytes under /delivery/ handed to the server.", registry=REGISTRY)


async def page(request: Request) -> Response:
    """All figures, to this machine and to who has the token; to others the address does not exist."""
    if not _is_trusted(request):
        raise HTTPException(404)
    figures = generate_latest(REGISTRY) + generate_latest(encoding_metrics.REGISTRY)
    return Response(figures, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


@contextmanager
def watched_page(send: Send) -> Iterator[Send]:
    """A send that notes the status of one page; its time is noted when the block ends."""
    began = time.perf_counter()

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            _pages.labels(message["status"]).inc()
        await send(message)

    try:
        yield noting
    finally:
        _page_seconds.observe(time.perf_counter() - began)


@contextmanager
def watched_download(send: Send) -> Iterator[Send]:
    """A send that notes status and bytes of one download, which counts as open until the block ends."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            _downloads.labels(message["status"]).inc()
        await send(message)
        _bytes_sent.inc(len(message.get("body", b"")) or message.get("count", 0))

    _downloads_open.inc()
    try:
        yield noting
    finally:
        _downloads_open.dec()


def _is_trusted(request: Request) -> bool:
    """A bearer of the token (RFC 6750, 2.1), or someone on this machine whom no proxy speaks for."""
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode()):
            return True
    is_forwarded = any(name in request.headers for name in PROXY_HEADERS)
    return not is_forwarded and request.client is not None and is_loopback(request.client.host)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own (RFC 6890); also as IPv6 writes an IPv4 one (RFC 4291, 2.5.5.2)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
