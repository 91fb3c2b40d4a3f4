"""A payment fills a wallet once, whatever is clicked twice, said twice or said in the wrong order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import KeyUsedOtherwise, Missing
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, registry, sandbox_desk, top_ups
from obbligato.payments.contract import Fact
from obbligato.payments.models import Attempt, Intent
from obbligato.people.models import Person
from obbligato.people.throttle import TooManyAttempts
from obbligato.sales import wallets
from tests.makers import alice, bob
from tests.meanwhile import meanwhile
from tests.payments.fakes import Silent, Unreachable

State = Attempt.State


def begin(person: Person, *, key: str = "k", euros: int = 5) -> Attempt:
    return top_ups.start(
        person,
        provider="sandbox",
        amount_micro=euros * MICRO,
        currency="EUR",
        key=key,
        return_url="/wallet/top-ups/{number}",
    )


def an_intent(person: Person) -> Intent:
    number = f"i{Intent.objects.count()}"
    return Intent.objects.create(number=number, key=number, person=person, amount_micro=MICRO, currency="EUR")


@pytest.mark.django_db
class TestTopUp:
    def test_an_approved_payment_fills_the_wallet(self) -> None:
        person = alice()
        attempt = begin(person)
        assert attempt.state == State.ACTION_REQUIRED
        charge = sandbox_desk.decide(attempt.provider_reference, "approve")
        assert charge.return_url == f"/wallet/top-ups/{attempt.number}"
        assert attempts.refresh(attempt).state == State.SUCCEEDED
        assert wallets.balance(person, "EUR") == 5 * MICRO
        assert audit().is_clean

    def test_a_declined_payment_changes_nothing(self) -> None:
        person = alice()
        attempt = begin(person)
        sandbox_desk.decide(attempt.provider_reference, "decline")
        refreshed = attempts.refresh(attempt)
        assert (refreshed.state, refreshed.reason) == (State.DECLINED, "The card was declined.")
        assert wallets.balance(person, "EUR") == 0

    @pytest.mark.parametrize(
        ("outcome", "state"), [("challenge_passed", State.SUCCEEDED), ("challenge_failed", State.DECLINED)]
    )
    def test_a_challenge_decides(self, outcome: str, state: str) -> None:
        attempt = begin(alice())
        sandbox_desk.decide(attempt.provider_reference, "challenge")
        assert attempts.refresh(attempt).state == State.ACTION_REQUIRED
        sandbox_desk.decide(attempt.provider_reference, outcome)
        assert attempts.refresh(attempt).state == state

    def test_a_delayed_payment_arrives_later(self) -> None:
        person = alice()
        with clock.stopped(clock.now()):
            attempt = begin(person)
            sandbox_desk.decide(attempt.provider_reference, "delay")
            assert attempts.refresh(attempt).is_open
            clock.advance(timedelta(seconds=30))
            assert [one.state for one in attempts.refresh_open(person)] == [State.SUCCEEDED]
        assert wallets.balance(person, "EUR") == 5 * MICRO

    def test_a_decision_on_the_sandbox_page_is_final(self) -> None:
        attempt = begin(alice())
        sandbox_desk.decide(attempt.provider_reference, "decline")
        sandbox_desk.decide(attempt.provider_reference, "approve")
        assert attempts.refresh(attempt).state == State.DECLINED

    def test_a_double_click_is_one_attempt(self) -> None:
        person = alice()
        assert begin(person).pk == begin(person).pk
        assert Attempt.objects.count() == 1

    def test_the_return_page_opened_twice_fills_the_wallet_once(self) -> None:
        person = alice()
        attempt = begin(person)
        sandbox_desk.decide(attempt.provider_reference, "approve")
        for _ in range(3):
            attempts.refresh(Attempt.objects.get(pk=attempt.pk))
        stale = Attempt.objects.get(pk=attempt.pk)
        stale.state = State.ACTION_REQUIRED  # As another tab read it a moment before.
        attempts.refresh(stale)
        assert wallets.balance(person, "EUR") == 5 * MICRO

    def test_a_page_that_is_looked_at_for_long_makes_no_pause_longer(self) -> None:
        with clock.stopped(clock.now()):
            attempt = begin(alice())
            clock.advance(timedelta(seconds=4))
            for _ in range(50):
                attempts.refresh(Attempt.objects.get(pk=attempt.pk))
            assert attempts.due_for_asking(9) == []
            clock.advance(timedelta(seconds=1))
            assert attempts.due_for_asking(9) == [attempt]
            attempts.refresh(Attempt.objects.get(pk=attempt.pk))
            assert attempts.due_for_asking(9) == []

    def test_a_crash_before_the_request_is_healed_by_asking(self) -> None:
        attempt = begin(alice())
        Attempt.objects.filter(pk=attempt.pk).update(state=State.DISPATCHED, provider_reference="", next_url="")
        healed = attempts.refresh(Attempt.objects.get(pk=attempt.pk))
        assert (healed.state, healed.provider_reference) == (State.ACTION_REQUIRED, attempt.provider_reference)

    def test_a_request_that_never_arrived_is_known_as_such(self) -> None:
        person = alice()
        lost = Attempt.objects.create(
            number="n", key="lost", intent=an_intent(person), person=person, provider="sandbox", amount_micro=MICRO,
            currency="EUR", state=State.DISPATCHED, dispatched_at=clock.now() - timedelta(days=1),
        )  # fmt: skip
        assert attempts.refresh(lost).state == State.NOT_SENT

    def test_an_unknown_way_of_paying_is_refused(self) -> None:
        with pytest.raises(top_ups.NoSuchMethod):
            top_ups.start(alice(), amount_micro=5_000_000, currency="EUR", key="k", return_url="/", method="shells")
        assert not Attempt.objects.exists()

    def test_another_amount_than_asked_is_set_aside(self) -> None:
        person = alice()
        attempt = begin(person)
        noted = attempts.note_fact(attempt, Fact(State.SUCCEEDED, attempt.provider_reference, 10_000, "USD"))
        assert noted.state == State.MISMATCH
        assert wallets.balance(person, "EUR") == 0

    @pytest.mark.parametrize("amount_micro", [0, -MICRO, 1, 10**12, 5 * MICRO + 1])
    def test_a_senseless_amount_is_refused(self, amount_micro: int) -> None:
        with pytest.raises(top_ups.BadTopUp):
            top_ups.start(
                alice(), provider="sandbox", amount_micro=amount_micro, currency="EUR", key="k", return_url="/"
            )
        assert not Attempt.objects.exists()

    def test_an_unknown_provider_is_refused(self) -> None:
        with pytest.raises(registry.NoSuchProvider):
            top_ups.start(alice(), provider="x", amount_micro=MICRO, currency="EUR", key="k", return_url="/")

    def test_without_a_sandbox_there_is_none(self, settings: Any) -> None:
        settings.SANDBOX = False
        assert registry.providers() == []
        with pytest.raises(Missing):
            sandbox_desk.charge("sbx_1")

    def test_another_buyers_payment_is_missing(self) -> None:
        attempt = begin(alice())
        with pytest.raises(Missing):
            top_ups.attempt_of(bob(), attempt.number)
        assert top_ups.attempt_of(attempt.person, attempt.number).pk == attempt.pk

    def test_many_attempts_in_a_row_are_slowed_down(self) -> None:
        person = alice()
        for number in range(20):
            begin(person, key=str(number))
        with pytest.raises(TooManyAttempts):
            begin(person, key="one more")


FACTS = st.lists(
    st.sampled_from([State.NOT_SENT, State.ACTION_REQUIRED, State.DECLINED, State.EXPIRED, State.SUCCEEDED]),
    min_size=1,
    max_size=5,
)


class TestFacts(TestCase):
    @hypothesis_settings(max_examples=40, deadline=None)
    @given(FACTS)
    def test_any_order_of_the_same_facts_ends_in_the_same_money(self, said: list[str]) -> None:
        person = Person.objects.create_user(f"p{Person.objects.count()}")
        balances = set()
        for number, order in enumerate(list(permutations(said))[:6]):
            cache.clear()  # The limit on attempts is not what this is about.
            before = wallets.balance(person, "EUR")
            attempt = begin(person, key=f"{person.pk}-{number}")
            for state in order:
                attempt = attempts.note_fact(attempt, Fact(state, attempt.provider_reference, 5 * MICRO, "EUR"))
            balances.add(wallets.balance(person, "EUR") - before)
        assert balances == {5 * MICRO if State.SUCCEEDED in said else 0}


@pytest.mark.django_db
class TestAskingAgain:
    def test_those_that_wait_longest_come_first(self) -> None:
        person = alice()
        with clock.stopped(clock.now()):
            first = begin(person, key="first")
            clock.advance(timedelta(seconds=1))
            second = begin(person, key="second")
            clock.advance(timedelta(minutes=1))
            assert [one.pk for one in attempts.due_for_asking(9)] == [first.pk, second.pk]
            attempts.refresh(first)
            assert [one.pk for one in attempts.due_for_asking(9)] == [second.pk]
            assert [one.pk for one in attempts.due_for_asking(0)] == []

    def test_the_longer_a_doubt_lasts_the_rarer_it_is_asked_about_and_never_not_at_all(self) -> None:
        with clock.stopped(clock.now()), registry.also(Silent(answers_after=99)):
            attempt = top_ups.start(
                alice(), provider="silent", amount_micro=MICRO, currency="EUR", key="k", return_url="/"
            )
            pauses = []
            for _ in range(16):
                assert attempt.ask_next_at is not None
                pauses.append(int((attempt.ask_next_at - clock.now()).total_seconds()))
                clock.advance(attempt.ask_next_at - clock.now())
                assert attempts.due_for_asking(9) == [attempt]
                attempt = attempts.refresh(attempt)
            assert pauses == [5, 5, 30, 120, 600, 3_600, 21_600, *[86_400] * 7, 604_800, 604_800]

    def test_the_buyers_own_page_asks_at_once_again(self) -> None:
        person = alice()
        with clock.stopped(clock.now()):
            attempt = begin(person)
            assert attempts.refresh(attempt).is_open
            assert attempts.due_for_asking(9) == []
            sandbox_desk.decide(attempt.provider_reference, "approve")
            assert [one.state for one in attempts.refresh_open(person)] == [State.SUCCEEDED]

    @pytest.mark.parametrize("outcome", ["", "challenge"])
    def test_what_the_payer_left_undecided_for_an_hour_expires(self, outcome: str) -> None:
        with clock.stopped(clock.now()):
            attempt = begin(alice())
            sandbox_desk.decide(attempt.provider_reference, outcome)
            clock.advance(timedelta(hours=1))
            assert attempts.refresh(attempt).is_open
            clock.advance(timedelta(seconds=1))
            expired = attempts.refresh(attempt)
            assert (expired.state, expired.is_open) == (State.EXPIRED, False)
            assert sandbox_desk.decide(attempt.provider_reference, "approve").state == "expired"


@pytest.mark.django_db
class TestTrouble:
    def begin_at(self, person: Person, provider: str) -> Attempt:
        return top_ups.start(person, provider=provider, amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")

    def test_a_provider_that_cannot_be_reached_was_never_asked(self) -> None:
        with registry.also(Unreachable()):
            attempt = self.begin_at(alice(), "unreachable")
        assert (attempt.state, attempt.reason) == (State.NOT_SENT, "The provider could not be reached.")

    def test_a_silent_provider_is_asked_until_it_answers(self) -> None:
        person = alice()
        with registry.also(Silent(answers_after=1)):
            attempt = self.begin_at(person, "silent")
            assert attempt.state == State.UNKNOWN
            assert attempts.refresh(attempt).state == State.UNKNOWN
            assert attempts.refresh(attempt).state == State.SUCCEEDED
        assert wallets.balance(person, "EUR") == 5 * MICRO

    def test_the_same_key_for_another_amount_is_refused(self) -> None:
        person = alice()
        begin(person, euros=5)
        with pytest.raises(KeyUsedOtherwise, match=r"€5\.00"):
            begin(person, euros=6)

    def test_two_clicks_at_the_same_moment_are_one_attempt(self, open_books: None) -> None:
        person = alice()
        with ThreadPoolExecutor(8) as clicks:
            numbers = set(clicks.map(lambda _: self.clicked(person), range(16)))
        assert len(numbers) == 1

    def test_a_click_that_comes_while_the_rail_is_chosen_is_the_same_attempt(self, open_books: None) -> None:
        person = alice()
        other: list[str] = []
        with meanwhile(lambda: other.append(begin(person).number), after='INSERT INTO "payments_decision"'):
            attempt = begin(person)
        assert other == [attempt.number]
        assert Attempt.objects.count() == 1

    @staticmethod
    def clicked(person: Person) -> str:
        try:
            return begin(person).number
        finally:
            connection.close()

    def test_a_provider_no_longer_offered_leaves_the_attempt_as_it_is(self, settings: Any) -> None:
        person = alice()
        attempt = begin(person)
        sandbox_desk.decide(attempt.provider_reference, "approve")
        settings.SANDBOX = False
        assert [one.state for one in attempts.refresh_open(person)] == [State.ACTION_REQUIRED]
        settings.SANDBOX = True
        assert [one.state for one in attempts.refresh_open(person)] == [State.SUCCEEDED]

    def test_rows_say_what_they_are(self) -> None:
        attempt = begin(alice())
        assert str(attempt) == f"{attempt.number}: €5.00 by sandbox"
        assert str(sandbox_desk.charge(attempt.provider_reference)).endswith("(open)")
        with pytest.raises(Missing):
            sandbox_desk.decide("sbx_nothing", "approve")
