"""Money goes back to where it came from, once, never more than came, and is nowhere twice meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, NotEnoughMoney, transfer
from obbligato.payments import disputes, refunds, registry, top_ups
from obbligato.payments.contract import DisputeFact, NoAnswer, NotSent, RefundFact, RefundRequest
from obbligato.payments.models import Alert, Attempt, Dispute, Refund
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice, fill_wallet
from tests.meanwhile import meanwhile
from tests.payments.fakes import Saying, captured

pytestmark = pytest.mark.django_db
State = Refund.State
EURO = MICRO


@pytest.fixture
def rail() -> Iterator[Saying]:
    rail = Saying("a", captured(50))
    with registry.instead(rail), clock.stopped(clock.now()):
        yield rail


def paid(person: Person, euros: int = 50, key: str = "k") -> Attempt:
    return top_ups.start(person, amount_micro=euros * EURO, currency="EUR", key=key, return_url="/")


def spend(person: Person, euros: int) -> None:
    revenue = accounts.open_account("revenue", currency="EUR", kind=Account.Kind.REVENUE)
    transfer(Move(f"spent:{person.pk}", accounts.wallet_of(person.pk, "EUR"), revenue, euros * EURO, "sale"))


def held(name: str) -> int:
    account = Account.objects.filter(name=name).first()
    return accounts.balance_micro(account) if account else 0


def ask(attempt: Attempt, euros: int, *, key: str = "r", by: str = "alice") -> Refund:
    return refunds.ask(attempt, amount_micro=euros * EURO, key=key, by=by)


class Mute(Saying):
    """It says nothing of refunds."""

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        raise NoAnswer


class TestRefund:
    def test_leaves_the_wallet_and_the_providers_account(self, rail: Saying) -> None:
        person = alice()
        attempt = paid(person)
        assert ask(attempt, 20).state == State.DONE
        assert (wallets.balance(person, "EUR"), held("clearing:a")) == (30 * EURO, -30 * EURO)
        assert held("refund_due:a") == 0
        assert audit().is_clean

    def test_is_made_once_per_key(self, rail: Saying) -> None:
        attempt = paid(alice())
        assert ask(attempt, 20).pk == ask(attempt, 20).pk
        assert len(rail.refunds) == 1
        with pytest.raises(KeyUsedOtherwise, match=r"€20\.00"):
            ask(attempt, 21)

    def test_of_parts_goes_up_to_the_whole_and_not_a_cent_further(self, rail: Saying) -> None:
        attempt = paid(alice())
        for number in range(5):
            ask(attempt, 10, key=str(number))
        fill_wallet(attempt.person, "5")
        with pytest.raises(refunds.NothingToRefund, match=r"€0\.00"):
            refunds.ask(attempt, amount_micro=10_000, key="one more", by="alice")

    @pytest.mark.parametrize("amount_micro", [0, -EURO, 1])
    def test_of_a_senseless_amount_is_refused(self, rail: Saying, amount_micro: int) -> None:
        with pytest.raises(Invalid):
            refunds.ask(paid(alice()), amount_micro=amount_micro, key="r", by="alice")

    def test_of_what_was_spent_is_refused(self, rail: Saying) -> None:
        person = alice()
        attempt = paid(person)
        spend(person, 40)
        with pytest.raises(NotEnoughMoney):
            ask(attempt, 11)
        assert not Refund.objects.exists()

    def test_of_a_payment_that_brought_nothing_is_refused(self, rail: Saying) -> None:
        attempt = paid(alice())
        Attempt.objects.update(state="declined")
        attempt.refresh_from_db()
        with pytest.raises(refunds.NothingToRefund):
            ask(attempt, 1)

    def test_that_the_provider_refuses_is_in_the_wallet_again(self, rail: Saying) -> None:
        person = alice()
        rail.refund_fact = RefundFact("failed", reason="The card was closed.")
        refund = ask(paid(person), 20)
        assert (refund.state, refund.said) == (State.FAILED, "The card was closed.")
        assert wallets.balance(person, "EUR") == 50 * EURO
        assert audit().is_clean

    def test_reaches_whose_account_is_closed_and_where_it_cannot_people_are_told(self, rail: Saying) -> None:
        attempt = paid(alice())
        with pytest.raises(ProtectedError):
            attempt.person.delete()
        Person.objects.update(is_active=False)
        assert ask(attempt, 20, by="dana").state == State.DONE
        assert not Alert.objects.exists()
        rail.refund_fact = RefundFact("failed", reason="The card was closed.")
        refund = ask(attempt, 10, key="again", by="dana")
        refunds.note_fact(refund, rail.refund_fact)
        assert (refund.state, wallets.balance(attempt.person, "EUR")) == (State.FAILED, 30 * EURO)
        assert str(Alert.objects.get()).startswith("€10.00 could not be sent back to alice, whose account is closed.")

    def test_that_people_refuse_to_a_closed_account_is_no_news_to_them(self, rail: Saying, settings: Any) -> None:
        settings.TWO_PERSON_LIMIT_MICRO = 0
        attempt = paid(alice())
        Person.objects.update(is_active=False)
        refund = ask(attempt, 20, by="dana")
        assert refunds.reject(refund, by="erin").state == State.FAILED
        assert not Alert.objects.exists()

    def test_in_doubt_keeps_others_waiting_until_it_is_looked_up(self, rail: Saying) -> None:
        attempt = paid(alice())
        rail.refund_fact = RefundFact("unknown")
        refund = ask(attempt, 20)
        assert (refund.state, held("refund_due:a")) == (State.UNKNOWN, 20 * EURO)
        with pytest.raises(refunds.RefundUnderWay):
            ask(attempt, 1, key="other")
        rail.refund_fact = RefundFact("done", "re_1")
        clock.advance(timedelta(seconds=5))
        assert refunds.due_for_asking(9) == [refund]
        assert refunds.refresh(refund).state == State.DONE
        assert refunds.due_for_asking(9) == []

    def test_that_never_arrived_is_known_as_such_when_the_provider_must_know(self, rail: Saying) -> None:
        person = alice()
        rail.refund_fact = RefundFact("unknown")
        refund = ask(paid(person), 20)
        rail.refunds.clear()
        assert refunds.refresh(refund).state == State.UNKNOWN
        clock.advance(timedelta(hours=1))
        assert refunds.refresh(refund).state == State.FAILED
        assert wallets.balance(person, "EUR") == 50 * EURO

    def test_that_was_prepared_before_a_crash_is_sent(self, rail: Saying) -> None:
        attempt = paid(alice())
        refund = ask(attempt, 20)
        rail.refunds.clear()
        Refund.objects.update(state=State.PREPARED, settled_at=None)
        assert refunds.refresh(refund).state in {State.DONE, State.DISPATCHED}

    def test_stays_in_doubt_where_the_rail_does_not_answer_or_is_gone(self, rail: Saying) -> None:
        rail.refund_fact = RefundFact("unknown")
        refund = ask(paid(alice()), 20)
        with registry.instead():
            assert refunds.refresh(refund).state == State.UNKNOWN
        with registry.instead(Mute("a", captured())):
            assert refunds.refresh(refund).state == State.UNKNOWN

    def test_is_dispatched_by_one_alone(self, rail: Saying) -> None:
        refund = ask(paid(alice()), 20)
        stale = Refund.objects.get(pk=refund.pk)
        stale.state = State.PREPARED
        assert refunds._dispatched(stale).state == State.DONE
        assert len(rail.refunds) == 1
        assert refunds.refresh(refund).state == State.DONE

    def test_at_a_rail_that_cannot_be_reached_changes_nothing(self, rail: Saying) -> None:
        person = alice()
        attempt = paid(person)

        class Gone(Saying):
            def refund(self, request: RefundRequest) -> RefundFact:
                raise NotSent

        with registry.instead(Gone("a", captured())):
            assert ask(attempt, 20).state == State.FAILED
        assert wallets.balance(person, "EUR") == 50 * EURO

    @pytest.mark.parametrize("facts", list(permutations([RefundFact("done", "re_1"), RefundFact("failed")])))
    def test_that_bounced_is_in_the_wallet_whichever_is_heard_first(
        self, rail: Saying, facts: list[RefundFact]
    ) -> None:
        person = alice()
        rail.refund_fact = RefundFact("unknown")
        refund = ask(paid(person), 20)
        for fact in [*facts, *facts]:
            refund = refunds.note_fact(refund, fact)
        assert refund.state == State.FAILED
        assert (wallets.balance(person, "EUR"), held("clearing:a"), held("refund_due:a")) == (50 * EURO, -50 * EURO, 0)
        assert str(refund) == f"{refund.number}: €20.00 of {refund.attempt.number}"


class TestTwoPeople:
    def test_must_agree_above_the_limit_and_the_money_waits_meanwhile(self, rail: Saying, settings: Any) -> None:
        settings.TWO_PERSON_LIMIT_MICRO = 10 * EURO
        person = alice()
        refund = ask(paid(person), 20, by="dana")
        assert (refund.state, wallets.balance(person, "EUR"), len(rail.refunds)) == (State.PROPOSED, 30 * EURO, 0)
        with pytest.raises(SecondPersonNeeded):
            refunds.approve(refund, by="dana")
        with pytest.raises(IntegrityError), transaction.atomic():
            Refund.objects.update(approved_by="dana")
        assert refunds.refresh(refund).state == State.PROPOSED
        assert refunds.approve(refund, by="erin").state == State.DONE
        assert refunds.approve(refund, by="erin").state == State.DONE
        assert len(rail.refunds) == 1

    def test_may_also_disagree(self, rail: Saying, settings: Any) -> None:
        settings.TWO_PERSON_LIMIT_MICRO = 10 * EURO
        person = alice()
        refund = ask(paid(person), 20, by="dana")
        assert refunds.reject(refund, by="erin").state == State.FAILED
        assert refunds.reject(refund, by="erin").said == "Rejected by erin."
        assert wallets.balance(person, "EUR") == 50 * EURO

    def test_are_not_needed_for_ones_own_money_or_below_the_limit(self, rail: Saying, settings: Any) -> None:
        settings.TWO_PERSON_LIMIT_MICRO = 10 * EURO
        attempt = paid(alice())
        assert ask(attempt, 20, by="alice").state == State.DONE
        assert ask(attempt, 10, key="other", by="dana").state == State.DONE


@pytest.mark.usefixtures("open_books")
def test_one_who_approves_and_one_who_rejects_at_the_same_moment_do_not_both_have_their_way(
    rail: Saying, settings: Any
) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 10 * EURO
    person = alice()
    refund = ask(paid(person), 20, by="dana")
    other = Refund.objects.get(pk=refund.pk)
    with meanwhile(lambda: refunds.approve(other, by="erin"), after='FROM "payments_refund"'):
        refunds.reject(refund, by="frank")
    refund.refresh_from_db()
    was_sent = bool(rail.refunds)
    assert refund.state == (State.DONE if was_sent else State.FAILED)
    assert wallets.balance(person, "EUR") == (30 if was_sent else 50) * EURO


class TestRemainder:
    def test_is_what_is_left_by_where_it_came_from_the_newest_first(self, rail: Saying) -> None:
        person = alice("5")  # A credit from the store has no source to go back to.
        first = paid(person, key="first")
        clock.advance(timedelta(days=1))
        rail.fact = captured(50, "ch_2")
        second = paid(person, key="second")
        assert [(one.attempt, one.amount_micro // EURO) for one in refunds.remainder(person, "EUR")] == [
            (second, 50),
            (first, 50),
        ]
        spend(person, 70)
        assert [(one.attempt, one.amount_micro // EURO) for one in refunds.remainder(person, "EUR")] == [(second, 35)]
        assert refunds.remainder(person, "USD") == []


class TestDispute:
    def fact(self, state: str, euros: int = 50) -> DisputeFact:
        return DisputeFact(state, "dp_1", euros * EURO, "fraudulent")

    def test_of_an_unspent_payment_takes_it_out_of_the_wallet(self, rail: Saying) -> None:
        person = alice()
        attempt = paid(person)
        for _ in range(2):
            dispute = disputes.note_fact(attempt, self.fact("open"))
        assert (wallets.balance(person, "EUR"), held("clearing:a"), held("chargeback_loss")) == (0, 0, 0)
        assert (dispute.reclaimed_micro, refunds.refundable_micro(attempt)) == (50 * EURO, 0)
        assert str(dispute) == "dp_1: €50.00"

    def test_of_a_spent_one_is_the_stores_loss_until_it_is_won(self, rail: Saying) -> None:
        person = alice()
        attempt = paid(person)
        spend(person, 40)
        disputes.note_fact(attempt, self.fact("open"))
        assert (wallets.balance(person, "EUR"), held("chargeback_loss")) == (0, -40 * EURO)
        for _ in range(2):
            disputes.note_fact(attempt, self.fact("won"))
        assert (wallets.balance(person, "EUR"), held("chargeback_loss")) == (10 * EURO, 0)
        assert audit().is_clean

    @pytest.mark.parametrize("states", list(permutations(("open", "lost", "won"))))
    def test_that_is_won_in_the_end_is_so_in_whatever_order_it_is_heard(
        self, rail: Saying, states: tuple[str, ...]
    ) -> None:
        """One that was lost may be appealed against."""
        person = alice()
        attempt = paid(person)
        spend(person, 40)
        for state in (*states, *states):
            disputes.note_fact(attempt, self.fact(state))
        assert Dispute.objects.get().state == "won"
        assert (wallets.balance(person, "EUR"), held("chargeback_loss")) == (10 * EURO, 0)
        assert audit().is_clean

    def test_that_is_lost_stays_lost_until_it_is_won(self, rail: Saying) -> None:
        attempt = paid(alice())
        for state in ("lost", "open", "lost"):
            disputes.note_fact(attempt, self.fact(state))
        assert Dispute.objects.get().state == "lost"

    def test_of_what_was_all_spent_gives_nothing_back_to_the_wallet(self, rail: Saying) -> None:
        person = alice()
        attempt = paid(person)
        spend(person, 50)
        for state in ("open", "won"):
            disputes.note_fact(attempt, self.fact(state))
        assert (wallets.balance(person, "EUR"), held("chargeback_loss")) == (0, 0)

    def test_is_counted_per_payments(self) -> None:
        assert disputes.ratio_basis_points(disputes=1, payments=200) == 50
        assert disputes.ratio_basis_points(disputes=0, payments=0) == 0
