"""A top-up is disputed: what was bought with it is found, and the shares of that are held until the dispute ends.

The store's own loss is the payments folder's; here the rights-holders' part of it is held, given back, or lost.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q

from obbligato.kernel import clock
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, post
from obbligato.payments.models import Dispute
from obbligato.sales import ending
from obbligato.sales.models import ClawBack, ClawBackLine, Order, OrderLine
from obbligato.sales.postings import parts_of
from obbligato.sales.withheld.places import ROYALTY, places_of

State = Dispute.State


def due(limit: int) -> list[Dispute]:
    """Disputes whose effect on orders is not posted yet, the oldest first."""
    unposted = Q(claw_back__isnull=True) | ~Q(claw_back__state=F("state"))
    return list(Dispute.objects.filter(unposted).order_by("pk")[:limit])


@transaction.atomic
def follow(dispute: Dispute) -> ClawBack:
    """Post what the dispute, as it stands, means for orders; any number of times to the same result.

    Opened: the shares of what was bought with the money are held. Won: they are given back. Lost: they bear their
    part of the loss.
    """
    dispute = Dispute.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=dispute.pk)
    claw_back, is_new = ClawBack.objects.get_or_create(dispute=dispute)
    if is_new and dispute.state != State.WON:
        _lay(claw_back, dispute)
    if claw_back.state == dispute.state:
        return claw_back
    if dispute.state == State.WON:
        _release(claw_back)
    else:
        _lose(claw_back)
    claw_back.state, claw_back.closed_at = dispute.state, clock.now()
    claw_back.save()
    return claw_back


@transaction.atomic
def end_purchases(order: Order, *, by: str, reason: str) -> int:
    """End what her bank took back the whole price of; how many purchases. A dispute won later lets them stand again."""
    Order.objects.select_for_update().get(pk=order.pk)
    ended = 0
    laid = ClawBackLine.objects.filter(line__order=order).exclude(claw_back__state=State.WON)
    for one in laid.select_related("line").order_by("pk"):
        if one.line.left_micro == 0 and ending.end(one.line, by=by, reason=reason):
            one.has_ended_purchase = True
            one.save(update_fields=["has_ended_purchase"])
            ended += 1
    return ended


def _lay(claw_back: ClawBack, dispute: Dispute) -> None:
    """Lay what could not be taken from the wallet on what she bought since the top-up, the newest first."""
    left = dispute.amount_micro - dispute.reclaimed_micro
    moves = []
    for line in _bought_since(dispute):
        amount = min(left, line.left_micro)
        if amount <= 0:
            continue
        parts = {name: part for (name, _), part in parts_of(line.order, line, amount).items()}
        ClawBackLine.objects.create(claw_back=claw_back, line=line, amount_micro=amount, parts=parts)
        OrderLine.objects.filter(pk=line.pk).update(disputed_micro=F("disputed_micro") + amount)
        moves += [_move(dispute, line, name, part, "held") for name, part in _shares(parts)]
        left -= amount
        claw_back.laid_micro += amount
    _post(moves)
    claw_back.save()


def _bought_since(dispute: Dispute) -> list[OrderLine]:
    attempt = dispute.attempt
    orders = Order.objects.filter(
        person_id=attempt.person_id, currency=attempt.currency, paid_at__gte=attempt.settled_at or attempt.created_at
    )
    list(orders.select_for_update().order_by("pk"))
    lines = OrderLine.objects.filter(order__in=orders).select_related("order", "track")
    return list(lines.order_by("-order__paid_at", "-order_id", "-pk"))


def _release(claw_back: ClawBack) -> None:
    moves = []
    for one in _laid(claw_back):
        OrderLine.objects.filter(pk=one.line_id).update(disputed_micro=F("disputed_micro") - one.amount_micro)
        moves += [_move(claw_back.dispute, one.line, name, part, "released") for name, part in _shares(one.parts)]
        if one.has_ended_purchase:
            ending.restore(one.line)
    _post(moves)


def _lose(claw_back: ClawBack) -> None:
    _post(
        [
            _move(claw_back.dispute, one.line, name, part, "lost")
            for one in _laid(claw_back)
            for name, part in _shares(one.parts)
        ]
    )


def _laid(claw_back: ClawBack) -> list[ClawBackLine]:
    orders = Order.objects.filter(lines__claw_backs__claw_back=claw_back)
    list(Order.objects.select_for_update().filter(pk__in=orders.values("pk")).order_by("pk"))
    return list(claw_back.lines.select_related("line__order").order_by("pk"))


def _shares(parts: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, part) for name, part in sorted(parts.items()) if part and name.startswith(ROYALTY)]


def _move(dispute: Dispute, line: OrderLine, name: str, part: int, act: str) -> Move:
    """One party's part of one line: from where it is to held, from held to there, or to the loss it lessens.

    It is where it accrued, or in the escrow of a claim.
    """
    currency, reference = line.order.currency, f"dispute:{dispute.pk}"
    place, kind = places_of(line).get(name, (name, Account.Kind.ROYALTY))
    accrued = accounts.open_account(place, currency=currency, kind=kind)
    held_name = f"disputed:{name.removeprefix(ROYALTY)}"
    held = accounts.open_account(held_name, currency=currency, kind=Account.Kind.DISPUTED)
    if act == "held":
        source, target = accrued, held
    elif act == "released":
        source, target = held, accrued
    else:
        source = held
        target = accounts.chargeback_loss(currency)
    return Move(f"{reference}:{act}:{line.pk}:{name}", source, target, part, f"dispute_{act}", reference)


def _post(moves: Sequence[Move]) -> None:
    if moves:
        post(moves)
