"""Hand a request's body to a page piece by piece, as it comes, where the page asked for it by the head of the request.

The page is asked first, without a body: it knows who sends and what may be sent. Where it wants the body it puts a
taker into the list that its environment holds, and the taker makes the answer. Nothing waits in memory, nothing holds
a page thread, and what came before a connection broke is kept.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from django.db import close_old_connections
from django.http import HttpResponse

from obbligato.config.bodies import Receive, Send
from obbligato.config.pages import Page, Pages, Scope

TAKERS = "obbligato.takers"
PIECE_BYTES = 1_000_000
SILENT_SECONDS = 30.0
"""A sender that is silent for longer is taken for gone; what it sent is kept, and another may go on."""
LET_PASS_BYTES, LET_PASS_SECONDS = 16_000_000, 15.0
"""So much of a body that nobody wants is read before it is answered: most clients listen only when all is sent."""
_threads = ThreadPoolExecutor(2, thread_name_prefix="pieces")


class Taker(Protocol):
    """What a page leaves to be given its body."""

    def take(self, piece: bytes) -> bool:
        """Keep a piece; False where nothing more is wanted."""

    def answer(self) -> HttpResponse:
        """Called once, when all pieces that came were taken."""


def is_piecewise(scope: Scope) -> bool:
    """Whether a request is of the kind: the desk's PATCH, by which files are sent."""
    return scope["method"] == "PATCH" and bool(scope["path"].startswith("/desk/"))


async def answer(pages: Pages, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request whose body is taken while it comes."""
    takers: list[Taker] = []
    page = await pages.page(scope, b"", **{TAKERS: takers})
    is_whole = True
    if takers:
        page, is_whole = await _taken(takers[0], receive)
    if not takers or not is_whole:
        await let_pass(receive)
        page.headers.append((b"connection", b"close"))
    await page.send(send)


async def _taken(taker: Taker, receive: Receive) -> tuple[Page, bool]:
    """The taker's answer, and whether it took all that was sent."""
    loop, is_whole = asyncio.get_running_loop(), True
    try:
        async for piece in _pieces(receive):
            is_whole = await loop.run_in_executor(_threads, taker.take, piece)
            if not is_whole:
                break
    except BaseException:  # The server is being stopped.
        taker.answer()
        raise
    return await loop.run_in_executor(_threads, _answered, taker), is_whole


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The body in pieces of about a megabyte, until it ends or its sender is gone."""
    gathered = bytearray()
    async for data in _messages(receive):
        gathered += data
        if len(gathered) >= PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


async def _messages(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                message = await receive()
        except TimeoutError:
            return
        if message["type"] != "http.request":
            return
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def let_pass(receive: Receive) -> None:
    """Read on for a while what nobody wants, so that the sender comes to listen (RFC 9112, 9.6)."""
    passed_bytes = 0
    try:
        async with asyncio.timeout(LET_PASS_SECONDS):
            async for data in _messages(receive):
                passed_bytes += len(data)
                if passed_bytes > LET_PASS_BYTES:
                    return
    except TimeoutError:
        pass


def _answered(taker: Taker) -> Page:
    close_old_connections()
    try:
        response = taker.answer()
        page = Page()
        page.start(f"{response.status_code} ", [*response.items(), ("Content-Length", str(len(response.content)))])
        page.body = response.content
        return page
    finally:
        close_old_connections()
