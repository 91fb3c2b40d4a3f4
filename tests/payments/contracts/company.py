"""A company on loopback: a small HTTP server whose answers a test can spoil. Each dialect is a child of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
LIMITED = b'{"status": 429, "title": "Too Many Requests", "detail": "Slow down.", "message": "Slow down."}'
Answer = tuple[int, object]


class Company:
    """One company with its books; `mood` says how it answers."""

    media_type: ClassVar[str] = "application/json"

    def __init__(self) -> None:
        self.mood = "well"
        self.raw: tuple[int, bytes, dict[str, str]] | None = None
        """What it answers instead, after having done as asked."""
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        """Verb, path with query, headers (small letters) and body of each request it did."""
        self._gate = threading.Event()
        self._lock = threading.Lock()
        self._listen(0)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, verb: str, path: str, query: dict[str, list[str]], headers: dict[str, str], body: Any) -> Answer:
        raise NotImplementedError

    def refused(self, headers: dict[str, str]) -> Answer | None:
        """Its no to who does not show the right key."""
        raise NotImplementedError

    def close(self) -> None:
        self._gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        self.close()
        try:
            yield
        finally:
            self._gate.clear()
            self._listen(self.port)

    @contextmanager
    def moody(self, mood: str) -> Iterator[None]:
        self.mood = mood
        try:
            yield
        finally:
            self.mood = "well"
            self._gate.set()
            self._gate.clear()

    @contextmanager
    def saying(self, status: int, body: bytes, **headers: str) -> Iterator[None]:
        self.raw = (status, body, headers)
        try:
            yield
        finally:
            self.raw = None

    def _listen(self, port: int) -> None:
        company = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                company.serve(self)

            do_GET = do_POST = do_DELETE = handle_one  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        text = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        parts = urlsplit(handler.path)
        if self.mood == "broken":
            self._send(handler, 500, HTML, "text/html")
            return
        if self.mood == "limited":
            self._send(handler, 429, LIMITED, self.media_type, {"Retry-After": "60"})
            return
        body = json.loads(text) if text else None
        with self._lock:
            answer = self.refused(headers)
            if answer is None:
                self.seen.append((handler.command, handler.path, headers, body))
                answer = self.answer(handler.command, parts.path, parse_qs(parts.query), headers, body)
        handler.close_connection = True
        if self.mood == "silent":
            self._gate.wait(30)
        elif self.mood == "reset":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        elif self.mood == "dripping":
            self._drip(handler)
        elif self.raw is not None:
            status, said, more = self.raw
            self._send(handler, status, said, self.media_type, more)
        else:
            status, found = answer
            said = b"" if status == 204 else json.dumps(found).encode()
            self._send(handler, status, said, self.media_type)

    def _drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A byte now and then, each soon enough for whoever only waits for the next one."""
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self._gate.wait(0.05):
                handler.wfile.write(b" ")
        except OSError:
            pass

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, body: bytes, media: str, more: dict[str, str] | None = None
    ) -> None:
        handler.close_connection = True
        handler.send_response(status)
        standard = {"Content-Type": media, "Content-Length": str(len(body)), "Connection": "close"}
        for name, value in {**standard, **(more or {})}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)


class CompanyBench:
    """The rail beside its company, as far as that is the same for each; `calling` is what has a deadline."""

    company: Company
    calling: Any

    def unreachable(self) -> AbstractContextManager[None]:
        return self.company.unreachable()

    @contextmanager
    def silent(self) -> Iterator[None]:
        self.calling.deadline_seconds = 1.0
        with self.company.moody("silent"):
            yield
        self.calling.deadline_seconds = 20.0

    def broken(self) -> AbstractContextManager[None]:
        return self.company.moody("broken")

    def revoked(self) -> AbstractContextManager[None]:
        return self.company.moody("revoked")

    def limited(self) -> AbstractContextManager[None]:
        return self.company.moody("limited")
