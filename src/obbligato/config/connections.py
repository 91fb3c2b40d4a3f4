"""One connection of the server: uvicorn's, with ASGI's zero copy send and limits on what a silent client may hold.

https://asgi.readthedocs.io/en/stable/extensions.html#zero-copy-send
"""

import asyncio
import socket
from types import MethodType
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from obbligato.config.bodies import Message, Receive, Send

ZERO_COPY = "http.response.zerocopysend"
HEAD_BYTES, HEAD_SECONDS = 65_536, 30
SILENT_MILLISECONDS = 600_000
"""A reader that takes not one byte for ten minutes is taken for gone (TCP's user timeout, RFC 5482)."""
WAITING_BYTES = 2**20
"""So much the kernel holds of what it has not begun to send; by itself it takes megabytes for each reader (tcp(7))."""
FAST_BYTES, FAST_SECONDS = 2**22, 0.1
"""Who takes so much in such a time holds nothing for long, and may have all that the kernel gives."""
UNLIMITED_BYTES = 2**31 - 1
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """Serves one client. What it leaves undone of an answer it shows by closing."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._application = cast(Any, self.app)
        self.app = cast(Any, self._answer)
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._is_head_awaited = True
        self._has_ended_message = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        plain = transport.get_extra_info("socket")
        # asyncio does so itself only where a socket names its protocol, which accepted ones do not.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._let_wait(WAITING_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MILLISECONDS)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._has_ended_message = False
        if self._is_head_awaited:
            self._await_head()
        super().data_received(data)
        # What ended a message was its body rather than a head.
        if self._is_head_awaited and not self._has_ended_message and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.write(TOO_LONG)
                self.transport.close()

    def on_headers_complete(self) -> None:
        self._is_head_awaited = False
        self._head_is_here()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_head_awaited, self._head_bytes, self._has_ended_message = True, 0, True
        super().on_message_complete()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_is_here(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        """The application's answer, with the extension offered; one that was broken off ends the connection."""
        answer = cast(RequestResponseCycle, cast(MethodType, send).__self__)

        async def sending(message: Message) -> None:
            if message["type"] == ZERO_COPY:
                await self._send_file(answer, message)
            else:
                await send(message)

        scope["extensions"] = {ZERO_COPY: {}}
        try:
            await self._application(scope, receive, sending)
        except ConnectionError:
            answer.disconnected = True
            self.transport.close()

    async def _send_file(self, answer: RequestResponseCycle, message: Message) -> None:
        """Let the kernel send bytes of a file. Raises ConnectionError where nobody takes them, or not all are there."""
        if self.flow.write_paused and not answer.disconnected:
            await self.flow.drain()
        if answer.disconnected or self.transport.is_closing():
            raise ConnectionResetError("The reader has gone.")
        count = message["count"]
        if answer.chunked_encoding:
            self.transport.write(b"%x\r\n" % count)
        began = self.loop.time()
        try:
            sent = await self.loop.sendfile(self.transport, message["file"], message["offset"], count, fallback=False)
        except (ConnectionError, asyncio.SendfileNotAvailableError) as error:
            self.transport.abort()
            raise ConnectionResetError("The reader has gone.") from error
        if count > FAST_BYTES and self.loop.time() - began < FAST_SECONDS:
            self._let_wait(UNLIMITED_BYTES)
        if sent != count:
            raise ConnectionAbortedError("A file became shorter while it was sent.")
        if answer.chunked_encoding:
            self.transport.write(b"\r\n")
        else:
            answer.expected_content_length -= sent

    def _let_wait(self, most_bytes: int) -> None:
        """Say how much the kernel may hold before it is sent."""
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            plain = self.transport.get_extra_info("socket")
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, most_bytes)
