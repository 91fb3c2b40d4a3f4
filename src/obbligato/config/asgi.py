"""The one ASGI application: /delivery, /static and /metrics stay on the event loop, pages are Django's on threads.

Django's own ASGI handler was measured many times slower than Django behind a WSGI bridge; docs/adr/0008 tells.
"""

import os
from collections.abc import Iterable
from urllib.parse import quote

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

django_pages = get_wsgi_application()

from starlette.applications import Starlette  # noqa: E402
from starlette.middleware.gzip import GZipMiddleware  # noqa: E402
from starlette.routing import Mount, Route  # noqa: E402
from starlette.staticfiles import StaticFiles  # noqa: E402

from obbligato.config import bodies, large_bodies, metrics, piecewise  # noqa: E402
from obbligato.config.pages import Pages, Scope  # noqa: E402
from obbligato.library import delivery  # noqa: E402

pages = Pages(django_pages, threads=settings.PAGE_THREADS)
bytes_side = Starlette(
    routes=[
        *delivery.routes,
        Route("/metrics", metrics.page, methods=["GET"]),
        Mount("/static", GZipMiddleware(StaticFiles(directory=settings.STATIC_ROOT, check_dir=False), 1000, 6)),
    ],
    exception_handlers=delivery.exception_handlers,
)
# A request without either has no body (RFC 9112, 6.3), and need not be waited for.
BODY_HEADERS = {b"content-length", b"transfer-encoding"}


async def application(scope: Scope, receive: bodies.Receive, send: bodies.Send) -> None:
    """Send bytes down one side and pages down the other."""
    if scope["type"] != "http" or scope["path"] == "/metrics" or scope["path"].startswith("/static/"):
        await bytes_side(scope, receive, send)
    elif scope["path"].startswith("/delivery/"):
        with metrics.watched_download(send) as noting:
            await bytes_side(scope, receive, noting)
    elif piecewise.is_piecewise(scope):
        await piecewise.answer(pages, _tidied(scope), receive, send)
    elif large_bodies.is_large(scope) and await large_bodies.may_send(scope):
        await large_bodies.answer(pages, _tidied(scope), receive, send)
    else:
        await _page(scope, receive, send)


async def _page(scope: Scope, receive: bodies.Receive, send: bodies.Send) -> None:
    """A page by Django, once its request is whole."""
    refusal, body = None, b""
    try:
        has_body = any(name in BODY_HEADERS for name, _ in scope["headers"])
        limit_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        whole = await bodies.whole_body(receive, limit_bytes=limit_bytes) if has_body else b""
        if whole is None:  # The client went away.
            return
        body = whole
    except bodies.BodyRefused as refused:
        refusal = refused
        if refusal.has_more:
            await piecewise.let_pass(receive)
    with metrics.watched_page(send) as noting:
        if refusal is not None:
            await bodies.refuse(noting, refusal, scope["headers"])
            return
        await pages.answer(_tidied(scope), body, noting)


def _tidied(scope: Scope) -> Scope:
    tidied = {"headers": unambiguous(scope["headers"]), "query_string": ascii_only(scope["query_string"])}
    return {**scope, **tidied}


def ascii_only(query: bytes) -> bytes:
    """A query with what is not ASCII percent-encoded (RFC 3986, 2.1), as a client should have sent it."""
    return query if query.isascii() else quote(query, safe="%&=+/?:@!$'()*,;-._~").encode()


def unambiguous(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without names that hold "_": WSGI takes X_Forwarded_For for X-Forwarded-For, and a client could forge it."""
    return [(name, value) for name, value in headers if b"_" not in name]
