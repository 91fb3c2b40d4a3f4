"""Facts form a semilattice, amounts come back from the wire, and rows say what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel import chance
from obbligato.kernel.money import MICRO, minor_unit_micro
from obbligato.payments.facts import ORDER, is_news, join
from obbligato.payments.models import Attempt, Dispute, Intent, RailBlock, RailHealth
from obbligato.payments.wire import NotWhole, from_minor, to_minor

STATES = st.sampled_from(ORDER)


@given(STATES, STATES, STATES)
def test_joining_is_commutative_associative_and_idempotent(one: str, other: str, third: str) -> None:
    assert join(one, other) == join(other, one)
    assert join(join(one, other), third) == join(one, join(other, third))
    assert join(one, one) == one
    assert is_news(one, other) == (join(one, other) != one)


def test_every_state_has_its_place_and_money_that_moved_the_highest() -> None:
    assert set(ORDER) == set(Attempt.State)
    assert all(join(state, "succeeded") == "succeeded" for state in ORDER)


@given(st.sampled_from(["EUR", "JPY", "KWD", "CLF", "ISK"]), st.integers(0, 10**12))
def test_every_whole_amount_comes_back_from_the_wire(currency: str, minor: int) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 100), ("JPY", 1), ("KWD", 1_000), ("CLF", 10_000)])
def test_a_major_unit_has_as_many_minor_ones_as_its_currency_says(currency: str, minor: int) -> None:
    assert to_minor(MICRO, currency) == minor


def test_a_part_of_a_minor_unit_is_refused_not_lost() -> None:
    with pytest.raises(NotWhole):
        to_minor(minor_unit_micro("EUR") + 1, "EUR")


def test_seeded_names_come_again_and_others_do_not() -> None:
    with chance.seeded(1):
        first = [chance.token(8), chance.token(8)]
    with chance.seeded(1):
        assert [chance.token(8), chance.token(8)] == first
    assert chance.token(8) not in first
    assert len(chance.token(8)) == 16


def test_rows_say_what_they_are() -> None:
    intent = Intent(number="n", amount_micro=5 * MICRO, currency="EUR")
    assert (str(intent), intent.amount) == ("n: €5.00", "€5.00")
    assert Attempt(amount_micro=5 * MICRO, currency="EUR").amount == "€5.00"
    assert str(RailHealth(provider="a")) == "a: closed"
    assert str(RailBlock(provider="a", reason="Closed.")) == "a: Closed."
    assert str(Dispute(reference="dp", amount_micro=MICRO, attempt=Attempt(currency="EUR"))) == "dp: €1.00"
