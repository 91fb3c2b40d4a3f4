"""The orders in effect now, for everyone to read: whose, what they close, until when. It reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

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
    claims: list[str]
    """Numbers of claims that ended by it."""


def orders_in_force() -> list[InForce]:
    """Orders that close something now, the last first. One that has ended is not there, noted or not."""
    return [_shown(order, paper) for order, paper in islice(effective(), LISTED)]


def effective() -> Iterator[tuple[CourtOrder, Paper]]:
    """The orders that close something at this moment, each with the paper that says what; the last first."""
    noted = CourtOrder.objects.filter(state=CourtOrder.State.EFFECTIVE).order_by("-pk")
    for order in noted.prefetch_related("papers", "claim_steps__claim"):
        paper = _last(order)
        if paper.ends_at is None or paper.ends_at > clock.now():
            yield order, paper


def _last(order: CourtOrder) -> Paper:
    applied = [paper for paper in order.papers.all() if paper.applied_at is not None]
    return max(applied, key=lambda paper: (paper.applied_at, paper.pk))


def _shown(order: CourtOrder, paper: Paper) -> InForce:
    assert paper.applied_at is not None, "what took effect did so at a moment"
    return InForce(
        number=order.number,
        issuer=order.issuer,
        case_number=order.case_number,
        legal_basis=paper.legal_basis,
        scope=saying.scope_of(paper),
        decided_at=paper.decided_at,
        since=paper.applied_at,
        is_provisional=paper.force == Paper.Force.PROVISIONAL,
        subject=order.subject,
        claims=[step.claim.number for step in order.claim_steps.all()],
    )
