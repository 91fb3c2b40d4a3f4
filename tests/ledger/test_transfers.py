"""The ledger moves money once, never overdraws a guarded account, and creates none."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.ledger import accounts, audit, immutability
from obbligato.ledger.models import Account, Transfer
from obbligato.ledger.transfers import KeyReused, Move, NotEnoughMoney, post, transfer

Kind = Account.Kind


def an_account(name: str, kind: Kind = Kind.WALLET) -> Account:
    return accounts.open_account(name, currency="EUR", kind=kind)


def move(key: str, source: Account, target: Account, amount_micro: int) -> Move:
    return Move(key, source, target, amount_micro, "sale")


@pytest.mark.django_db
class TestTransfer:
    def test_money_arrives_where_it_is_sent(self) -> None:
        clearing, wallet = an_account("clearing:x", Kind.CLEARING), an_account("wallet:1")
        transfer(move("a", clearing, wallet, 5))
        assert accounts.balance_micro(wallet) == 5
        assert accounts.balance_micro(clearing) == -5

    def test_the_same_key_moves_money_once(self) -> None:
        clearing, wallet = an_account("clearing:x", Kind.CLEARING), an_account("wallet:1")
        first = transfer(move("a", clearing, wallet, 5))
        assert transfer(move("a", clearing, wallet, 5)).pk == first.pk
        assert accounts.balance_micro(wallet) == 5

    def test_a_key_cannot_say_something_else_later(self) -> None:
        clearing, wallet = an_account("clearing:x", Kind.CLEARING), an_account("wallet:1")
        transfer(move("a", clearing, wallet, 5))
        with pytest.raises(KeyReused, match="cannot move anything else"):
            transfer(move("a", clearing, wallet, 6))

    def test_a_refused_transfer_leaves_no_trace(self) -> None:
        wallet, other = an_account("wallet:1"), an_account("wallet:2")
        with pytest.raises(NotEnoughMoney, match="is needed"):
            transfer(move("a", wallet, other, 1))
        assert not Transfer.objects.exists()

    def test_several_moves_are_made_all_or_none(self) -> None:
        clearing, wallet, other = (
            an_account("clearing:x", Kind.CLEARING),
            an_account("wallet:1"),
            an_account("wallet:2"),
        )
        with pytest.raises(NotEnoughMoney):
            post([move("a", clearing, wallet, 5), move("b", wallet, other, 6)])
        assert accounts.balance_micro(wallet) == 0
        assert not Transfer.objects.exists()

    def test_money_that_just_arrived_can_be_passed_on_in_the_same_post(self) -> None:
        clearing, wallet, other = (
            an_account("clearing:x", Kind.CLEARING),
            an_account("wallet:1"),
            an_account("wallet:2"),
        )
        post([move("a", clearing, wallet, 5), move("b", wallet, other, 5)])
        assert accounts.balance_micro(other) == 5

    def test_an_account_keeps_its_kind(self) -> None:
        an_account("wallet:1")
        with pytest.raises(AssertionError):
            an_account("wallet:1", Kind.CLEARING)


@pytest.mark.django_db
class TestTheDatabaseItself:
    def test_refuses_a_changed_transfer(self) -> None:
        row = transfer(move("a", an_account("clearing:x", Kind.CLEARING), an_account("wallet:1"), 5))
        with pytest.raises((IntegrityError, DatabaseError), match="never changed"), transaction.atomic():
            Transfer.objects.filter(pk=row.pk).update(amount_micro=6)

    def test_refuses_a_deleted_transfer(self) -> None:
        transfer(move("a", an_account("clearing:x", Kind.CLEARING), an_account("wallet:1"), 5))
        with (
            pytest.raises((IntegrityError, DatabaseError), match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM ledger_transfer")

    def test_refuses_a_negative_wallet(self) -> None:
        wallet = an_account("wallet:1")
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=wallet.pk).update(balance_micro=-1)

    def test_refuses_a_transfer_of_nothing_and_one_to_itself(self) -> None:
        wallet, other = an_account("wallet:1"), an_account("wallet:2")
        for source, target, amount in ((wallet, other, 0), (wallet, other, -5), (wallet, wallet, 5)):
            with pytest.raises(IntegrityError), transaction.atomic():
                Transfer.objects.create(key=f"{amount}{target.pk}", source=source, target=target, amount_micro=amount)


@pytest.mark.django_db
class TestAudit:
    def test_true_books_are_found_true(self) -> None:
        transfer(move("a", an_account("clearing:x", Kind.CLEARING), an_account("wallet:1"), 5))
        found = audit.audit()
        assert found.is_clean
        assert (found.transfers, found.sum_micro) == (1, {"EUR": 0})

    def test_a_balance_changed_behind_its_back_is_named(self) -> None:
        wallet = an_account("wallet:1")
        transfer(move("a", an_account("clearing:x", Kind.CLEARING), wallet, 5))
        Account.objects.filter(pk=wallet.pk).update(balance_micro=7)
        found = audit.audit()
        assert not found.is_clean
        assert "wallet:1" in found.differences[0]

    def test_a_transfer_put_in_behind_its_back_is_found(self) -> None:
        wallet, other = an_account("wallet:1"), an_account("wallet:2")
        Transfer.objects.create(key="raw", source=wallet, target=other, amount_micro=5, kind="x")
        assert any("below zero" in difference for difference in audit.audit().differences)

    def test_a_transfer_between_currencies_is_found_where_somebody_took_the_triggers_away(self) -> None:
        euros = an_account("clearing:x", Kind.CLEARING)
        yen = accounts.open_account("clearing:x", currency="JPY", kind=Kind.CLEARING)
        immutability.remove(connection)
        Transfer.objects.create(key="raw", source=euros, target=yen, amount_micro=5, kind="x")
        immutability.install(connection)
        assert any("malformed" in difference for difference in audit.audit().differences)


NAMES = ("wallet:1", "wallet:2", "royalty:1", "clearing:x", "revenue")
KINDS = (Kind.WALLET, Kind.WALLET, Kind.ROYALTY, Kind.CLEARING, Kind.REVENUE)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(range(8)), st.sampled_from(range(5)), st.sampled_from(range(5)), st.integers(1, 1_000_000)
    ),
    max_size=25,
)


class TestAnySequence(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(MOVES)
    def test_creates_no_money_and_overdraws_no_one(self, moves: list[tuple[int, int, int, int]]) -> None:
        held = [an_account(name, kind) for name, kind in zip(NAMES, KINDS, strict=True)]
        expected, seen = [0] * 5, {}
        for key, source, target, amount in moves:
            if source == target:
                continue
            try:
                transfer(move(str(key), held[source], held[target], amount))
            except (NotEnoughMoney, KeyReused):
                continue
            if key not in seen:
                expected[source] -= amount
                expected[target] += amount
            seen[key] = (source, target, amount)
        assert [accounts.balance_micro(account) for account in held] == expected
        assert all(balance >= 0 for balance in expected[:2])
        assert audit.audit().is_clean
