"""What of a wallet came by payments is known exactly, whatever order money came and went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel.money import MICRO
from obbligato.ledger.models import Account
from obbligato.payments.pots import Pot, Step, fold, pots
from tests.makers import alice

GIVEN, ELSEWHERE, PAID, BONUS = Pot.GIVEN, Pot.ELSEWHERE, Pot.PAID, Pot.BONUS
KINDS = [
    "top_up", "bonus", "bonus_back", "voucher", "promotion", "voucher_back", "sale", "returned", "refunded",
    "refund_due",
    "refund_back", "dispute_reclaimed", "dispute_restored", "gift_card", "cash", "goodwill", "voucher_annulled",
]  # fmt: skip


def test_what_was_given_is_spent_first_and_a_bonus_last() -> None:
    came = [Step(50, "top_up"), Step(5, "bonus"), Step(10, "promotion"), Step(20, "cash")]
    assert +fold([*came, Step(-15, "sale")]) == {ELSEWHERE: 15, PAID: 50, BONUS: 5}
    assert +fold([*came, Step(-82, "sale")]) == {BONUS: 3}


def test_money_from_elsewhere_never_becomes_a_payments_by_spending_the_payment() -> None:
    assert fold([Step(50, "top_up"), Step(-50, "sale"), Step(30, "voucher")])[PAID] == 0


def test_a_refund_takes_what_was_paid_and_its_failure_gives_it_back() -> None:
    came = [Step(50, "top_up"), Step(5, "bonus"), Step(-20, "refund_due"), Step(-2, "bonus_back")]
    assert +fold(came) == {PAID: 30, BONUS: 3}
    assert +fold([*came, Step(20, "refund_back"), Step(2, "bonus")]) == {PAID: 50, BONUS: 5}


def test_what_comes_back_of_an_order_is_what_it_was_paid_with() -> None:
    bought = [Step(10, "voucher"), Step(50, "top_up"), Step(-15, "sale", "order:1"), Step(-5, "sale", "order:2")]
    assert +fold([*bought, Step(7, "returned", "order:1")]) == {ELSEWHERE: 2, PAID: 45}
    assert +fold([*bought, Step(15, "refunded", "order:1")]) == {ELSEWHERE: 10, PAID: 45}
    assert +fold([Step(7, "returned", "order:3")]) == {ELSEWHERE: 7}


def test_what_a_dispute_took_comes_back_as_what_it_was() -> None:
    took = [Step(50, "top_up"), Step(-50, "sale"), Step(10, "promotion"), Step(-10, "dispute_reclaimed", "dispute:1")]
    assert +fold([*took, Step(10, "dispute_restored", "dispute:1")]) == {GIVEN: 10}


def test_a_gift_card_spares_what_was_given() -> None:
    assert +fold([Step(10, "promotion"), Step(10, "top_up"), Step(-10, "gift_card")]) == {GIVEN: 10}


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 100), st.sampled_from("abc"), st.booleans())))
def test_the_pots_are_the_balance_and_none_is_below_zero(rows: list[tuple[str, int, str, bool]]) -> None:
    balance, steps = 0, []
    for kind, amount, reference, is_in in rows:
        signed = amount if is_in else -min(amount, balance)
        balance += signed
        steps += [Step(signed, kind, reference)] if signed else []
    held = fold(steps)
    assert held.total() == balance
    assert min(held.values(), default=0) >= 0


@pytest.mark.django_db
def test_a_wallets_pots_are_read_from_its_transfers() -> None:
    person = alice("5")
    assert +pots(person.pk, "EUR") == {ELSEWHERE: 5 * MICRO}
    assert pots(person.pk, "USD") == {}
    assert not Account.objects.filter(currency="USD").exists()
