"""Write down what open accounts hold, so that their balances are quick to tell for ever. It moves no money."""

from collections import Counter

from django.db import connection, transaction
from django.db.models import Max, Sum

from obbligato.ledger.models import Snapshot, Transfer

TRANSFERS_BETWEEN = 10_000
LET_WRITERS_FINISH = {"postgresql": "LOCK TABLE ledger_transfer IN SHARE MODE", "sqlite": "SELECT 1"}


def take(*, transfers_between: int = TRANSFERS_BETWEEN) -> int:
    """A snapshot of each open account that moved since the last time, where so many transfers were made since.

    Gives how many were taken. Whoever takes them at the same moment takes the same ones.
    """
    since = Snapshot.objects.aggregate(last=Max("through"))["last"] or 0
    if (Transfer.objects.aggregate(last=Max("pk"))["last"] or 0) - since < max(1, transfers_between):
        return 0
    through = last_final_transfer()
    moved = _moved_micro(since, through)
    before = {one.account_id: one.balance_micro for one in Snapshot.objects.order_by("through")}
    rows = [
        Snapshot(account_id=pk, through=through, balance_micro=before.get(pk, 0) + moved[pk]) for pk in sorted(moved)
    ]
    return len(Snapshot.objects.bulk_create(rows, ignore_conflicts=True))


@transaction.atomic
def last_final_transfer() -> int:
    """The highest id up to which no transfer can come any more; 0 where there is none yet.

    Ids are given out before their rows are committed. For the moment of looking, PostgreSQL lets every writer finish
    and keeps new ones waiting; on SQLite only one writes at a time anyway.
    """
    with connection.cursor() as cursor:
        cursor.execute(LET_WRITERS_FINISH[connection.vendor])
    return Transfer.objects.aggregate(last=Max("pk"))["last"] or 0


def _moved_micro(since: int, through: int) -> Counter[int]:
    """What each open account that moved in between gained, by its id; perhaps nothing in the end."""
    made = Transfer.objects.filter(pk__gt=since, pk__lte=through).order_by()
    gained: Counter[int] = Counter()
    for side, sign in (("target", 1), ("source", -1)):
        rows = (
            made.filter(**{f"{side}__may_overdraw": True}).values_list(f"{side}_id").annotate(total=Sum("amount_micro"))
        )
        for pk, total in rows:
            gained[pk] += sign * int(total)
    return gained
