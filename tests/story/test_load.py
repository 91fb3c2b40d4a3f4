"""Clients that leave, ask for a thousand things, or read a byte a second; masters that rot: the store stays itself."""

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

import httpx2 as httpx
import pytest

from tests import waiting
from tests.story.label import write_long_label
from tests.story.running import RunningStore, a_store

pytestmark = pytest.mark.running
LINKS = """
import json
from obbligato.audio.formats import OFFERED
from obbligato.catalog.models import Track
from obbligato.library import links
from obbligato.people.models import Person
tracks = list(Track.objects.select_related("edition__release", "recording").order_by("pk"))
print(json.dumps({
    f"{one.name} {person}": [links.track_link(Person(pk=person), track, one) for track in tracks]
    for one in OFFERED for person in (1, 2)
}))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    with a_store("story_load") as running:
        running.command("import", str(write_long_label(tmp_path_factory.mktemp("label"))))
        running.start()
        yield running


def links(store: RunningStore, name: str, *, person: int = 1) -> list[str]:
    """Links to every track; a link is its own proof, so nothing is bought."""
    return _all_links(store)[f"{name} {person}"]


@cache
def _all_links(store: RunningStore) -> dict[str, list[str]]:
    """By format and person; made by one command, which takes as long as any."""
    return dict(json.loads(store.command("shell", "--no-imports", "-c", LINKS)))


def figure(store: RunningStore, name: str) -> float:
    """A figure of /metrics, its labels added up."""
    text = httpx.get(f"{store.url}/metrics").text
    return sum(map(float, re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.M)))


until = partial(waiting.until, pause_seconds=0.05)


def until_quiet(store: RunningStore) -> None:
    """Wait until nobody asks for a part any more, also not for what is finished when idle."""
    before = -1.0
    while (now := figure(store, "obbligato_encode_asks_total")) != before:
        before = now
        time.sleep(0.5)


def asked(store: RunningStore, path: str, byte_range: str = "") -> socket.socket:
    """A connection on which the request has been sent and nothing read."""
    connection = socket.create_connection(("localhost", store.port))
    wanted = f"Range: bytes={byte_range}\r\n" if byte_range else ""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{wanted}\r\n".encode())
    return connection


def test_a_thousand_ranges_opened_at_once_and_left_cost_nobody_else_much(store: RunningStore) -> None:
    one, two = links(store, "mp3-320")
    size = int(httpx.head(store.url + one).headers["Content-Length"])
    with ExitStack() as opened:
        for number in range(1000):
            opened.enter_context(asked(store, one, f"{number * size // 1000}-"))
        began = time.monotonic()
        other = httpx.get(
            store.url + links(store, "mp3-192", person=2)[1], headers={"Range": "bytes=-1000"}, timeout=60
        )
        assert (other.status_code, len(other.content)) == (206, 1000)
        assert httpx.get(f"{store.url}/help", timeout=30).status_code == 200
        assert time.monotonic() - began < 30
    until(lambda: figure(store, "obbligato_downloads_open") == 0, what="the end of all")
    until(lambda: figure(store, "obbligato_encode_queue") == 0, what="an empty queue")
    assert httpx.get(store.url + two, timeout=60).status_code == 200


def test_a_thousand_pieces_of_forged_news_at_once_keep_no_visitor_out(store: RunningStore) -> None:
    said = b'{"id": "evt_1"}'
    head = f"POST /api/webhooks/sandbox HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(said)}\r\n"
    with ExitStack() as opened:
        flood = [
            opened.enter_context(socket.create_connection(("localhost", store.port), timeout=60)) for _ in range(1000)
        ]
        for connection in flood:
            connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + said)
        began = time.monotonic()
        assert [httpx.get(f"{store.url}/help", timeout=30).status_code for _ in range(10)] == [200] * 10
        assert time.monotonic() - began < 30
        assert {connection.recv(12) for connection in flood} == {b"HTTP/1.1 403"}


def test_who_leaves_while_it_is_encoded_takes_what_waits_with_her(store: RunningStore) -> None:
    for name in ("aac-256", "flac-l8", "mp3-v0", "opus-96", "mp3-256"):
        made = figure(store, "obbligato_encoded_parts_total")
        with ExitStack() as opened:
            for link in links(store, name):
                opened.enter_context(asked(store, link))
            until(lambda: figure(store, "obbligato_encoded_parts_total") > made, what="a beginning")  # noqa: B023
        until(lambda: figure(store, "obbligato_downloads_open") == 0, what="the end")
        until(lambda: figure(store, "obbligato_encode_queue") == 0, what="an empty queue")


def test_who_reads_a_byte_a_second_holds_a_connection_and_nothing_else(store: RunningStore) -> None:
    with ExitStack() as opened:
        slow = [opened.enter_context(asked(store, link)) for link in links(store, "wav")]
        for connection in slow:
            assert connection.recv(1)
        until(lambda: figure(store, "obbligato_encode_queue") == 0, what="an empty queue")
        time.sleep(1)
        assert figure(store, "obbligato_encode_queue") == 0
        assert figure(store, "obbligato_downloads_open") == len(slow)
        assert httpx.get(store.url + links(store, "mp3-96")[0], timeout=60).status_code == 200
    until(lambda: figure(store, "obbligato_downloads_open") == 0, what="the end")


@pytest.mark.parametrize("byte_range", ["9999999999-", "99999999999999999999999999-"])
def test_a_range_beyond_the_end_encodes_nothing(store: RunningStore, byte_range: str) -> None:
    until_quiet(store)
    before = figure(store, "obbligato_encode_asks_total")
    got = httpx.get(store.url + links(store, "mp3-64")[0], headers={"Range": f"bytes={byte_range}"})
    assert (got.status_code, got.headers["Content-Range"][:8]) == (416, "bytes */")
    assert figure(store, "obbligato_encode_asks_total") == before


def test_the_encoder_killed_in_the_middle_costs_a_reader_nothing(store: RunningStore) -> None:
    link = links(store, "mp3-160")[0]
    size = int(httpx.head(store.url + link).headers["Content-Length"])
    with httpx.stream("GET", store.url + link, timeout=60) as answer:
        pieces = answer.iter_raw(10_000)
        got = next(pieces)
        os.kill(encoder_of(store), 9)
        got += b"".join(pieces)
    assert len(got) == size
    assert httpx.get(store.url + link).content == got


def encoder_of(store: RunningStore) -> int:
    """The encoder process, which is a child of the store's worker."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"obbligato.encoding.process" in words and f"PORT={store.port}\0".encode() in environment:
            return int(folder.name)
    raise AssertionError("The store has no encoder process.")


def test_a_master_that_rots_is_refused_with_a_sentence_and_the_others_go_on(store: RunningStore) -> None:
    masters = sorted((store.folder / "masters").rglob("*.flac"))
    kept = {path: path.read_bytes() for path in masters}
    for path, content in kept.items():
        path.chmod(0o600)
        path.write_bytes(content[:50_000])
    try:
        got = httpx.get(store.url + links(store, "mp3-128")[0], headers={"Range": "bytes=-10"}, timeout=60)
        assert got.status_code == 409, got.text
        assert got.headers["Content-Type"] == "application/problem+json"
        assert got.json()["title"] == "The file cannot be decoded to its end."
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    whole = httpx.get(store.url + links(store, "mp3-128")[0], timeout=60)
    assert whole.status_code == 200
