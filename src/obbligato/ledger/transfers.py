"""Move money. Nothing else in the store may change a balance.

A transfer takes from one account what it gives to another, so the books
balance by construction: the sum of all balances in a currency is always zero.
"""

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from obbligato.kernel import clock
from obbligato.kernel.money import LARGEST_MICRO, Money
from obbligato.kernel.questions import question
from obbligato.kernel.refusals import Refused
from obbligato.ledger.models import Account, Transfer


class NotEnoughMoney(Refused):
    """The source holds less than was asked of it."""


class KeyReused(Refused):
    """The key already moved other money; a key says one thing for ever."""


@dataclass(frozen=True)
class Move:
    """One transfer to be made: amount in micro-units, and a key that makes it happen once."""

    key: str
    source: Account
    target: Account
    amount_micro: int
    kind: str
    reference: str = ""


def transfer(move: Move) -> Transfer:
    """Move money once per key. Asking again with the same key moves nothing."""
    return post([move])[0]


def post(moves: Sequence[Move]) -> list[Transfer]:
    """Make several transfers, all or none, in order, at one moment. Keys used before with the same body move nothing.

    Raises NotEnoughMoney where a guarded source would fall below zero, KeyReused where a key said otherwise; then
    nothing was written, so a transaction around it may go on.
    """
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        return _posted(moves)


def _posted(moves: Sequence[Move]) -> list[Transfer]:
    for move in moves:
        _assert_sound(move)
    balances = _lock_balances(moves)
    known = {record.key: record for record in _made_under([move.key for move in moves])}
    for move in moves:
        _refuse_other_body(known.get(move.key), move)
    fresh = [move for move in moves if move.key not in known]
    for move in fresh:
        _apply(balances, move)

    # All refusals are above; from here on the money moves.
    now = clock.now()
    made = Transfer.objects.bulk_create([_row(move, now) for move in fresh])
    for account_pk in sorted(balances):
        Account.objects.filter(pk=account_pk).update(balance_micro=balances[account_pk])
    known.update({row.key: row for row in made})
    return [known[move.key] for move in moves]


def _assert_sound(move: Move) -> None:
    assert 0 < move.amount_micro <= LARGEST_MICRO
    assert move.source.pk != move.target.pk
    assert move.source.currency == move.target.currency


def _lock_balances(moves: Sequence[Move]) -> dict[int, int]:
    # Always in primary-key order: two opposite transfers then cannot deadlock.
    guarded = {account.pk for move in moves for account in (move.source, move.target) if not account.may_overdraw}
    return {pk: balance or 0 for pk, balance in _locked(guarded)}


@question
def _locked(guarded: Collection[int]) -> QuerySet[Account, tuple[int, int | None]]:
    rows = Account.objects.select_for_update().filter(pk__in=guarded).order_by("pk")
    return rows.values_list("pk", "balance_micro")


@question
def _made_under(keys: Collection[str]) -> QuerySet[Transfer]:
    return Transfer.objects.filter(key__in=keys)


def _refuse_other_body(record: Transfer | None, move: Move) -> None:
    if record is None:
        return
    stored = (record.source_id, record.target_id, record.amount_micro, record.kind)
    if stored != (move.source.pk, move.target.pk, move.amount_micro, move.kind):
        raise KeyReused(
            "The key {key} already moved {amount}; it cannot move anything else.", key=move.key, amount=record.amount
        )


def _apply(balances: dict[int, int], move: Move) -> None:
    if not move.source.may_overdraw:
        held = balances[move.source.pk]
        if held < move.amount_micro:
            wanted, currency = move.amount_micro, move.source.currency
            raise NotEnoughMoney(
                "There is {held} in the account, and {wanted} is needed.",
                held=Money(held, currency),
                wanted=Money(wanted, currency),
            )
        balances[move.source.pk] = held - move.amount_micro
    if not move.target.may_overdraw:
        balances[move.target.pk] += move.amount_micro


def _row(move: Move, now: datetime) -> Transfer:
    return Transfer(
        key=move.key,
        source=move.source,
        target=move.target,
        amount_micro=move.amount_micro,
        kind=move.kind,
        reference=move.reference,
        created_at=now,
    )
