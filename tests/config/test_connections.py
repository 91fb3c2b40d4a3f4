"""What the server's connections add to uvicorn's: files sent by the kernel, and limits on who says nothing."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from obbligato.config import connections

CONTENT = bytes(range(256)) * 40_000
"""More than a kernel takes at once of a reader who reads nothing."""


class Sender:
    """An application that sends a file around which some bytes stand; a path of /chunked names no length."""

    def __init__(self, file: Path, *, count: int = len(CONTENT)) -> None:
        self.file, self.count = file, count
        self.ended_by: list[type[BaseException] | None] = []

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        length = [] if scope["path"] == "/chunked" else [(b"content-length", str(self.count + 8).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"head", "more_body": True})
        try:
            with self.file.open("rb") as file:
                for at in range(0, self.count, 3_000_000):
                    count = min(3_000_000, self.count - at)
                    await send({"type": connections.ZERO_COPY, "file": file, "offset": at, "count": count})
            self.ended_by.append(None)
        except BaseException as error:
            self.ended_by.append(type(error))
            raise
        await send({"type": "http.response.body", "body": b"tail"})


@contextmanager
def served(application: Any) -> Iterator[int]:
    """The port of a server with our connections, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            application, http=connections.Connection, loop="asyncio", ws="none", lifespan="off", log_level="error"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("path", ["/", "/chunked"])
def test_a_file_stands_between_what_is_around_it_twice_on_one_connection(file: Path, path: str) -> None:
    with served(Sender(file)) as port:
        client = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(2):
            client.request("GET", path)
            assert client.getresponse().read() == b"head" + CONTENT + b"tail"
        client.close()


def test_a_file_that_became_shorter_ends_the_answer_early(file: Path) -> None:
    with served(Sender(file, count=len(CONTENT) + 1)) as port:
        client = http.client.HTTPConnection("127.0.0.1", port)
        client.request("GET", "/")
        with pytest.raises(http.client.IncompleteRead):
            client.getresponse().read()
        client.close()


def test_a_reader_who_leaves_ends_the_answer(file: Path) -> None:
    application = Sender(file)
    with served(application) as port:
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert client.recv(100)
        client.close()
        ends = time.monotonic() + 10
        while not application.ended_by and time.monotonic() < ends:
            time.sleep(0.01)
    assert application.ended_by
    assert application.ended_by[0] is not None
    assert issubclass(application.ended_by[0], ConnectionError)


def test_too_long_a_head_is_told_so(file: Path) -> None:
    with served(Sender(file)) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx-long: " + b"y" * (connections.HEAD_BYTES + 1))
        assert client.recv(1000).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("said", [b"", b"\r\n", b"GET / HTTP/1.1\r\nHost: he"])
def test_who_never_ends_her_request_is_given_up(file: Path, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    with served(Sender(file)) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(said)
        assert client.recv(1000) == b""


def test_a_second_request_may_be_longer_in_coming(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await asyncio.sleep(0.5)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with served(answer) as port:
        client = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(2):
            client.request("GET", "/")
            assert client.getresponse().read() == b"ok"
            time.sleep(0.6)
        client.close()


def test_a_body_that_arrives_at_once_is_not_taken_for_a_head() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        taken = 0
        while (message := await receive())["type"] == "http.request":
            taken += len(message["body"])
            if not message["more_body"]:
                break
        said = str(taken).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": said})

    with served(application) as port:
        client = http.client.HTTPConnection("127.0.0.1", port)
        for size in (connections.HEAD_BYTES + 1, 4 * connections.HEAD_BYTES, 3_000_000):
            client.request("POST", "/", body=b"x" * size)
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, str(size).encode())
        client.close()
