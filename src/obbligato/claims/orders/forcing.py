"""Let a verified paper take effect once it is in force or provisionally enforceable: exactly its scope, no sooner.

An amendment takes the place of what the order closed before from one moment on; a lifting ends it. What others close
stays closed, for what is in effect is the union of all.
"""

from datetime import datetime

from django.db import transaction

from obbligato.catalog.restrictions import imposing
from obbligato.catalog.restrictions.imposing import Authority
from obbligato.claims.orders import saying, writing
from obbligato.claims.orders.models import CourtOrder, OrderStep, Paper
from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid, Refused


class NotWaiting(Refused):
    """The paper does not wait until it is in force."""


class NotInForceThen(Invalid):
    """No paper is in force before it was decided, or in the future."""


@transaction.atomic
def note_force(paper: Paper, force: Paper.Force, *, since: datetime, by: str, why: str) -> Paper:
    """A verified paper is in force, or provisionally enforceable, since a moment; it takes effect now.

    Raises NotWaiting, NotInForceThen.
    """
    order = CourtOrder.objects.select_for_update().get(pk=paper.order_id)
    paper = Paper.objects.get(pk=paper.pk)
    paper.order = order
    is_over = order.state == CourtOrder.State.LIFTED or (
        order.state == CourtOrder.State.EXPIRED and paper.kind != Paper.Kind.AMENDMENT  # One may prolong it after all.
    )
    if paper.verified_at is None or paper.force != Paper.Force.NONE or is_over:
        raise NotWaiting("This paper does not wait until it is in force.")
    if order.papers.filter(pk__gt=paper.pk, applied_at__isnull=False).exists():
        raise NotWaiting("A later paper of this order has taken effect already, and counts in its place.")
    if force == Paper.Force.NONE or not paper.decided_at <= since <= clock.now():
        raise NotInForceThen("Say since when it is in force: not before it was decided, and not in the future.")
    # All refusals are made; what follows writes.
    paper.force, paper.force_since = force, since
    paper.save(update_fields=["force", "force_since"])
    saying.step(OrderStep.Kind.IN_FORCE, order, paper, by=by, why=why)
    take_effect(paper, by=by)
    return paper


def wait(paper: Paper, *, by: str) -> None:
    """A verified paper that is not in force changes nothing yet."""
    if paper.kind == Paper.Kind.ORDER:
        _become(paper.order, CourtOrder.State.WAITING_FORCE)
    saying.step(OrderStep.Kind.WAITING, paper.order, paper, by=by, why="It is not in force yet.")


def take_effect(paper: Paper, *, by: str) -> None:
    """Close, or open, what a verified paper in force says, in the caller's transaction, and report it."""
    order, now = paper.order, clock.now()
    assert paper.verified_at is not None, "nothing takes effect that was not verified"
    assert paper.force_since is not None, "nothing takes effect that is not in force"
    paper.applied_at = now
    paper.save(update_fields=["applied_at"])
    imposing.lift(authority=_authority(order, paper.force_since), at=now, by=by)
    if paper.kind == Paper.Kind.LIFTING:
        _become(order, CourtOrder.State.LIFTED)
        saying.step(OrderStep.Kind.LIFTED, order, paper, by=by, why="A paper in force lifts it.")
    elif paper.ends_at is not None and paper.ends_at <= now:
        _become(order, CourtOrder.State.EXPIRED)
        saying.step(OrderStep.Kind.EXPIRED, order, paper, by=by, why="Its time was over before it was in force.")
    else:
        _impose(paper, paper.force_since, now)
        _become(order, CourtOrder.State.EFFECTIVE)
        is_first = paper.kind == Paper.Kind.ORDER
        kind = OrderStep.Kind.EFFECTIVE if is_first else OrderStep.Kind.AMENDED
        saying.step(kind, order, paper, by=by, why=saying.scope_of(paper))
    writing.report(paper)


def _impose(paper: Paper, since: datetime, now: datetime) -> None:
    scope = paper.scope(now)
    imposing.impose(
        authority=_authority(paper.order, since),
        recordings=scope.recordings,
        territories=sorted(scope.territories),
        effects=paper.effect_names,
        starts_at=scope.starts_at,
        ends_at=scope.ends_at,
        sentence=saying.sentence_of(paper.order),
    )


def _authority(order: CourtOrder, since: datetime) -> Authority:
    return Authority(Authority.ORDER, order.number, since)


def _become(order: CourtOrder, state: CourtOrder.State) -> None:
    order.state = state
    order.save(update_fields=["state"])
