"""What was quoted as a bound costs what it truly weighs: the difference returns to the wallet, once."""

import pytest

from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.sales import baskets, checkout, settling, wallets
from obbligato.sales.models import OrderLine, Purchase
from obbligato.sales.quoting import format_named
from tests.makers import a_release, alice

pytestmark = pytest.mark.django_db


def a_paid_line(format_name: str = "mp3-v0") -> OrderLine:
    person = alice("10")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(per_megabyte="5", minimum="0.01", tracks=1), format_named(format_name))
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    return OrderLine.objects.get()


def test_a_smaller_file_returns_the_difference() -> None:
    line = a_paid_line()
    assert not line.is_exact
    before = wallets.balance(line.order.person, "EUR")
    made = settling.settle(line, actual_bytes=line.size_bytes // 2)
    assert made.returned_micro == pytest.approx(line.price_micro / 2, abs=10_000)
    assert wallets.balance(line.order.person, "EUR") == before + made.returned_micro
    assert Purchase.objects.get().size_bytes == line.size_bytes // 2
    assert audit().is_clean


def test_settling_twice_returns_once() -> None:
    line = a_paid_line()
    settling.settle(line, actual_bytes=line.size_bytes // 2)
    settling.settle(line, actual_bytes=1)
    assert wallets.balance(line.order.person, "EUR") < 10 * MICRO
    assert line.order.lines.get().settlement.actual_bytes == line.size_bytes // 2


def test_a_larger_file_is_never_charged_more() -> None:
    line = a_paid_line()
    before = wallets.balance(line.order.person, "EUR")
    assert settling.settle(line, actual_bytes=line.size_bytes * 2).returned_micro == 0
    assert wallets.balance(line.order.person, "EUR") == before


def test_an_exact_line_has_nothing_to_return() -> None:
    line = a_paid_line("mp3-320")
    assert line.is_exact
    assert settling.settle(line, actual_bytes=1).returned_micro == 0


def test_the_return_is_borne_by_the_store_where_a_share_was_paid_out() -> None:
    line = a_paid_line()
    from obbligato.ledger import accounts
    from obbligato.ledger.models import Account
    from obbligato.ledger.transfers import Move, transfer

    bank = accounts.open_account("clearing:bank", currency="EUR", kind=Account.Kind.CLEARING)
    for share in Account.objects.filter(kind=Account.Kind.ROYALTY):
        transfer(Move(f"payout:{share.pk}", share, bank, accounts.balance_micro(share), "payout"))
    before = wallets.balance(line.order.person, "EUR")
    made = settling.settle(line, actual_bytes=line.size_bytes // 2)
    assert wallets.balance(line.order.person, "EUR") == before + made.returned_micro > before
    assert audit().is_clean
