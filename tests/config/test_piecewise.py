"""Who may send long bodies is asked before they are read; what came of a body before it broke off is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import Client

from obbligato.catalog.uploads import receiving
from obbligato.catalog.uploads.models import Upload
from obbligato.config import bodies, large_bodies, piecewise
from obbligato.config.asgi import application
from tests.backoffice.test_tus import BYTES, TUS, create, seller
from tests.catalog.uploads.makers import an_upload
from tests.makers import signed_in

Message = dict[str, Any]


def scope_of(client: Client, method: str, path: str, headers: dict[str, str]) -> Message:
    """A request as a server tells it, of somebody who is signed in."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    named = {"host": "localhost", "cookie": cookies, "x-csrftoken": token, **headers}
    return {
        "type": "http", "method": method, "path": path, "query_string": b"", "http_version": "1.1", "scheme": "http",
        "client": ("127.0.0.1", 1), "headers": [(n.lower().encode(), v.encode()) for n, v in named.items()],
    }  # fmt: skip


def answered(scope: Message, *pieces: bytes, ends: bool = True) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of the application's answer to a sender who sends these pieces, and ends or is gone."""
    left, sent = list(pieces), []

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or not ends}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(part.get("body", b"") for part in sent[1:])


@pytest.fixture
def bob(transactional_db: None) -> Client:
    client = signed_in(seller())
    client.get("/desk/uploads/upload/add/")
    return client


def address_of(client: Client, size: int) -> str:
    upload = Upload.objects.first() or an_upload(seller("erin"))
    Upload.objects.update(person=client.get("/desk/uploads/upload/add/").wsgi_request.user.pk)
    return str(create(client, upload, size=size).headers["Location"])


def patched(client: Client, address: str, offset: int) -> Message:
    return scope_of(client, "PATCH", address, {**TUS, "Content-Type": BYTES, "Upload-Offset": str(offset)})


def test_a_body_is_taken_as_it_comes_and_what_came_before_a_break_is_kept(bob: Client) -> None:
    address = address_of(bob, 2_500_003)
    status, headers, body = answered(patched(bob, address, 0), b"x" * 700_000, b"y" * 500_000, ends=False)
    assert (status, headers[b"Upload-Offset"], body) == (204, b"1200000", b"")
    status, headers, _ = answered(patched(bob, address, 1_200_000), b"z" * 1_300_000, b"abc")
    assert (status, headers[b"Upload-Offset"]) == (204, b"2500003")


def test_more_than_was_announced_is_refused_while_it_comes(bob: Client) -> None:
    address = address_of(bob, 5)
    status, headers, body = answered(patched(bob, address, 0), b"x" * 1_000_000, b"more")
    assert (status, headers[b"connection"]) == (413, b"close")
    assert b"announced" in body


def test_a_body_that_nobody_wants_is_let_pass_and_answered(bob: Client) -> None:
    address = address_of(bob, 5)
    status, headers, _ = answered(patched(bob, address, 3), b"ab")
    assert (status, headers[b"connection"]) == (409, b"close")
    assert answered(patched(Client(), address, 0), *[b"x" * 6_000_000] * 4)[0] in {401, 403}


def test_a_sender_that_falls_silent_is_answered_with_what_came(bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piecewise, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(piecewise, "LET_PASS_SECONDS", 0.05)
    address, sent, came = address_of(bob, 5), [], [b"abc"]

    async def receive() -> Message:
        if not came:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": came.pop(), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(patched(bob, address, 0), receive, send))
    assert dict(sent[0]["headers"])[b"Upload-Offset"] == b"3"
    came.append(b"x")
    asyncio.run(application(patched(bob, address, 0), receive, send))
    assert sent[2]["status"] == 409


def test_a_stopped_server_keeps_what_came(bob: Client) -> None:
    address = address_of(bob, 5_000_000)

    async def stopped() -> None:
        left = [b"x" * 1_500_000]

        async def receive() -> Message:
            if not left:
                await asyncio.sleep(60)
            return {"type": "http.request", "body": left.pop(), "more_body": True}

        task = asyncio.ensure_future(application(patched(bob, address, 0), receive, _nowhere))
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert bob.head(address, headers=TUS).headers["Upload-Offset"] == "1500000"
    file = Upload.objects.get().files.get()
    receiving.Reception(file, offset_bytes=1_500_000).close()


async def _nowhere(_: Any) -> None:
    pass


def form(client: Client, name: str, content: bytes) -> tuple[Message, bytes]:
    head = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    body = head + content + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(len(body))}
    return scope_of(client, "POST", "/desk/uploads/upload/add/", headers), body


def test_only_people_of_the_desk_send_large_forms(bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    scope, body = form(bob, "01.flac", content)
    assert answered(scope, body[:1_000_000], body[1_000_000:])[0] == 302
    assert Upload.objects.get().files.get().file.read_bytes() == content
    assert answered(form(Client(), "01.flac", content)[0], body)[0] == 413
    monkeypatch.setattr(large_bodies, "LIMIT_BYTES", 2_600_000)
    assert answered(scope, body, b"x" * 200_000)[0] == 413
    with pytest.raises(IndexError):
        answered(scope, body, ends=False)  # Nobody is there to be answered.


class Full:
    """A file on a disk that is full."""

    def write(self, _: bytes) -> int:
        raise OSError(28, "No space left on device")


def test_a_large_form_that_stops_or_finds_no_room_is_refused() -> None:
    def refused(receive: Callable[[], Awaitable[Message]], file: Any) -> bodies.BodyRefused:
        with pytest.raises(bodies.BodyRefused) as caught:
            async_to_sync(bodies.spooled_body)(receive, file, limit_bytes=9, silent_seconds=0.05)
        return caught.value

    async def silent() -> Message:
        await asyncio.sleep(60)
        return {}

    async def speaking() -> Message:
        return {"type": "http.request", "body": b"abc"}

    assert refused(silent, Full()).status == 408
    assert refused(speaking, Full()).status == 507
