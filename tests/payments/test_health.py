"""A rail that fails is left alone for a while, tried with a little, and trusted again when that went well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from obbligato.payments.health import FAILED, GOOD, UNKNOWN, Circuit, Health, admits, after, at, probed

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def fed(outcomes: str, health: Health | None = None, now: datetime = NOW) -> Health:
    health = health or Health()
    for outcome in outcomes:
        health = after(health, outcome, now)
    return health


@pytest.mark.parametrize(
    ("outcomes", "circuit"),
    [
        (GOOD * 20, Circuit.CLOSED),
        (FAILED * 4, Circuit.CLOSED),
        (FAILED * 5, Circuit.OPEN),
        (GOOD * 10 + FAILED * 9, Circuit.CLOSED),
        (GOOD * 10 + FAILED * 10, Circuit.OPEN),
        (UNKNOWN * 2, Circuit.CLOSED),
        (UNKNOWN * 3, Circuit.OPEN),
        ((GOOD + FAILED) * 4, Circuit.CLOSED),
        ((GOOD + FAILED) * 5, Circuit.OPEN),
        ((GOOD + GOOD + FAILED) * 20, Circuit.CLOSED),
    ],
)
def test_it_opens_when_half_of_what_is_remembered_failed_or_nothing_is_answered(outcomes: str, circuit: str) -> None:
    assert fed(outcomes).circuit == circuit


def test_each_opening_waits_twice_as_long_up_to_an_hour() -> None:
    health, now, pauses = fed(FAILED * 5), NOW, []
    for _ in range(9):
        pauses.append(int(health.pause.total_seconds()))
        assert at(health, now + health.pause - timedelta(seconds=1)).circuit == Circuit.OPEN
        now += health.pause
        assert at(health, now).circuit == Circuit.HALF_OPEN
        health = after(health, FAILED, now)
        assert health.circuit == Circuit.OPEN
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_five_good_probes_close_it_and_what_was_is_forgotten() -> None:
    now = NOW + timedelta(seconds=30)
    health = fed(GOOD * 4, fed(FAILED * 5), now)
    assert (health.circuit, health.good_probes) == (Circuit.HALF_OPEN, 4)
    assert after(health, GOOD, now) == Health()


def test_what_is_heard_while_it_is_open_changes_nothing_but_memory() -> None:
    health = fed(FAILED * 5)
    assert replace(fed(GOOD * 9, health), recent="") == health


def test_half_open_admits_two_in_a_hundred_and_one_in_ten_minutes() -> None:
    now = NOW + timedelta(seconds=30)
    health = probed(fed(FAILED * 5), now)
    assert [lot for lot in range(1000) if admits(health, now, draw_per_mille=lot)] == list(range(20))
    assert admits(health, now + timedelta(minutes=10), draw_per_mille=999)
    assert admits(fed(FAILED * 5), now, draw_per_mille=999)


def test_closed_admits_all_and_open_none() -> None:
    assert admits(Health(), NOW, draw_per_mille=999)
    assert not admits(fed(FAILED * 5), NOW, draw_per_mille=0)
    assert probed(Health(), NOW) == Health()
