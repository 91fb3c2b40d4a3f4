"""Ask Django for a page on a thread and send it whole: one way there and one back, whatever the page is made of.

A page is small and its request is here already, so that nothing is gained by streams between the threads, of which
each piece would wait for the interpreter.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from obbligato.config.bodies import Send

Scope = MutableMapping[str, Any]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Body = bytes | BinaryIO
PLAIN_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


@dataclass
class Page:
    """An answer as WSGI tells it (PEP 3333)."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Pages:
    """A WSGI application on a few threads."""

    def __init__(self, application: Wsgi, *, threads: int) -> None:
        self._application = application
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def answer(self, scope: Scope, body: Body, send: Send) -> None:
        """Send the page for a request. Raises what the application does."""
        await (await self.page(scope, body)).send(send)

    async def page(self, scope: Scope, body: Body, **values: object) -> Page:
        """The page for a request, whose environment has these values as well. Raises what the application does."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._page, scope, body, values)

    def _page(self, scope: Scope, body: Body, values: Mapping[str, object]) -> Page:
        page = Page()
        pieces = self._application({**environment(scope, body), **values}, page.start)
        try:
            page.body = b"".join(pieces)
        finally:
            if close := getattr(pieces, "close", None):
                close()
        return page


def environment(scope: Scope, body: Body) -> dict[str, Any]:
    """A request as WSGI tells it (PEP 3333); text is latin-1 that holds the bytes as they came."""
    host, port = scope.get("server") or ("localhost", 80)
    client, client_port = scope.get("client") or ("", 0)
    values = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = PLAIN_NAMES.get(raw_name) or "HTTP_" + raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        values[name] = f"{values[name]},{value}" if name in values else value
    return values
