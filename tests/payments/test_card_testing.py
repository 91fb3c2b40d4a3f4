"""A thief with a list of cards is stopped by what she does, and a buyer whose card was refused is not."""

from collections.abc import Iterator
from typing import Any

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import attempts, card_testing, registry, top_ups
from obbligato.payments.contract import Capabilities, Fact, Method
from obbligato.payments.models import Attempt, RailHealth
from obbligato.people.models import Person
from obbligato.people.throttle import TooManyAttempts, network_of
from tests.makers import alice, bob
from tests.payments.fakes import Saying

pytestmark = pytest.mark.django_db
BANK = Capabilities(methods=frozenset({Method.BANK_TRANSFER}))


class Typed(Saying):
    """Its payments are finished on the store's page, and it can give one up."""

    def void(self, reference: str) -> None:
        self.fact = Fact("voided", reference)


@pytest.fixture
def rail() -> Iterator[Typed]:
    rail = Typed("cards", Fact("action_required", "pi_1"))
    bank = Saying("bank", Fact("action_required", "tr_1"), BANK)
    with registry.instead(rail, bank), clock.stopped(clock.now()):
        yield rail


def begin(person: Person, key: str = "k", **more: Any) -> Attempt:
    return top_ups.start(
        person, amount_micro=MICRO, currency="EUR", key=key, return_url="/", **{"method": "card", **more}
    )


def refuse_cards(attempt: Attempt, number: int) -> Attempt:
    for one in range(number):
        attempt = attempts.note_fact(attempt, Fact("action_required", "pi_1", reason="No.", instrument=f"card {one}"))
    return attempt


def test_a_few_refused_cards_are_a_buyers_bad_day(rail: Typed) -> None:
    attempt = refuse_cards(begin(alice()), card_testing.MOST_CARDS)
    for _ in range(50):
        attempt = refuse_cards(attempt, 1)  # The same one, again and again.
    assert attempts.refresh(attempt).state == Attempt.State.ACTION_REQUIRED
    assert attempts.pay_page(attempt) is None
    assert attempt.reason == "No."


def test_many_give_the_payment_up_and_no_other_by_card_is_begun(rail: Typed) -> None:
    attempt = begin(alice())
    attempt = refuse_cards(attempt, card_testing.MOST_CARDS + 1)
    assert attempts.due_for_asking(9) == [attempt]
    with pytest.raises(card_testing.TooManyCards, match="pay another way"):
        attempts.pay_page(attempt)
    voided = attempts.refresh(attempt)
    assert (voided.state, attempts.pay_page(voided)) == (Attempt.State.VOIDED, None)
    with pytest.raises(card_testing.TooManyCards):
        begin(attempt.person, key="another")
    with pytest.raises(card_testing.TooManyCards):
        begin(attempt.person, key="another", method="", provider="cards")


def test_other_ways_and_other_people_are_not_touched(rail: Typed) -> None:
    attempt = refuse_cards(begin(alice()), 99)
    transfer = begin(attempt.person, key="by bank", method="bank_transfer")
    assert (transfer.provider, transfer.state) == ("bank", Attempt.State.ACTION_REQUIRED)
    assert attempts.pay_page(transfer) is None
    with registry.instead():
        assert attempts.pay_page(transfer) is None
    assert attempts.refresh(transfer).state == Attempt.State.ACTION_REQUIRED
    rail.fact = Fact("action_required", "pi_2")
    assert begin(bob()).state == Attempt.State.ACTION_REQUIRED


def test_no_refused_card_ever_counts_against_the_rail(rail: Typed) -> None:
    refuse_cards(begin(alice()), 99)
    assert RailHealth.objects.get(provider="cards").recent == "+"


def test_payments_from_one_network_are_counted_together(rail: Typed) -> None:
    people = [Person.objects.create_user(f"p{number}") for number in range(41)]
    for number, person in enumerate(people):
        rail.fact = Fact("action_required", f"pi_{number}")
        if number < 40:
            begin(person, origins=["network a", f"session {number}"])
    with pytest.raises(TooManyAttempts):
        begin(people[40], origins=["network a"])
    begin(people[40], origins=["network b"])


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::7", "2001:db8:1::/48"), ("unix", "unix"), ("", "")],
)
def test_a_network_is_what_one_visitor_can_change_within(address: str, network: str) -> None:
    assert network_of(address) == network
