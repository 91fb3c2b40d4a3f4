"""One payment, several rails: a rail's own trouble is passed on, a buyer's no and any doubt are not."""

import json
from datetime import timedelta

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, health, rails, registry, routing, top_ups
from obbligato.payments.contract import Capabilities, Decline, Fact, Method, NoAnswer, Request
from obbligato.payments.models import Attempt, Decision, RailBlock, RailHealth
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.fakes import CARDS, Saying, Silent, Unreachable, captured, declined

pytestmark = pytest.mark.django_db
State = Attempt.State


def pay(person: Person, *, key: str = "k", method: str = "card") -> Attempt:
    return top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key=key, return_url="/{number}", method=method)


class Unreachable2(Unreachable):
    name = "a-unreachable"


def test_a_rail_that_cannot_be_reached_is_passed_over() -> None:
    person, good = alice(), Saying("b", captured())
    with registry.instead(Unreachable2(), good):
        assert (pay(person).provider, len(good.requests)) == ("b", 1)
    assert [one.state for one in Attempt.objects.order_by("pk")] == [State.NOT_SENT, State.SUCCEEDED]
    assert wallets.balance(person, "EUR") == 5 * MICRO
    assert audit().is_clean


def test_a_technical_no_is_passed_on_and_a_buyers_no_ends_it() -> None:
    person = alice()
    chain = [
        Saying("a", declined(Decline.TECHNICAL)),
        Saying("b", declined(Decline.BUYER_FIX)),
        Saying("c", captured()),
    ]
    with registry.instead(*chain):
        assert (pay(person).provider, pay(person).state) == ("b", State.DECLINED)
    assert not chain[2].requests
    assert wallets.balance(person, "EUR") == 0


@pytest.mark.parametrize("decline", [Decline.HARD, Decline.UNMAPPED])
def test_a_hard_or_unknown_no_is_never_tried_elsewhere(decline: Decline) -> None:
    other = Saying("b", captured())
    with registry.instead(Saying("a", declined(decline)), other):
        assert pay(alice()).state == State.DECLINED
        attempt = Attempt.objects.get()
        if decline == Decline.HARD:
            attempts.supersede(attempt)
            assert top_ups.carry_on(attempt.intent).pk == attempt.pk
    assert not other.requests


def test_a_doubt_is_not_passed_on_until_the_buyer_says_so() -> None:
    person, late, other = alice(), Silent(answers_after=0), Saying("zz", captured(reference="ch_2"))
    with registry.instead(late, other):
        doubtful = pay(person)
        assert doubtful.state == State.UNKNOWN
        assert pay(person).pk == doubtful.pk
        attempts.supersede(doubtful)
        assert pay(person).provider == "zz"
        assert attempts.refresh(doubtful).state == State.SUCCEEDED
    assert wallets.balance(person, "EUR") == 10 * MICRO  # Both came; what she gave up is hers to send back.
    assert audit().is_clean


def test_an_account_that_was_closed_is_blocked_at_once_and_the_next_rail_taken() -> None:
    closed, good = Saying("a", declined(Decline.MERCHANT)), Saying("b", captured())
    with registry.instead(closed, good):
        attempt = pay(alice())
        assert attempt.provider == "b"
        good.fact = captured(reference="ch_2")
        assert pay(Person.objects.create_user("another"), key="other").provider == "b"
        assert len(closed.requests) == 1
        assert RailBlock.objects.get().reason == "No."
        rails.unblock("a", by="dana")
        with pytest.raises(rails.NoSuchBlock):
            rails.unblock("a", by="dana")


def test_with_every_rail_gone_the_buyer_is_told_and_the_same_form_works_later() -> None:
    person, good = alice(), Saying("a", captured())
    with registry.instead(good):
        rails.block("a", reason="Closed.", by="dana")
        with pytest.raises(top_ups.NoRail, match="try again"):
            pay(person)
        rails.unblock("a", by="dana")
        assert pay(person).state == State.SUCCEEDED


def test_a_duplicate_is_a_doubt_that_looking_it_up_resolves() -> None:
    person = alice()
    twice = Saying("a", declined(Decline.DUPLICATE))
    with registry.instead(twice):
        attempt = pay(person)
        assert attempt.state == State.UNKNOWN
        twice.fact = captured()
        assert attempts.refresh(attempt).state == State.SUCCEEDED


def test_failures_open_the_circuit_and_buyers_declines_do_not() -> None:
    failing, refusing = Saying("a", declined(Decline.TECHNICAL)), Saying("b", declined(Decline.BUYER_FIX))
    with clock.stopped(clock.now()), registry.instead(failing, refusing):
        for number in range(10):
            pay(alice() if not number else Person.objects.create_user(f"p{number}"), key=str(number))
        assert RailHealth.objects.get(provider="a").circuit == health.Circuit.OPEN
        assert len(failing.requests) == 5
        assert len(refusing.requests) == 10
        assert not RailHealth.objects.filter(provider="b").exclude(recent="").exists()


def test_every_decision_is_kept_with_its_reasons_and_comes_out_the_same_again() -> None:
    with registry.instead(Saying("a", declined(Decline.TECHNICAL)), Saying("b", captured())):
        pay(alice())
    kept = list(Decision.objects.order_by("pk"))
    assert [one.answer["order"] for one in kept] == [["a", "b"], ["b"]]
    assert kept[1].answer["refused"] == {"a": "It was tried already."}
    for one in kept:
        question = routing.question_from(json.loads(json.dumps(one.question)))
        assert routing.decide(question) == routing.answer_from(one.answer)
    assert str(kept[0]).endswith(": a, b")


class Lossy(Saying):
    """It takes the first request and its answer is lost; it honours its keys for a day."""

    def request(self, request: Request) -> Fact:
        self.requests.append(request)
        if len(self.requests) == 1:
            raise NoAnswer
        return self.fact

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        return Fact("not_sent")


def test_a_lost_answer_is_asked_for_again_under_the_same_key_within_half_the_window() -> None:
    lossy = Lossy("a", captured(), Capabilities(methods=frozenset({Method.CARD}), idempotency=timedelta(hours=24)))
    with clock.stopped(clock.now()), registry.instead(lossy):
        attempt = pay(alice())
        clock.advance(timedelta(hours=11))
        assert attempts.refresh(attempt).state == State.SUCCEEDED
        assert len({one.idempotency_key for one in lossy.requests}) == 1


def test_past_half_the_window_or_without_one_it_is_only_looked_up() -> None:
    for number, window in enumerate((timedelta(hours=24), None)):
        lossy = Lossy("a", captured(), Capabilities(methods=frozenset({Method.CARD}), idempotency=window))
        with clock.stopped(clock.now()), registry.instead(lossy):
            attempt = pay(Person.objects.create_user(f"p{number}"), key=str(number))
            clock.advance(timedelta(hours=13))
            assert attempts.refresh(attempt).state == State.NOT_SENT
            assert len(lossy.requests) == 1


def test_what_is_not_found_too_soon_is_not_believed() -> None:
    lossy = Lossy("a", captured(), CARDS)
    with clock.stopped(clock.now()), registry.instead(lossy):
        attempt = pay(alice())
        clock.advance(timedelta(minutes=59))
        assert attempts.refresh(attempt).state == State.UNKNOWN
        clock.advance(timedelta(minutes=1))
        assert attempts.refresh(attempt).state == State.NOT_SENT


def test_an_attempt_that_nobody_came_to_send_was_never_sent() -> None:
    good = Saying("a", captured())
    with clock.stopped(clock.now()), registry.instead(good):
        intent = pay(alice()).intent
        Attempt.objects.update(superseded_at=clock.now())
        attempt, is_new = attempts.prepare(intent, "a")
        assert (is_new, attempts.prepare(intent, "a")) == (True, (attempt, False))
        clock.advance(timedelta(seconds=5))
        assert attempts.due_for_asking(9) == [attempt]
        assert attempts.refresh(attempt).state == State.NOT_SENT
        assert attempts.dispatch(attempt, good).state == State.NOT_SENT  # Its sender comes too late.
        assert len(good.requests) == 1


def test_other_money_than_asked_is_a_persons_matter_and_hers_when_that_person_says_so() -> None:
    person = alice()
    with registry.instead(Saying("a", captured(3))):
        attempt = pay(person)
        assert (attempt.state, wallets.balance(person, "EUR")) == (State.MISMATCH, 0)
        assert (
            attempts.accept_mismatch(attempts.accept_mismatch(attempt, by="dana"), by="dana").state == State.SUCCEEDED
        )
    assert wallets.balance(person, "EUR") == 3 * MICRO
    assert Attempt.objects.get().captured_micro == 3 * MICRO


def test_of_a_payment_by_which_nothing_came_there_is_nothing_to_accept() -> None:
    with registry.instead(Saying("a", captured(0))):
        attempt = pay(alice())
        assert attempt.state == State.MISMATCH
        with pytest.raises(attempts.NothingCame):
            attempts.accept_mismatch(attempt, by="dana")


def test_a_rail_that_takes_any_amount_fills_the_wallet_with_what_came() -> None:
    person = alice()
    able = Capabilities(methods=frozenset({Method.BANK_TRANSFER}), takes_any_amount=True)
    with registry.instead(Saying("bank", captured(3), able)):
        assert pay(person, method="bank_transfer").state == State.SUCCEEDED
    assert wallets.balance(person, "EUR") == 3 * MICRO


def test_news_of_a_rail_that_is_no_longer_offered_is_taken_by_its_word_only_for_what_was_asked() -> None:
    with registry.instead(Silent(answers_after=9)):
        attempt = pay(alice())
    assert attempts.note_fact(attempt, captured(3)).state == State.MISMATCH
    assert attempts.note_fact(attempt, captured(4)).reported_micro == 4 * MICRO
    assert attempts.note_fact(attempt, captured(5)).state == State.SUCCEEDED
    assert attempts.supersede(attempts.supersede(attempt)).superseded_at is not None


def test_losing_a_domain_tells_what_could_not_be_paid_any_more() -> None:
    euros = Capabilities(methods=frozenset({Method.CARD}), currencies=frozenset({"EUR"}), domains=("network:one",))
    with registry.instead(Saying("a", captured(), euros), Saying("b", captured(), euros)):
        assert rails.lost_with(["EUR"]) == {"network:one": ["EUR"], "rail:a": [], "rail:b": []}
        pay(alice())
        assert rails.shares_basis_points(registry.providers()) == {"rail:a": 10_000, "network:one": 10_000, "rail:b": 0}


class Remembering(Lossy):
    """Its charge was made, and that can be looked up."""

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        return captured()


@pytest.mark.parametrize("decline", [Decline.MERCHANT, Decline.TECHNICAL])
def test_a_rail_that_closed_after_a_lost_answer_says_nothing_of_the_charge_it_made(decline: Decline) -> None:
    person, window = alice(), timedelta(hours=24)
    rail = Remembering("a", declined(decline), Capabilities(methods=frozenset({Method.CARD}), idempotency=window))
    with registry.instead(rail), clock.stopped(clock.now()):
        attempt = pay(person)
        assert attempts.refresh(attempt).state == State.UNKNOWN
        assert RailBlock.objects.exists() == (decline == Decline.MERCHANT)
        clock.advance(timedelta(hours=13))
        assert attempts.refresh(attempt).state == State.SUCCEEDED
    assert wallets.balance(person, "EUR") == 5 * MICRO
