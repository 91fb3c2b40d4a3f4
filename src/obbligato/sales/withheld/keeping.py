"""Bring shares of held recordings into escrow, and out of it when their holding has ended; each of them once.

What is held in a dispute stays there until the dispute ends, and then joins the rest, wherever that is by then.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from obbligato.kernel import clock
from obbligato.kernel.questions import question
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, post
from obbligato.rights import holding as rights_holding
from obbligato.rights.escrow.models import HeldRecording, Holding
from obbligato.sales.models import Order, OrderLine
from obbligato.sales.postings import still_has
from obbligato.sales.withheld.models import Withheld
from obbligato.sales.withheld.places import ROYALTY, kind_of

LATE_COMMIT = timedelta(hours=1)
"""A sale may become visible so long after the moment it bears."""
LINES_AT_ONCE = 500


def keep(order: Order) -> None:
    """In the transaction of a sale: the shares of what is held by then go on into escrow."""
    if not _is_any_open():
        return
    lines = list(order.lines.select_related("order", "track").order_by("pk"))
    holders = rights_holding.holders_of(line.track.recording_id for line in lines)
    for line in lines:
        if holder := holders.get(line.track.recording_id):
            _withhold(holder, [line])


@question
def _is_any_open() -> QuerySet[Holding, tuple[int]]:
    return Holding.objects.filter(ended_at__isnull=True).values_list("pk")[:1]


def due(limit: int) -> list[Holding]:
    """Holdings for which shares have still to be moved: not looked through of late, or ended with some left."""
    open_ones = Q(ended_at__isnull=True) & (
        Q(looked_through__isnull=True) | Q(looked_through__lt=clock.now() - LATE_COMMIT)
    )
    ended = Q(ended_at__isnull=False) & Exists(Withheld.objects.filter(holding=OuterRef("pk")))
    return list(Holding.objects.filter(open_ones | ended).order_by("pk")[:limit])


@transaction.atomic
def follow(holding: Holding) -> int:
    """Move what the holding, as it stands, asks for; any number of times to the same result. How many lines.

    While it is open: shares accrued and not paid out yet go into escrow, the newest sale first. Once it ended: to each
    party or to the winner, or into the next holding of the same recording.
    """
    holding = Holding.objects.select_for_update().get(pk=holding.pk)
    if holding.ended_at is not None:
        return _let_go(holding)
    began, after = clock.now(), 0
    while lines := _sold(holding, after):
        _withhold(holding, lines)
        after += len(lines)
    holding.looked_through = began
    holding.save(update_fields=["looked_through"])
    return after


def _sold(holding: Holding, first: int) -> list[OrderLine]:
    """Paid lines of its recordings that nothing holds: all of them the first time, then those since the last."""
    held = HeldRecording.objects.filter(holding=holding).values("recording")
    lines = OrderLine.objects.filter(track__recording__in=held, order__paid_at__isnull=False)
    if holding.looked_through is not None:
        lines = lines.filter(order__paid_at__gt=holding.looked_through - LATE_COMMIT)
    found = lines.order_by("-order__paid_at", "-pk")[first : first + LINES_AT_ONCE]
    return _locked(list(found.values_list("pk", flat=True)))


def _locked(lines: Sequence[int]) -> list[OrderLine]:
    """These lines, newest sale first, their orders held until the transaction ends as all who take back do."""
    list(Order.objects.select_for_update().filter(lines__in=lines).order_by("pk").values_list("pk"))
    found = OrderLine.objects.filter(pk__in=lines).select_related("order", "track")
    return list(found.order_by("-order__paid_at", "-pk"))


def _withhold(holding: Holding, lines: Sequence[OrderLine]) -> None:
    """Into escrow with each share that no other holding has, as far as its account still holds that much."""
    left: dict[tuple[str, str], int] = {}
    for line in lines:
        known = {one.accrued_to: one for one in Withheld.objects.filter(line=line)}
        moves = []
        for name, amount in sorted(_shares(line).items()):
            row = known.get(name) or Withheld(line=line, accrued_to=name, place=name)
            if row.holding_id is not None or not _has(left, row.place, line.order.currency, amount):
                continue  # Another holding was first, or it was paid out already.
            place = holding.account_name(_party_of(row.place))
            moves += _moves(holding, row, place, amount, "withheld")
            row.place, row.holding = place, holding
            row.save()
        post(moves)


def _has(left: dict[tuple[str, str], int], place: str, currency: str, amount_micro: int) -> bool:
    """Whether the account still has so much that was not paid out; and if so, that it is taken from there."""
    if (place, currency) not in left:
        account = accounts.open_account(place, currency=currency, kind=kind_of(place))
        left[place, currency] = accounts.balance_micro(account)
    if left[place, currency] < amount_micro:
        return False
    left[place, currency] -= amount_micro
    return True


def _let_go(holding: Holding) -> int:
    found = Withheld.objects.filter(holding=holding).order_by("line_id")
    lines = _locked(sorted(set(found.values_list("line_id", flat=True)[:LINES_AT_ONCE])))
    others = rights_holding.holders_of({line.track.recording_id for line in lines}, but=holding.pk)
    for line in lines:
        shares, moves = _shares(line), []
        for row in found.filter(line=line).select_related("line__order"):
            party = holding.winner_id or _party_of(row.place)
            row.holding = others.get(line.track.recording_id)
            place = row.holding.account_name(party) if row.holding else f"{ROYALTY}{party}"
            moves += _moves(holding, row, place, shares[row.accrued_to], "let_go")
            row.place = place
            row.save()
        post(moves)
    return len(lines)


def _shares(line: OrderLine) -> Counter[str]:
    """What is left of each party's share of a line, without what a dispute holds of it; in micro-units.

    A share of which nothing is left is there too: what a dispute has all of has to find its place when that ends.
    """
    parts = still_has(line.order, line).items()
    return Counter({name: amount for (name, kind), amount in parts if kind == Account.Kind.ROYALTY})


def _moves(holding: Holding, row: Withheld, place: str, amount_micro: int, act: str) -> list[Move]:
    """From where the share is to a place; nothing where nothing is left of it, or it is there already."""
    if not amount_micro or place == row.place:
        return []
    currency = row.line.order.currency
    source = accounts.open_account(row.place, currency=currency, kind=kind_of(row.place))
    target = accounts.open_account(place, currency=currency, kind=kind_of(place))
    key = f"{act}:{holding.pk}:{row.line_id}:{row.accrued_to}"
    return [Move(key, source, target, amount_micro, act, holding.reference)]


def _party_of(place: str) -> int:
    return int(place.rpartition(":")[2])
