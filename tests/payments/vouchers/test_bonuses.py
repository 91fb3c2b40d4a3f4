"""A bonus comes with a payment, goes back with it, and never becomes anything but music."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.ledger.transfers import NotEnoughMoney
from obbligato.payments import attempts, disputes, refunds, registry, top_ups
from obbligato.payments.contract import DisputeFact, Fact, RefundFact
from obbligato.payments.models import Attempt, Refund
from obbligato.payments.vouchers import bonuses
from obbligato.payments.vouchers.models import BonusTier
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.fakes import Saying, captured
from tests.payments.vouchers.makers import held, paid, spend

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rail() -> Iterator[Saying]:
    rail = Saying("a", captured(50))
    with registry.instead(rail), clock.stopped(clock.now()):
        yield rail


def tier(from_euros: int = 50, bonus_euros: int = 5, **others: Any) -> BonusTier:
    words: dict[str, Any] = {"currency": "EUR", "by": "dana", **others}
    return bonuses.set_tier(from_micro=from_euros * MICRO, bonus_micro=bonus_euros * MICRO, **words)


def euros(person: Person) -> float:
    return wallets.balance(person, "EUR") / MICRO


def send_back(attempt: Attempt, amount_euros: float, key: str = "r") -> Refund:
    return refunds.ask(attempt, amount_micro=round(amount_euros * MICRO), key=key, by="alice")


class TestGiving:
    def test_comes_with_the_payment_once(self) -> None:
        person = alice()
        tier()
        attempt = paid(person)
        attempts.note_fact(attempt, captured(50))
        assert (euros(person), held("bonus")) == (55, -5 * MICRO)
        assert [one.kind for one in wallets.history(person, "EUR")] == ["Bonus", "Top-up"]
        assert audit().is_clean

    @pytest.mark.parametrize(("amount", "bonus"), [(9, 0), (10, 1), (49, 1), (50, 5), (500, 5)])
    def test_is_by_the_highest_tier_that_is_reached(self, amount: int, bonus: int) -> None:
        tier()
        tier(10, 1)
        tier(50, 40, currency="USD")
        assert bonuses.bonus_micro(amount * MICRO, "EUR", clock.now()) == bonus * MICRO

    def test_is_what_was_promised_when_she_set_out_to_pay(self, rail: Saying) -> None:
        person = alice()
        promised = tier()
        rail.fact = Fact("action_required", "ch_1")
        attempt = paid(person)
        clock.advance(timedelta(days=9))
        bonuses.end_tier(promised, by="dana")
        tier(50, 1)
        attempts.note_fact(attempt, captured(50))
        assert euros(person) == 55

    def test_is_by_what_came_in_not_by_what_was_asked_for(self, rail: Saying) -> None:
        person = alice()
        tier()
        rail.fact = captured(40)
        attempts.accept_mismatch(paid(person), by="dana")
        assert euros(person) == 40

    def test_of_a_tier_that_takes_anothers_place(self) -> None:
        first, second = tier(), tier(50, 6)
        first.refresh_from_db()
        assert (first.ended_by, second.valid_until) == ("dana", None)
        assert list(bonuses.tiers("EUR", clock.now())) == [second]
        assert bonuses.end_tier(first, by="erin").ended_by == "dana"
        assert str(second) == "€6.00 on €50.00 or more"

    @pytest.mark.parametrize("wrong", [(0, 0), (-1, -1), (50, 0), (50, -5), (50, 51), (10**10, 1), (50, 0.001)])
    def test_of_a_senseless_tier_is_refused(self, wrong: tuple[int, float]) -> None:
        with pytest.raises(bonuses.BadTier):
            bonuses.set_tier(
                currency="EUR", from_micro=wrong[0] * MICRO, bonus_micro=round(wrong[1] * MICRO), by="dana"
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            BonusTier.objects.create(currency="EUR", from_micro=MICRO, bonus_micro=2 * MICRO, set_by="dana")


class TestRefund:
    def test_takes_the_bonus_back_in_proportion_and_in_the_end_all_of_it(self) -> None:
        person = alice()
        tier()
        attempt = paid(person)
        send_back(attempt, 20, "1")
        assert euros(person) == 33
        send_back(attempt, 0.05, "2")
        assert held("bonus") == -3 * MICRO  # Half a cent is taken with the next.
        send_back(attempt, 29.95, "3")
        assert (euros(person), held("bonus")) == (0, 0)
        assert audit().is_clean

    def test_never_sends_the_bonus_to_a_card(self) -> None:
        person = alice()
        tier()
        attempt = paid(person)
        spend(person, 10)
        assert [one.amount_micro for one in refunds.remainder(person, "EUR")] == [40 * MICRO]
        with pytest.raises(NotEnoughMoney, match=r"€40\.00 came by payments"):
            send_back(attempt, 40.01)
        send_back(attempt, 40)
        assert euros(person) == 1  # Of ten that were spent, one was a bonus and stays.
        assert refunds.remainder(person, "EUR") == []

    def test_of_a_payment_whose_bonus_was_spent_takes_nothing_more(self, rail: Saying) -> None:
        person = alice()
        tier()
        first = paid(person)
        spend(person, 55)
        rail.fact = captured(20, "ch_2")
        top_ups.start(person, amount_micro=20 * MICRO, currency="EUR", key="k2", return_url="/")
        send_back(first, 20)
        assert (euros(person), held("bonus")) == (0, -5 * MICRO)

    def test_that_fails_gives_the_bonus_again(self, rail: Saying) -> None:
        person = alice()
        tier()
        rail.refund_fact = RefundFact("failed", reason="The card was closed.")
        attempt = paid(person)
        assert send_back(attempt, 20).state == "failed"
        assert euros(person) == 55
        rail.refund_fact = RefundFact("done", "re-2")
        send_back(attempt, 50, "again")
        assert (euros(person), held("bonus")) == (0, 0)

    def test_of_everything_leaves_nothing_behind(self) -> None:
        person = alice()
        tier()
        paid(person)
        first = refunds.ask_all(person, "EUR", key="all")
        assert [one.amount_micro for one in first] == [50 * MICRO]
        assert refunds.ask_all(person, "EUR", key="all") == []
        assert euros(person) == 0
        assert [(one.kind, one.state) for one in wallets.history(person, "EUR")][:2] == [
            ("Sent back to where it came from", "Sent back"),
            ("Bonus taken back", ""),
        ]


class TestDispute:
    def note(self, attempt: Attempt, state: str, amount: int = 50) -> None:
        disputes.note_fact(attempt, DisputeFact(state, "dp_1", amount * MICRO, "fraudulent"))

    def test_takes_the_bonus_back_too_and_gives_it_again_when_it_is_won(self) -> None:
        person = alice()
        tier()
        attempt = paid(person)
        self.note(attempt, "open")
        assert (euros(person), held("bonus"), held("chargeback_loss")) == (0, 0, 0)
        self.note(attempt, "won")
        assert (euros(person), held("bonus")) == (55, -5 * MICRO)
        assert audit().is_clean

    def test_takes_what_is_there_and_never_more(self) -> None:
        person = alice()
        tier()
        attempt = paid(person)
        spend(person, 3)
        self.note(attempt, "open")
        assert (euros(person), held("bonus")) == (0, -3 * MICRO)

    def test_of_a_part_takes_that_part_of_the_bonus(self) -> None:
        person = alice()
        tier()
        attempt = paid(person)
        self.note(attempt, "open", 10)
        assert euros(person) == 44
