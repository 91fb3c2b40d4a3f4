"""The orders in effect now, for everyone to read: whose, what they close, until when. It reads only."""

from dataclasses import dataclass
from datetime import datetime

from obbligato.claims.orders import saying
from obbligato.claims.orders.models import CourtOrder, Paper
from obbligato.kernel import clock

LISTED = 500


@dataclass(frozen=True)
class InForce:
    """One order as the public page shows it."""

    number: str
    issuer: str
    case_number: str
    legal_basis: str
    scope: str
    decided_at: datetime
    since: datetime
    is_provisional: bool
    subject: str
    """As the public log names it."""


def orders_in_force() -> list[InForce]:
    """Orders that close something now, the last first. One that has ended is not there, noted or not."""
    effective = CourtOrder.objects.filter(state=CourtOrder.State.EFFECTIVE).order_by("-pk")[:LISTED]
    found = []
    for order in effective.prefetch_related("papers"):
        paper = _last(order)
        if paper.applied_at is not None and (paper.ends_at is None or paper.ends_at > clock.now()):
            found.append(_shown(order, paper, paper.applied_at))
    return found


def _last(order: CourtOrder) -> Paper:
    applied = [paper for paper in order.papers.all() if paper.applied_at is not None]
    return max(applied, key=lambda paper: (paper.applied_at, paper.pk))


def _shown(order: CourtOrder, paper: Paper, since: datetime) -> InForce:
    return InForce(
        number=order.number,
        issuer=order.issuer,
        case_number=order.case_number,
        legal_basis=paper.legal_basis,
        scope=saying.scope_of(paper),
        decided_at=paper.decided_at,
        since=since,
        is_provisional=paper.force == Paper.Force.PROVISIONAL,
        subject=order.subject,
    )
