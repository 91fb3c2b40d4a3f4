"""The public log as pages: numbers, entries, subjects and proofs, all without a script; and the files for programs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.transparency import appending, keys, reading, verify_log
from obbligato.transparency.announcing import announce
from obbligato.transparency.models import Checkpoint, Entry
from tests.transparency.making import a_log, announced

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def test_a_store_with_nothing_to_say_says_so(client: Client) -> None:
    page = text_of(client, "/transparency")
    assert "Nothing was logged in the last twelve months." in page
    assert "The log has no entry yet." in page
    assert "There are no entries here." in text_of(client, "/transparency/log")
    assert keys.verifier_key() is None, "a look makes no key"
    assert '<a href="/transparency">Transparency</a>' in page


def test_numbers_are_shown_as_a_picture_and_as_tables(client: Client) -> None:
    with clock.stopped(datetime(2026, 1, 31, tzinfo=UTC)):
        a_log(3)
        clock.advance(timedelta(days=300))
        announce("some.other", subject="order:O-1", facts={})
        appending.append_waiting()
        page = text_of(client, "/transparency")
    assert page.count("<rect") == 3
    assert "<title>January 2026, Notices: 2</title>" in page
    assert '<a href="/transparency/log?kind=some.other">some.other</a>' in page
    assert '<td>November 2026</td><td class="right number">1</td>' in page
    assert "The newest checkpoint signs 3 entries." in page
    assert str(keys.verifier_key()) in page.replace("&#x2B;", "+")


def test_the_log_is_turned_from_page_to_page_and_never_counted(client: Client) -> None:
    a_log(120)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        first = text_of(client, "/transparency/log")
    assert not [
        one for one in captured.captured_queries if "COUNT(" in one["sql"] and "transparency_entry" in one["sql"]
    ]
    assert "/transparency/log/119" in first
    assert "?after=70" in first
    last = text_of(client, "/transparency/log?after=20")
    assert "/transparency/log/0" in last
    assert ">Older<" not in last
    assert "/transparency/log/119" in text_of(client, "/transparency/log?after=nonsense")


def test_one_kind_is_a_register_of_its_own(client: Client) -> None:
    a_log(120)
    first = text_of(client, "/transparency/log?kind=decision.made")
    assert "/transparency/log/119" in first
    assert "/transparency/log/118" not in first
    assert "?after=21&amp;kind=decision.made" in first
    assert 'href="/transparency/log?kind=decision.made">Newest' in text_of(
        client, "/transparency/log?kind=decision.made&after=21"
    )
    assert "There are no entries here." in text_of(client, "/transparency/log?kind=nothing")


def test_a_subject_has_all_its_entries_in_the_order_of_time(client: Client) -> None:
    a_log(6)
    page = text_of(client, "/transparency/claim:C-2")
    assert page.index("/transparency/log/4") < page.index("/transparency/log/5")
    assert "/transparency/log/3" not in page
    assert "A notice about rights in music was received." in page
    assert "There are no entries here." in text_of(client, "/transparency/claim:C-2?after=5")
    assert "The log says nothing of this." in text_of(client, "/transparency/claim:C-9", 404)


def test_an_entry_shows_its_facts_and_gives_its_proof(client: Client) -> None:
    a_log(4)
    page = text_of(client, "/transparency/log/3")
    assert '<th scope="row">number</th><td>3</td>' in page
    assert "carol" not in page
    assert json.loads(bytes(Entry.objects.get(index=3).leaf))["personal"]["claimant"] in page
    proof = client.get("/transparency/log/3/proof.json")
    assert proof["Content-Disposition"] == 'attachment; filename="entry-3.json"'
    assert "entry 3 of 4" in verify_log.check_proof(proof.json(), str(keys.verifier_key()))
    for address in ("/transparency/log/4", "/transparency/log/" + "9" * 30, "/transparency/log/4/proof.json"):
        assert "The log has no such entry" in text_of(client, address, 404)


def test_an_entry_that_no_checkpoint_covers_yet_says_so(client: Client) -> None:
    announced(1)
    announce(
        "order.in_effect", subject="order:O-1", facts={"territories": ["DE", "AT"], "scope": {"x": [1]}, "from": "now"}
    )
    appending.append_waiting()
    page = text_of(client, "/transparency/log/1")
    assert "This entry is not under a checkpoint yet" in page
    assert "DE, AT" in page
    assert "{&quot;x&quot;: [1]}" in page
    assert client.get("/transparency/log/1/proof.json").status_code == 404


def test_programs_find_checkpoints_tiles_and_the_verifier(client: Client, tmp_path: Path) -> None:
    assert client.get("/transparency/log/checkpoint").status_code == 404
    a_log(3, 300)
    newest = client.get("/transparency/log/checkpoint")
    assert newest.content.decode() == Checkpoint.objects.get(size=300).note
    assert newest["Content-Type"] == "text/plain; charset=utf-8"
    assert client.get("/transparency/log/checkpoints/3").content.decode().split("\n")[1] == "3"
    assert client.get("/transparency/log/checkpoints/" + "9" * 30).status_code == 404
    grown = client.get("/transparency/log/checkpoints/3/consistency.json").json()
    assert "begins with the log of 3" in verify_log.check_consistency(grown, str(keys.verifier_key()))
    for name in ("0/000", "0/001.p/44", "1/000.p/1", "entries/000", "entries/001.p/44", "entries/001.p/2"):
        tile = client.get(f"/transparency/log/tile/{name}")
        (tmp_path / "tile" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tile" / name).write_bytes(tile.content)
        assert tile["Content-Type"] == "application/octet-stream"
        assert tile["Cache-Control"] == f"public, max-age={60 if '.p' in name else 31536000}, immutable"
    (tmp_path / "checkpoint").write_bytes(newest.content)
    assert "300 entries" in verify_log.check_export(tmp_path, str(keys.verifier_key()), [])
    for name in ("0/001", "0/001.p/45", "2/000.p/1", "9/000", "x"):
        assert client.get(f"/transparency/log/tile/{name}").status_code == 404
    assert client.get("/transparency/log/verify.py").content.startswith(b"#!/usr/bin/env python3")


def test_upkeep_appends_and_signs_what_was_announced(client: Client) -> None:
    announced(2)
    upkeep.round_of_upkeep()
    assert Checkpoint.objects.get().size == 2
    assert reading.newest().entries[0].index == 1
