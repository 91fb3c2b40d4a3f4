"""What was decided ends: opened again with a reason, by itself when its time is over, or with the shares given away."""

from datetime import timedelta

import pytest

from obbligato.claims import deciding, due, hearing, stepping, strikes
from obbligato.claims.orders import ending
from obbligato.kernel import clock
from tests.claims.makers import (
    COUNTER,
    about,
    awarded,
    closed,
    complained,
    fresh,
    heard,
    in_escrow,
    in_the_us,
    large,
    reasons,
    recordings_of,
)
from tests.claims.orders.makers import verified
from tests.makers import alice
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def test_a_claimant_whose_complaint_was_right_can_be_given_the_shares() -> None:
    large()
    release = a_silent_release()
    claim = heard(about(release))
    deciding.set_standing(claim, "proven", by="dana", reason="A registration.")
    deciding.act(claim, "decline", by="dana", reason="The label showed its contract.")
    complained(claim)
    deciding.restrict(claim, reasons(territories=("DE",)), by="erin")
    a_paid_order(alice("10"), release)
    assert in_escrow() > 0
    awarded(claim)
    assert in_escrow() == 0


def test_what_was_closed_in_error_is_opened_with_a_reason_also_by_a_small_store() -> None:
    claim = heard(about(a_silent_release()))
    deciding.restrict(claim, reasons(), by="dana")
    with pytest.raises(stepping.ReasonMissing):
        deciding.act(claim, "restore", by="dana", reason=" ")
    deciding.act(claim, "restore", by="dana", reason="The supplier has shown her licence meanwhile.")
    assert (fresh(claim).state, closed(claim), in_escrow()) == ("restored", False, 0)


def test_who_decided_first_does_not_undo_what_came_of_a_complaint() -> None:
    large()
    claim = heard(about(a_silent_release()))
    deciding.act(claim, "decline", by="dana", reason="The label showed its contract.")
    complained(claim)
    deciding.restrict(claim, reasons(), by="erin")
    with pytest.raises(deciding.SamePerson):
        deciding.act(claim, "restore", by="dana", reason="I said so.")
    assert closed(claim)
    deciding.act(claim, "restore", by="erin", reason="A court has decided for the supplier.")
    assert not closed(claim)


def test_what_was_never_closed_is_not_put_back() -> None:
    large()
    claim = heard(about(a_silent_release()))
    deciding.act(claim, "decline", by="dana", reason="No.")
    complained(claim)
    deciding.act(claim, "uphold", by="erin", reason="No.")
    with pytest.raises(stepping.NotPossibleNow, match="Nothing is closed"):
        deciding.act(claim, "restore", by="erin", reason="x")


def test_a_decision_for_a_time_ends_by_itself_and_lets_the_shares_go() -> None:
    release = a_silent_release()
    a_paid_order(alice("10"), release)
    claim = heard(about(release))
    ends = clock.now() + timedelta(days=30)
    statement = deciding.restrict(claim, reasons(ends_at=ends), by="dana")
    assert in_escrow() > 0
    clock.advance(timedelta(days=30))
    statement.refresh_from_db()
    assert (closed(claim), statement.is_in_effect) == (False, False)
    clock.advance(timedelta(hours=1))
    assert (due.end_due(10), due.end_due(10)) == (1, 0)
    statement.refresh_from_db()
    assert (statement.lifted_at, statement.lifted_by, in_escrow()) == (ends, "the store", 0)


def test_what_a_court_had_ordered_is_put_back_when_that_is_over() -> None:
    in_the_us()
    release = a_silent_release()
    claim = about(release, asks_for_us=True)
    deciding.restrict(claim, reasons(), by="dana")
    hearing.counter(claim, COUNTER)
    hearing.tell_of_court(claim, court="District Court", case="1:26-cv-1")
    ending.end_by(claim, verified(recordings_of(release)).order.number, by="dana", reason="It was for her.")
    assert closed(claim)
    deciding.act(claim, "restore", by="dana", reason="Reversed on appeal.")
    assert (fresh(claim).state, closed(claim), strikes.counting(fresh(claim).label)) == ("restored", False, 0)
    assert closed(claim, "DE")  # By the order, until its own lifting.


def test_what_somebody_opened_a_moment_before_its_time_was_over_has_ended_already() -> None:
    claim = heard(about(a_silent_release()))
    seen = deciding.restrict(claim, reasons(ends_at=clock.now() + timedelta(days=3)), by="dana")
    deciding.act(claim, "restore", by="dana", reason="It was another song.")
    assert not due._ended(seen)
