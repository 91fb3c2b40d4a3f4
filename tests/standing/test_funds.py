"""The money at a rail is told apart to the cent: settled, frozen, not paid out, on its way back, and in flight."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.kernel.money import Money
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import disputes, refunds
from obbligato.payments.contract import DisputeFact, Fact, RefundFact
from obbligato.standing import funds, holding
from obbligato.standing.funds import BadFunds, Funds
from obbligato.standing.models import FundsWord
from tests.makers import alice
from tests.standing.makers import an_incident, confirmed, pay, rails

EURO = 1_000_000
Kind = Account.Kind


@pytest.fixture
def world(db: None) -> Any:
    with rails() as both:
        yield both


def moved(name: str, kind: Account.Kind, cents: int, *, is_out: bool = False, key: str = "") -> None:
    other = accounts.open_account(name, currency="EUR", kind=kind)
    clearing = accounts.clearing_of("north", "EUR")
    source, target = (clearing, other) if is_out else (other, clearing)
    transfer(Move(key or f"{name}:{cents}:{is_out}", source, target, cents * 10_000, "test"))


def parts(one: Funds) -> int:
    return (
        one.settled_micro
        + one.fees_micro
        + one.sent_back_micro
        + one.taken_back_micro
        + one.frozen_micro
        + one.not_paid_out_micro
    )


def test_every_cent_has_its_place(world: Any) -> None:
    north, _ = world
    person = alice()
    first = pay(person, "a", provider="north")
    north.fact = Fact("succeeded", "ch_9", 5 * EURO, "EUR")
    pay(person, "b", provider="north")
    north.fact = Fact("action_required", "ch_10", next_url="https://north.example/")
    pay(person, "c", provider="north")
    moved("bank", Kind.BANK, 203)
    moved("fees", Kind.FEES, 17)
    refunds.ask(first, amount_micro=1_010_000, key="r", by="alice")
    disputes.note_fact(first, DisputeFact("open", "dp_1", 500_000))
    north.refund_fact = RefundFact("unknown")
    refunds.ask(first, amount_micro=70_000, key="s", by="alice")
    incident = confirmed("rail:north")
    funds.hold_back(incident, "north", Money(3 * EURO, "EUR"), by="dana", why="For 180 days.")
    [found] = funds.of(incident)
    assert asdict(found) == {
        "provider": "north",
        "currency": "EUR",
        "captured_micro": 10 * EURO,
        "settled_micro": 2_030_000,
        "fees_micro": 170_000,
        "sent_back_micro": 1_010_000,
        "taken_back_micro": 500_000,
        "frozen_micro": 3 * EURO,
        "not_paid_out_micro": 3_290_000,
        "refunds_in_flight_micro": 70_000,
        "payments_in_flight_micro": 5 * EURO,
    }
    assert parts(found) == found.captured_micro
    assert audit().is_clean
    assert holding.present()["north"].holds_funds


def test_what_is_let_go_can_be_paid_out_again(world: Any) -> None:
    pay(alice(), "a", provider="north")
    incident = confirmed("rail:north")
    assert (
        str(funds.hold_back(incident, "north", Money(EURO, "EUR"), by="dana", why="They wrote so.")) == "north: €1.00"
    )
    funds.let_go(incident, "north", Money(EURO, "EUR"), by="dana", why="They wrote so.")
    assert [row.amount_micro for row in FundsWord.objects.order_by("pk")] == [EURO, -EURO]
    row = holding.present()["north"]
    assert (row.holds_funds, row.state) == (False, "suspended")
    [found] = funds.of(incident)
    assert (found.frozen_micro, found.not_paid_out_micro) == (0, 5 * EURO)


def test_nothing_is_held_that_is_not_there(world: Any) -> None:
    pay(alice(), "a", provider="north")
    incident = an_incident("rail:north")
    with pytest.raises(BadFunds, match=r"€5\.00, so not €5\.01"):
        funds.hold_back(incident, "north", Money(5_010_000, "EUR"), by="dana", why="x")
    with pytest.raises(BadFunds, match="no rail"):
        funds.hold_back(incident, "south", Money(EURO, "EUR"), by="dana", why="x")
    with pytest.raises(BadFunds):
        funds.let_go(incident, "north", Money(EURO, "EUR"), by="dana", why="x")
    funds.hold_back(incident, "north", Money(EURO, "EUR"), by="dana", why="x")
    assert holding.present() == {}
    assert funds.of_rail("south", "EUR").captured_micro == 0
    assert not Account.objects.filter(name="clearing:south").exists()


class TestTheSum(TestCase):
    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from([
                    ("bank", Kind.BANK), ("fees", Kind.FEES), ("held:north", Kind.HELD), ("loss", Kind.LOSS),
                ]),
                st.integers(1, 10**7),
                st.booleans(),
            ),
            max_size=8,
        )
    )  # fmt: skip
    def test_the_parts_sum_to_what_was_captured_whatever_was_booked(self, moves: list[Any]) -> None:
        wallet = accounts.wallet_of(1, "EUR")
        transfer(Move("in", accounts.clearing_of("north", "EUR"), wallet, 7 * EURO, "top_up"))
        for place, ((name, kind), cents, is_out) in enumerate(moves):
            moved(name, kind, cents, is_out=is_out, key=str(place))
        found = funds.of_rail("north", "EUR")
        assert parts(found) == found.captured_micro == 7 * EURO
        assert found.not_paid_out_micro == -accounts.balance_micro(accounts.clearing_of("north", "EUR"))
