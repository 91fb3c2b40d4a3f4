"""Links to copies of a running store, and a client that only counts bytes. It never asks who pays."""

import json
import os
import re
import socket
import time
from pathlib import Path

from tests.story.running import RunningStore

from bench.memory import family

READ_BYTES = 1 << 20
LINKS = """
import json
from obbligato.audio.formats import Format
from obbligato.catalog.models import Track
from obbligato.library import links
from obbligato.people.models import Person
tracks = list(Track.objects.select_related("edition__release", "recording").order_by("pk"))
made = {}
for name in NAMES:
    format_ = Format.parse(name)
    for number in range(PERSONS):
        person = Person(pk=number + 1)
        made[f"{name}/{number}"] = [links.track_link(person, track, format_) for track in tracks]
        if IS_ALBUM:
            made[f"{name}/{number}"] = [links.release_link(person, tracks[0].edition, tracks, format_)]
print(json.dumps(made))
"""


def track_links(store: RunningStore, format_name: str, *, persons: int = 1) -> list[list[str]]:
    """For each person, the address of every track in that format. A link is its own proof: nothing is bought."""
    return _links(store, format_name, persons=persons, is_album=False)


def album_link(store: RunningStore, format_name: str) -> str:
    """The address of the whole album as a zip."""
    return _links(store, format_name, persons=1, is_album=True)[0][0]


def _links(store: RunningStore, format_name: str, *, persons: int, is_album: bool) -> list[list[str]]:
    given = f"NAMES, PERSONS, IS_ALBUM = [{format_name!r}], {persons}, {is_album}\n"
    made = json.loads(store.command("shell", "--no-imports", "-c", given + LINKS))
    return [made[f"{format_name}/{number}"] for number in range(persons)]


class Answer:
    """One request over a connection of its own: head first, then bytes as they come."""

    def __init__(self, port: int, path: str, *, byte_range: str = "", method: str = "GET") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wanted = f"Range: bytes={byte_range}\r\n" if byte_range else ""
        request = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{wanted}\r\n"
        self._socket.sendall(request.encode())
        got = b""
        while b"\r\n\r\n" not in got:
            piece = self._socket.recv(65_536)
            assert piece, f"no answer to {path}: {got[:200]!r}"
            got += piece
        head, body = got.split(b"\r\n\r\n", 1)
        self.body = bytearray(body)
        self.status = int(head.split()[1])
        found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        self.length = int(found[1]) if found else None

    def first(self, count: int) -> bytes:
        """At least the first bytes of the body; the connection stays open."""
        while len(self.body) < count:
            piece = self._socket.recv(READ_BYTES)
            assert piece, f"the answer ended after {len(self.body)} bytes"
            self.body += piece
        return bytes(self.body)

    def count(self) -> int:
        """Read to the end and throw away; how many bytes of body (and of chunk marks) there were."""
        total, space = len(self.body), bytearray(READ_BYTES)
        while got := self._socket.recv_into(space):
            total += got
        assert self.length is None or total == self.length, (total, self.length)
        return total

    def close(self) -> None:
        self._socket.close()


def until_idle(store: RunningStore, *, patience_seconds: float = 60.0) -> None:
    """Wait until the store has done nothing for a fifth of a second."""
    ends = time.monotonic() + patience_seconds
    before = _ticks(store)
    while time.monotonic() < ends:
        time.sleep(0.2)
        now = _ticks(store)
        if now - before <= 1:
            return
        before = now


def forget_encoded(store: RunningStore, folders: tuple[str, ...] = ("essences", "parts")) -> None:
    """Stop the store, remove all encoded audio, start it again."""
    store.stop()
    for name in folders:
        for file in (store.folder / name).rglob("*"):
            if file.is_file():
                file.unlink()
    store.start()


def _ticks(store: RunningStore) -> int:
    """CPU time of all processes of the store, in ticks of the clock."""
    total = 0
    for pid in family(store.pid):
        try:
            values = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(values[11]) + int(values[12])
    return total


def cpu_seconds(store: RunningStore) -> float:
    """CPU seconds that the store's processes have used so far."""
    return _ticks(store) / os.sysconf("SC_CLK_TCK")
