"""No way through a law's table skips a period or a reason, and no table lets an allegation restrict."""

from datetime import UTC, datetime, timedelta

import pytest

from obbligato.claims.business_days import restoration_window
from obbligato.claims.regimes.choosing import REGIMES, regime_of, routing_note
from obbligato.claims.regimes.steps import LABELS, Change, Regime, State, Step, Who, months_after

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALL = sorted(REGIMES.values(), key=lambda one: one.name)


@pytest.fixture(params=ALL, ids=lambda one: one.name)
def regime(request: pytest.FixtureRequest) -> Regime:
    found: Regime = request.param
    return found


def ways(regime: Regime, state: State, seen: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    """Every way through the table that takes no step twice."""
    nexts = [one for one in regime.steps if one.source is state and one not in seen]
    return [seen, *(way for one in nexts for way in ways(regime, one.target, (*seen, one)))]


def test_no_way_restricts_or_lifts_without_a_reason_or_the_claimant_herself(regime: Regime) -> None:
    for step in regime.steps:
        if step.change is not Change.NOTHING:
            assert step.needs_reason or (step.who is Who.CLAIMANT and step.act == "retract")
        assert step.change is not Change.RESTRICT or step.who is Who.DESK


def test_every_way_to_a_restriction_passes_the_hearing_or_says_why_not() -> None:
    for way in ways(REGIMES["eu_dsa"], State.RECEIVED):
        if way and way[-1].change is Change.RESTRICT and way[-1].source is State.ASSESS:
            acts = {one.act for one in way}
            heard = {"answer", "end_hearing"} & acts
            assert heard or any(one.act == "skip_hearing" and one.needs_reason for one in way)


def test_what_a_claimant_complains_about_is_restricted_only_when_the_supplier_was_heard_of_that() -> None:
    steps = REGIMES["eu_dsa"].steps
    (complaint,) = (one for one in steps if one.act == "complain" and one.who is Who.CLAIMANT)
    leaving = [one for one in steps if one.source is complaint.target and one.target is not State.RETRACTED]
    assert {(one.act, one.target) for one in leaving} == {
        (act, State.COMPLAINED) for act in ("answer", "end_hearing", "skip_hearing")
    }
    assert all(one.needs_reason or one.who is Who.SUPPLIER or one.after_days == 7 for one in leaving)


def test_the_hearing_lasts_seven_days_unless_the_supplier_answers_or_a_person_says_why_not() -> None:
    leaving = [one for one in REGIMES["eu_dsa"].steps if one.source is State.HEARING and one.who is not Who.CLAIMANT]
    for one in leaving:
        assert one.who is Who.SUPPLIER or one.needs_reason or one.opens_at(NOW) == NOW + timedelta(days=7)


def test_what_is_countered_comes_back_in_its_window_or_waits_for_a_court() -> None:
    leaving = [one for one in REGIMES["us_512"].steps if one.source is State.COUNTERED]
    assert {(one.act, one.who) for one in leaving} == {
        ("restore", Who.CLOCK), ("tell_of_court", Who.CLAIMANT), ("retract", Who.CLAIMANT)
    }  # fmt: skip
    window, restored = restoration_window(NOW), next(one for one in leaving if one.act == "restore")
    assert window.opens_at <= restored.opens_at(NOW) < window.closes_at


def test_what_is_missing_can_be_added_for_ten_days(regime: Regime) -> None:
    refusing = [one for one in regime.steps if one.source is State.INCOMPLETE and one.target is State.REFUSED]
    assert {one.opens_at(NOW) for one in refusing} == {NOW + timedelta(days=10)}
    assert all(one.needs_reason for one in refusing)


def test_a_complaint_can_be_made_for_six_months_and_ends_with_a_reason() -> None:
    steps = REGIMES["eu_dsa"].steps
    made = [one for one in steps if one.act == "complain"]
    assert {one.closes_at(NOW) for one in made} == {datetime(2026, 9, 2, 12, tzinfo=UTC)}
    assert all(one.needs_reason for one in steps if one.source is State.COMPLAINED and one.who is Who.DESK)


def test_each_state_of_a_table_can_be_reached_and_has_a_name(regime: Regime) -> None:
    reached = {State.RECEIVED, *(one.target for one in regime.steps)}
    assert {one.source for one in regime.steps} <= reached
    assert reached <= set(LABELS)
    assert regime.disputed <= reached
    assert regime.first in reached


def test_nothing_of_a_step_is_open_before_or_after_its_time() -> None:
    regime = REGIMES["eu_dsa"]
    early = regime.open_to(State.HEARING, Who.CLOCK, since=NOW, now=NOW + timedelta(days=6))
    late = regime.open_to(State.NO_ACTION, Who.CLAIMANT, since=NOW, now=NOW + timedelta(days=200))
    on_time = regime.open_to(State.NO_ACTION, Who.CLAIMANT, since=NOW, now=NOW + timedelta(days=180))
    assert (early, late, [one.act for one in on_time]) == ([], [], ["complain"])


def test_six_months_after_the_end_of_august_is_the_end_of_february() -> None:
    assert months_after(datetime(2027, 8, 31, tzinfo=UTC), 6) == datetime(2028, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("is_hosted", "seat", "agent", "asks", "name"),
    [
        (True, "FR", False, False, "eu_dsa"),
        (True, "FR", True, True, "us_512"),
        (True, "FR", False, True, "eu_dsa"),
        (True, "US", True, False, "us_512"),
        (True, "US", False, False, "court_only"),
        (True, "GB", False, False, "eu_dsa"),
        (False, "US", True, True, "court_only"),
        (False, "FR", True, False, "court_only"),
    ],
)
def test_the_law_follows_from_who_supplied_it_and_where_the_store_sits(
    is_hosted: bool, seat: str, agent: bool, asks: bool, name: str
) -> None:
    assert regime_of(is_hosted=is_hosted, seat=seat, has_us_agent=agent, asks_for_us=asks).name == name


def test_a_notice_under_another_law_is_told_why() -> None:
    assert "sold by the store itself" in routing_note(REGIMES["court_only"], is_hosted=False, asks_for_us=True)
    assert "no designated agent" in routing_note(REGIMES["eu_dsa"], is_hosted=True, asks_for_us=True)
    assert routing_note(REGIMES["us_512"], is_hosted=True, asks_for_us=True) == ""
