"""Someone pulls the plug, or asks the store to stop: nothing is lost, nothing half-made is served."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.story.label import write_story_label
from tests.story.running import OBBLIGATO, RunningStore, a_stocked_store, a_store

pytestmark = pytest.mark.running
BUYERS = """
from django.contrib.auth import get_user_model
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
marketing = accounts.open_account("marketing", currency="EUR", kind=Account.Kind.MARKETING)
for name in ("one", "two", "three", "four"):
    person = get_user_model().objects.create_user(name, f"{name}@example.org", "a long password", country="FR")
    transfer(Move(f"gift:{name}", marketing, accounts.wallet_of(person.pk, "EUR"), 50_000_000, "credit"))
"""


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with a_stocked_store("story_plug") as running:
        running.command("shell", "-c", BUYERS)
        running.start()
        yield running


@pytest.fixture
def buyer(store: RunningStore, names: Iterator[str]) -> Iterator["Buyer"]:
    someone = Buyer(store, next(names))
    yield someone
    someone.client.close()


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    return iter(("one", "two", "three", "four"))


class Buyer:
    """A buyer who owns nothing yet, speaking to the API."""

    def __init__(self, store: RunningStore, name: str) -> None:
        self.client = httpx.Client(base_url=store.url, timeout=60)
        credentials = {"username": name, "password": "a long password"}
        token = self.client.post("/api/v1/tokens", json=credentials).raise_for_status().json()["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    def buy(self, release: str, format_name: str) -> dict[str, object]:
        """Buy a release and return the order."""
        quoted = self.client.get(f"/api/v1/releases/{release}/quote", params={"format": format_name}).json()
        order = {
            "items": [{"release": release, "format": format_name}],
            "expected_total": {"amount": quoted["price"]["amount"], "currency": "EUR"},
            "country": "FR",
            "key": f"{release}-{format_name}",
        }
        made = self.client.post("/api/v1/orders", json=order)
        assert made.status_code == 201, made.text
        return dict(made.json())

    def links(self, release: str, format_name: str) -> dict[str, object]:
        """The download links of an owned release, once they are ready."""
        for _ in range(300):
            found = self.client.get(f"/api/v1/library/{release}/downloads", params={"format": format_name})
            assert found.status_code == 200, found.text
            if found.json()["readiness"]["ready"]:
                return dict(found.json())
            time.sleep(0.1)
        raise AssertionError("The download was never ready.")


TRIO = "the-story-trio-gymnopedies-at-dusk"
MARIMBA = "lone-marimba-high-window"


def read_slowly(client: httpx.Client, url: str, stop_after: int) -> bytes:
    """The first bytes of a download, as a slow reader gets them, the connection then left open no longer."""
    got = b""
    with client.stream("GET", url) as answer:
        for piece in answer.iter_raw(16_384):
            got += piece
            if len(got) >= stop_after:
                break
    return got


def test_a_stopping_store_lets_a_download_resume(store: RunningStore, buyer: Buyer) -> None:
    buyer.buy(TRIO, "wav")
    url = str(buyer.links(TRIO, "wav")["zip"])
    head = buyer.client.head(url)
    size = int(head.headers["Content-Length"])
    with buyer.client.stream("GET", url) as answer:
        pieces = answer.iter_raw(65_536)
        got = next(pieces)
        took = store.stop()
        try:
            got += b"".join(pieces)
        except httpx.TransportError:
            pass
    assert took < 5
    store.start()
    rest = buyer.client.get(url, headers={"Range": f"bytes={len(got)}-", "If-Range": head.headers["ETag"]})
    whole = got + (rest.content if len(got) < size else b"")
    assert len(whole) == size
    again = buyer.client.get(url)
    assert hashlib.sha256(again.content).digest() == hashlib.sha256(whole).digest()


def test_a_plug_pulled_during_an_encode_leaves_nothing_half_made(store: RunningStore, buyer: Buyer) -> None:
    buyer.buy(TRIO, "mp3-320")
    track = buyer.links(TRIO, "mp3-320")["tracks"][1]  # type: ignore[index]
    size = int(buyer.client.head(track["url"]).headers["Content-Length"])
    read_slowly(buyer.client, track["url"], 20_000)
    store.kill()
    growing = store.folder / "essences" / "growing"
    left = set(growing.glob("*"))
    store.start()
    assert left
    assert not left & set(growing.glob("*"))
    whole = buyer.client.get(track["url"])
    assert len(whole.content) == size
    assert buyer.client.get(track["url"]).content == whole.content
    assert "true" in store.command("ledger", "audit")


def test_a_plug_pulled_while_orders_are_placed_leaves_true_books(store: RunningStore, buyer: Buyer) -> None:
    buyer.buy(MARIMBA, "mp3-128")
    order = {"items": [{"release": TRIO, "format": "mp3-128"}], "country": "FR"}
    quoted = buyer.client.get(f"/api/v1/releases/{TRIO}/quote", params={"format": "mp3-128"}).json()
    order |= {"expected_total": {"amount": quoted["price"]["amount"], "currency": "EUR"}, "key": "pulled"}
    code = (
        "import httpx, sys; c = httpx.Client(timeout=5)\n"
        f"c.post('{store.url}/api/v1/orders', json={order!r}, headers={{'Authorization': sys.argv[1]}})"
    )
    sent = subprocess.Popen([sys.executable, "-c", code, buyer.client.headers["Authorization"]], stderr=subprocess.PIPE)
    time.sleep(0.4)
    store.kill()
    sent.communicate()
    store.start()
    made = buyer.client.post("/api/v1/orders", json=order)
    assert made.status_code in {200, 201}
    assert made.json()["state"] == "paid"
    found = json.loads(store.command("ledger", "audit", "--json"))
    assert found["clean"]
    assert len(buyer.client.get("/api/v1/library").json()["items"]) == 2


def test_a_killed_import_leaves_no_half_done_release_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """It is killed at its first line, with another release to come."""
    label = write_story_label(tmp_path / "label")
    with a_store("story_import") as store:
        with subprocess.Popen(
            [*OBBLIGATO, "import", str(label)], env=store.environment, stdout=subprocess.PIPE
        ) as importing:
            assert importing.stdout is not None
            assert importing.stdout.readline()
            importing.kill()
        lines = store.command("import", str(label), "--json")
        assert "refused" not in lines
        found = json.loads(lines.splitlines()[-1])
        assert sum(found["summary"].values()) == 4
        assert {release["edition"] for release in found["releases"]} == {1}
        assert not list(store.folder.rglob("*.part"))
        assert store.command("import", str(label)).count("unchanged") >= 4
        quoted = json.loads(store.command("quote", TRIO, "--format", "wav", "--json"))
        assert [track["title"] for track in quoted["tracks"]] == ["Piece 1", "Piece 2"]


def test_a_download_link_refuses_what_is_not_its_own(buyer: Buyer) -> None:
    buyer.buy(MARIMBA, "mp3-128")
    url = str(buyer.links(MARIMBA, "mp3-128")["tracks"][0]["url"])  # type: ignore[index]
    forged = buyer.client.get(url.replace("/copies/", "/copies/x"))
    assert forged.status_code == 403
    assert forged.headers["Content-Type"] == "application/problem+json"
    beyond = buyer.client.get(url, headers={"Range": "bytes=99999999999-"})
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"].startswith("bytes */")
    known = buyer.client.get(url, headers={"If-None-Match": buyer.client.head(url).headers["ETag"]})
    assert known.status_code == 304
