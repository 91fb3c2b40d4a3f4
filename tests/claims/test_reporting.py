"""The figures of a year count what was done in it, noughts too, and name nobody."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client

from obbligato.claims import deciding, hearing, misuse, reporting
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from tests.claims.makers import about, complained, heard, large, reasons, recordings_of
from tests.claims.orders.makers import verified
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def numbers(year: int) -> dict[str, int]:
    return {one.what: one.number for one in reporting.figures_of(year)}


def test_a_year_in_which_nothing_happened_has_noughts_and_no_median() -> None:
    assert reporting.years() == [2026]
    assert set(numbers(2026).values()) == {0}
    assert not any(one.unit for one in reporting.figures_of(2026))
    for year in (2025, 2027):
        with pytest.raises(reporting.NoSuchYear):
            reporting.figures_of(year)


def test_notices_decisions_complaints_orders_and_warnings_are_counted_in_their_year() -> None:
    large()
    release = a_silent_release()
    verified(recordings_of(release))
    first = heard(about(release))
    deciding.act(first, "decline", by="dana", reason="The label showed its contract.")
    complained(first)
    deciding.act(first, "uphold", by="erin", reason="It did.")
    second = heard(about(release, work="Piece 2"))
    clock.advance(timedelta(days=1))
    deciding.restrict(second, reasons(), by="dana")
    misuse.warn("carol@example.org", gravity="Grave.", intent="Unknown.", by="dana")
    misuse.suspend("carol@example.org", days=30, gravity="Grave.", intent="Unknown.", by="dana")
    found = numbers(2026)
    counted = {
        "Orders received, issuer: Court": 1,
        "Orders that took effect": 1,
        "Notices received": 2,
        "Notices received, law: European Union, Regulation (EU) 2022/2065": 2,
        "Notices received, right: recording": 2,
        "Decisions: Decided: nothing is restricted": 1,
        "Decisions: Decided: restricted": 1,
        "Decisions: Decided for good": 1,
        "From a notice to the first decision about it, median": 7 * 24,
        "Statements of reasons, ground: illegal": 1,
        "Complaints received, from: claimant": 1,
        "Complaints decided: the decision stands": 1,
        "From a complaint to its decision, median": 7 * 24,
        "Suspensions for manifestly unfounded notices": 1,
        "Warnings for manifestly unfounded notices": 1,
    }
    assert {what: number for what, number in found.items() if number} == counted
    clock.advance(timedelta(days=60))
    hearing.complain(second, "It is licensed.", who=Who.SUPPLIER)
    assert reporting.years() == [2027, 2026]
    assert {what: number for what, number in numbers(2027).items() if number} == {
        "Complaints received, from: supplier": 1
    }
    assert numbers(2026) == found


def test_anyone_can_have_them_as_a_table_and_for_programs() -> None:
    about(a_silent_release())
    client = Client()
    assert "/transparency/figures/2026.csv" in client.get("/transparency").content.decode()
    rows = list(csv.reader(io.StringIO(client.get("/transparency/figures/2026.csv").content.decode())))
    assert rows[0] == ["article", "what", "number", "unit"]
    assert ["15(1)(b)", "Notices received", "1", ""] in rows
    said = json.loads(client.get("/transparency/figures/2026.json").content)
    assert (said["year"], said["until"], len(said["figures"])) == (2026, "2026-11-02", len(rows) - 1)
    assert "arol" not in json.dumps(said)
    assert client.get("/transparency/figures/1999.csv").status_code == 404
