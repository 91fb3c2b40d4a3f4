"""Thirty-two clients spend one wallet at once: it pays what it holds, and not a cent more."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from obbligato.ledger import accounts, audit
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, NotEnoughMoney, transfer

pytestmark = pytest.mark.usefixtures("open_books")
Kind = Account.Kind


def test_one_wallet_spent_from_thirty_two_clients_is_never_overdrawn() -> None:
    clearing = accounts.open_account("clearing:x", currency="EUR", kind=Kind.CLEARING)
    wallet = accounts.wallet_of(1, "EUR")
    revenue = accounts.open_account("revenue", currency="EUR", kind=Kind.REVENUE)
    transfer(Move("in", clearing, wallet, 10, "top_up"))

    def spend(number: int) -> bool:
        try:
            transfer(Move(f"out:{number}", wallet, revenue, 1, "sale"))
        except NotEnoughMoney:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(32) as clients:
        paid = list(clients.map(spend, range(64)))
    assert sum(paid) == 10
    assert accounts.balance_micro(wallet) == 0
    assert audit.audit().is_clean


def test_opposite_transfers_do_not_deadlock() -> None:
    one, other = accounts.wallet_of(1, "EUR"), accounts.wallet_of(2, "EUR")
    clearing = accounts.open_account("clearing:x", currency="EUR", kind=Kind.CLEARING)
    transfer(Move("in", clearing, one, 100, "top_up"))
    transfer(Move("in2", clearing, other, 100, "top_up"))

    def pass_on(number: int) -> None:
        source, target = (one, other) if number % 2 else (other, one)
        try:
            transfer(Move(f"swap:{number}", source, target, 1, "gift"))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(pass_on, range(64)))
    assert accounts.balance_micro(one) + accounts.balance_micro(other) == 200
    assert audit.audit().is_clean
