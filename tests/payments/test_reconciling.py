"""What a company holds by its own word is compared with the books; a difference has an age until it is explained."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import reconciling, refunds, registry, sandbox_desk, top_ups
from obbligato.payments.contract import NoAnswer, RefundFact
from obbligato.payments.models import Attempt
from obbligato.payments.reconciliation.models import Comparison, Difference
from obbligato.payments.reconciling import Booking
from tests.makers import alice
from tests.payments.fakes import Saying, captured

pytestmark = pytest.mark.django_db
State = Difference.State


class Holding(Saying):
    """It says what it holds."""

    def __init__(self, name: str = "a") -> None:
        super().__init__(name, captured(50))
        self.held: int | None = 50 * MICRO
        self.is_mute = False

    def balance(self, currency: str) -> int | None:
        if self.is_mute:
            raise NoAnswer
        return self.held


@pytest.fixture
def rail() -> Iterator[Holding]:
    rail = Holding()
    with registry.instead(rail), clock.stopped(clock.now()):
        yield rail


def paid() -> Attempt:
    return top_ups.start(alice(), amount_micro=50 * MICRO, currency="EUR", key="k", return_url="/")


def test_where_both_say_the_same_there_is_no_difference(rail: Holding) -> None:
    paid()
    [one] = reconciling.reconcile()
    assert (one.provider, one.currency, one.theirs_micro, one.ours_micro) == ("a", "EUR", 50 * MICRO, 50 * MICRO)
    assert one.difference is None
    assert str(Comparison.objects.get()).startswith("a (EUR), 20")


def test_a_difference_is_one_row_that_grows_old_and_goes(rail: Holding) -> None:
    paid()
    rail.held = 49 * MICRO
    reconciling.reconcile()
    clock.advance(timedelta(days=3))
    rail.held = 48 * MICRO
    [one] = reconciling.reconcile()
    assert one.difference is not None
    assert (one.difference.amount_micro, one.difference.age_days) == (-2 * MICRO, 3)
    assert str(one.difference).startswith("a (EUR), since 20")
    rail.held = 50 * MICRO
    clock.advance(timedelta(days=1))
    assert reconciling.reconcile()[0].difference is None
    clock.advance(timedelta(days=9))
    gone = Difference.objects.get()
    assert (gone.state, gone.age_days) == (State.GONE, 4)


def test_a_difference_that_was_explained_is_not_shown_again_but_another_is(rail: Holding) -> None:
    paid()
    rail.held = 49 * MICRO
    [one] = reconciling.reconcile()
    assert one.difference is not None
    for reason in ("", "  "):
        with pytest.raises(reconciling.NoReason):
            reconciling.explain(one.difference, by="dana", reason=reason)
    explained = reconciling.explain(one.difference, by="dana", reason="Fees of November")
    assert (explained.state, explained.closed_by, explained.reason) == (State.EXPLAINED, "dana", "Fees of November")
    with pytest.raises(reconciling.NoReason):
        reconciling.explain(one.difference, by="erin", reason="Again")
    assert reconciling.reconcile()[0].difference is None
    rail.held = 40 * MICRO
    [other] = reconciling.reconcile()
    assert other.difference is not None
    assert other.difference.pk != explained.pk


def test_a_refund_on_its_way_may_be_gone_already_or_not_yet(rail: Holding) -> None:
    attempt = paid()
    rail.refund_fact = RefundFact("dispatched", "re_1")
    refunds.ask(attempt, amount_micro=20 * MICRO, key="r", by="alice")
    for held in (50, 30):
        rail.held = held * MICRO
        assert reconciling.reconcile()[0].difference is None
    rail.held = 29 * MICRO
    assert reconciling.reconcile()[0].difference is not None


def test_who_does_not_answer_proves_nothing(rail: Holding) -> None:
    paid()
    rail.is_mute = True
    [one] = reconciling.reconcile()
    assert (one.theirs_micro, one.difference, Difference.objects.count()) == (None, None, 0)


def test_it_happens_once_a_day_by_itself(rail: Holding) -> None:
    for _ in range(3):
        upkeep.round_of_upkeep()
    assert Comparison.objects.count() == 1
    clock.advance(timedelta(days=1))
    upkeep.round_of_upkeep()
    assert Comparison.objects.count() == 2
    with registry.instead(Saying("b", captured())):
        clock.advance(timedelta(days=1))
        assert reconciling.daily() == []


def test_the_database_keeps_one_open_difference_and_no_unexplained_explanation(rail: Holding) -> None:
    values = {"provider": "a", "currency": "EUR", "theirs_micro": 1, "ours_micro": 2}
    Difference.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Difference.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Difference.objects.update(state=State.EXPLAINED)


def output(*words: str) -> tuple[str, int]:
    text, status = io.StringIO(), 0
    try:
        call_command("reconcile", *words, stdout=text)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return text.getvalue(), status


def test_the_command_says_it_and_ends_with_one_where_they_differ(rail: Holding) -> None:
    paid()
    assert output()[1] == 0
    rail.held = 49 * MICRO
    said, status = output()
    assert "€49.00   ours         €50.00   DIFFERENCE -€1.00, 0 days old" in said
    assert status == 1
    assert json.loads(output("--json")[0])[0]["difference_micro"] == -MICRO
    rail.is_mute = True
    assert "no word" in output()[0]
    with registry.instead(Saying("b", captured())):
        assert output() == ("No rail says what its company holds.\n", 0)


def test_the_sandbox_holds_what_it_took_and_has_not_sent_back() -> None:
    person = alice()
    for key, outcome in (("k", "approve"), ("l", "decline")):
        attempt = top_ups.start(
            person, provider="sandbox", amount_micro=12 * MICRO, currency="EUR", key=key, return_url="/"
        )
        sandbox_desk.decide(attempt.provider_reference, outcome)
        upkeep.attempts.refresh(attempt)
    captured_one = Attempt.objects.get(state="succeeded")
    refunds.ask(captured_one, amount_micro=5 * MICRO, key="r", by="alice")
    [one] = reconciling.reconcile()
    assert (one.theirs_micro, one.ours_micro, one.difference) == (7 * MICRO, 7 * MICRO, None)


@pytest.mark.parametrize(("held", "booking"), [(10, Booking.PAYOUT), (49, Booking.FEES), (51, Booking.FEES)])
def test_what_is_booked_makes_both_agree_whichever_holds_more(rail: Holding, held: int, booking: Booking) -> None:
    paid()
    rail.held = held * MICRO
    [one] = reconciling.reconcile()
    assert one.difference is not None
    with pytest.raises(reconciling.NoReason):
        reconciling.book(one.difference, booking, by="dana", reason=" ")
    assert reconciling.book(one.difference, booking, by="dana", reason="November").state == State.BOOKED
    with pytest.raises(reconciling.NoReason):
        reconciling.book(one.difference, booking, by="dana", reason="November")
    [after] = reconciling.reconcile()
    assert (after.difference, after.ours_micro) == (None, held * MICRO)
    assert audit().is_clean
