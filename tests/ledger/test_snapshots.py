"""Snapshots shorten the fold of open accounts and never change what it comes to."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.kernel import triggers
from obbligato.ledger import accounts, audit, immutability, snapshots
from obbligato.ledger.models import Account, Snapshot, Transfer
from obbligato.ledger.transfers import Move, transfer

Kind = Account.Kind


def open_pair() -> tuple[Account, Account]:
    clearing = accounts.open_account("clearing:x", currency="EUR", kind=Kind.CLEARING)
    return clearing, accounts.open_account("revenue", currency="EUR", kind=Kind.REVENUE)


def move(number: int, source: Account, target: Account, amount_micro: int) -> None:
    transfer(Move(f"n:{number}", source, target, amount_micro, "sale"))


class TestAnyHistory(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 10**12)), max_size=30))
    def test_has_the_same_balances_with_snapshots_at_any_moment(self, steps: list[tuple[bool, bool, int]]) -> None:
        clearing, revenue = open_pair()
        held = 0
        for number, (is_back, is_snapped, amount) in enumerate(steps):
            source, target = (revenue, clearing) if is_back else (clearing, revenue)
            move(number, source, target, amount)
            held += -amount if is_back else amount
            if is_snapped:
                snapshots.take(transfers_between=1)
            assert accounts.balance_micro(revenue) == held
        assert accounts.balance_micro(clearing) == -held
        assert audit.audit().is_clean


@pytest.mark.django_db
class TestSnapshots:
    def test_are_taken_only_when_enough_has_happened(self) -> None:
        clearing, revenue = open_pair()
        move(0, clearing, revenue, 5)
        assert snapshots.take(transfers_between=1) == 2
        move(1, clearing, revenue, 5)
        assert snapshots.take(transfers_between=2) == 0
        move(2, clearing, revenue, 5)
        assert snapshots.take(transfers_between=2) == 2
        assert snapshots.take(transfers_between=2) == 0

    def test_are_not_needed_by_guarded_accounts(self) -> None:
        clearing, _ = open_pair()
        move(1, clearing, accounts.wallet_of(1, "EUR"), 5)
        assert snapshots.take(transfers_between=1) == 1
        assert Snapshot.objects.get().account == clearing

    def test_say_what_they_are(self) -> None:
        clearing, _ = open_pair()
        assert str(Snapshot(account=clearing, through=7)) == "clearing:x (EUR) up to transfer 7"

    def test_that_lie_are_found_by_the_audit(self) -> None:
        clearing, revenue = open_pair()
        move(1, clearing, revenue, 5)
        Snapshot.objects.create(account=revenue, through=Transfer.objects.get().pk, balance_micro=6)
        assert any("snapshot of revenue" in one for one in audit.audit().differences)


STATEMENTS = {
    "UPDATE ledger_snapshot SET balance_micro = 1": "snapshot is never changed",
    "DELETE FROM ledger_snapshot": "snapshot is never changed",
    "UPDATE ledger_account SET name = 'other'": "stays what it is",
    "UPDATE ledger_account SET currency = 'JPY'": "stays what it is",
    "UPDATE ledger_account SET kind = 'wallet'": "stays what it is",
    "DELETE FROM ledger_account": "never deleted",
}


@pytest.mark.django_db
class TestTheDatabaseItself:
    def test_is_told_every_rule_in_the_words_of_either_database(self) -> None:
        for rule in immutability.RULES:
            function, trigger = triggers.for_postgresql(rule)
            assert rule.sentence in function
            assert f"BEFORE {rule.event} ON {rule.table}" in trigger
            assert rule.sentence in triggers.for_sqlite(rule)[0]

    @pytest.mark.parametrize("statement", STATEMENTS)
    def test_refuses_to_falsify(self, statement: str) -> None:
        clearing, revenue = open_pair()
        move(1, clearing, revenue, 5)
        snapshots.take(transfers_between=1)
        with (
            pytest.raises((IntegrityError, DatabaseError), match=STATEMENTS[statement]),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    def test_refuses_a_transfer_between_currencies(self) -> None:
        euros, _ = open_pair()
        yen = accounts.open_account("clearing:x", currency="JPY", kind=Kind.CLEARING)
        with pytest.raises((IntegrityError, DatabaseError), match="one currency"), transaction.atomic():
            Transfer.objects.create(key="raw", source=euros, target=yen, amount_micro=5, kind="x")

    def test_refuses_an_account_that_is_neither_guarded_nor_open(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create(name="x", currency="EUR", kind=Kind.WALLET, may_overdraw=False)
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create(name="x", currency="EUR", kind=Kind.BANK, may_overdraw=True, balance_micro=0)
