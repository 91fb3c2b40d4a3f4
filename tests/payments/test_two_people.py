"""Whose word is enough: a small sum's, as long as the day's are few; the rest waits for somebody else's."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import attempts, crediting, registry, top_ups
from obbligato.payments.models import Attempt, Credit, SoleDecision
from obbligato.payments.two_people import SecondPersonNeeded, may_alone
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.fakes import Saying, captured

pytestmark = pytest.mark.django_db
State = Attempt.State


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO, settings.TWO_PERSON_DAY_LIMIT_MICRO = 10 * MICRO, 25 * MICRO


def may(amount: int, *, by: str = "dana", currency: str = "EUR") -> bool:
    return may_alone(by, amount * MICRO, currency, reference="test")


def test_a_large_sum_cannot_be_split_into_small_ones() -> None:
    assert [may(10), may(10), may(10), may(5), may(1)] == [True, True, False, True, False]


def test_what_takes_two_people_does_not_count() -> None:
    assert [may(11), may(11), may(11), may(10)] == [False, False, False, True]


def test_each_person_each_currency_and_each_day_count_for_themselves() -> None:
    with clock.stopped(clock.now()):
        assert [may(10), may(10), may(10)] == [True, True, False]
        assert may(10, by="erin")
        assert may(10, currency="USD")
        clock.advance(timedelta(hours=23, minutes=59))
        assert not may(10)
        clock.advance(timedelta(minutes=1))
        assert may(10)


def test_an_operator_with_an_account_is_counted_in_turn() -> None:
    person = alice()
    assert [may(10, by=person.get_username()) for _ in range(3)] == [True, True, False]


def test_credits_of_a_day_add_up() -> None:
    person = alice()
    states = [
        crediting.give(
            person, amount_micro=9 * MICRO, currency="EUR", kind=Credit.Kind.CASH, key=key, by="dana", reason="Receipt"
        ).state
        for key in ("one", "two", "two", "three")
    ]
    assert states == ["given", "given", "given", "proposed"]
    assert wallets.balance(person, "EUR") == 18 * MICRO
    assert list(SoleDecision.objects.values_list("amount_micro", flat=True)) == [9 * MICRO] * 2
    assert str(SoleDecision.objects.first()).startswith("dana: €9.00, credit:")


def mismatched(micro: int) -> Attempt:
    with registry.instead(Saying("a", captured(1))):
        attempt = top_ups.start(alice(), amount_micro=2 * MICRO, currency="EUR", key="k", return_url="/")
    assert attempt.state == State.MISMATCH
    Attempt.objects.filter(pk=attempt.pk).update(reported_micro=micro)
    attempt.refresh_from_db()
    return attempt


def test_another_amount_than_asked_for_is_accepted_by_two_where_it_is_large() -> None:
    attempt = mismatched(11 * MICRO)
    waiting = attempts.accept_mismatch(attempt, by="dana")
    assert (waiting.state, waiting.proposal, waiting.proposed_by) == (State.MISMATCH, "€11.00", "dana")
    assert wallets.balance(attempt.person, "EUR") == 0
    with pytest.raises(SecondPersonNeeded):
        attempts.accept_mismatch(attempt, by="dana")
    accepted = attempts.accept_mismatch(attempt, by="erin")
    assert (accepted.state, accepted.accepted_by) == (State.SUCCEEDED, "erin")
    assert wallets.balance(attempt.person, "EUR") == 11 * MICRO
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.update(accepted_by="dana")


def test_what_one_agreed_to_is_not_what_the_other_sees_when_more_came_meanwhile() -> None:
    attempt = mismatched(11 * MICRO)
    attempts.accept_mismatch(attempt, by="dana")
    Attempt.objects.update(reported_micro=500 * MICRO)
    waiting = attempts.accept_mismatch(attempt, by="erin")
    assert (waiting.state, waiting.proposal, waiting.proposed_by) == (State.MISMATCH, "€500.00", "erin")


def test_a_small_other_amount_takes_one_person() -> None:
    accepted = attempts.accept_mismatch(mismatched(3 * MICRO), by="dana")
    assert (accepted.state, accepted.accepted_by, accepted.proposed_by) == (State.SUCCEEDED, "dana", "")
