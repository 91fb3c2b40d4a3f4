"""Asks for one address on some connections at once, over and over, and prints the bytes a second it got.

Its answers carry a Content-Length; the bytes are read into one buffer and forgotten.
"""

import json
import selectors
import socket
import sys
import time

READ_BYTES = 1 << 20
HEAD_LIMIT_BYTES = 65_536


class Connection:
    """One connection that asks again as soon as its answer is whole."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._left = 0
        self._head = b""
        self.socket.sendall(request)

    def take(self, space: bytearray) -> int:
        """Read once; how many bytes came. Another answer is asked for where one has ended."""
        if self._left:
            got = self.socket.recv_into(space, min(self._left, READ_BYTES))
            assert got, "the answer ended early"
            self._left -= got
        else:
            got = self._take_head()
        if not self._left and not self._head:
            self.socket.sendall(self._request)
        return got

    def _take_head(self) -> int:
        piece = self.socket.recv(HEAD_LIMIT_BYTES)
        assert piece, "the connection was closed"
        self._head += piece
        if b"\r\n\r\n" in self._head:
            head, body = self._head.split(b"\r\n\r\n", 1)
            lines = head.lower().split(b"\r\n")
            assert b" 200" in lines[0], lines[0]
            length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
            self._left, self._head = length - len(body), b""
        return len(piece)


def rate(port: int, path: str, connections: int, seconds: float) -> float:
    """Bytes a second over that many seconds, after a half second of warming up."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        one = Connection(port, request)
        selector.register(one.socket, selectors.EVENT_READ, one)
    space = bytearray(READ_BYTES)
    began, total = time.perf_counter() + 0.5, 0
    while (now := time.perf_counter()) < began + seconds:
        for key, _ in selector.select(5.0):
            got = key.data.take(space)
            total += got if now >= began else 0
    return total / (time.perf_counter() - began)


if __name__ == "__main__":
    print(rate(**json.loads(sys.argv[1])))
