"""End a claim by an order of a court that is in effect here and closes something the claim names. It closes nothing.

What the order closes, its own papers say; the claim's step points to it.
"""

from django.db import transaction

from obbligato.claims import stepping
from obbligato.claims.locating import recordings_of
from obbligato.claims.models import Claim, ClaimStep
from obbligato.claims.orders import in_force
from obbligato.claims.orders.models import CourtOrder
from obbligato.claims.regimes.steps import Who
from obbligato.kernel.refusals import Refused


class NoSuchOrder(Refused):
    """No order in effect of that number is about this claim."""


def orders_about(claim: Claim) -> list[CourtOrder]:
    """Orders in effect now that close some of the recordings a claim names, the last first."""
    named = set(recordings_of(claim))
    return [order for order, paper in in_force.effective() if not named.isdisjoint(paper.recordings)]


@transaction.atomic
def end_by(claim: Claim, number: str, *, by: str, reason: str) -> ClaimStep:
    """The claim ends by the order of this number. Raises NoSuchOrder, and what stepping.take() raises."""
    claim = stepping.locked(claim)
    stepping.allowed(claim, "court_order", who=Who.DESK, reason=reason)
    order = next((one for one in orders_about(claim) if one.number == number.strip().upper()), None)
    if order is None:
        raise NoSuchOrder(
            f"No order {number.strip()[:20]} is in effect here that closes something this claim names."
            " Record it among the court orders; when a second person has verified it, it can be named here."
        )
    # Refusals end here.
    return stepping.take(claim, "court_order", who=Who.DESK, by=by, reason=reason, order=order)


def order_of(claim: Claim) -> CourtOrder | None:
    """The order by which it ended, where that is still in effect."""
    step = claim.steps.filter(act="court_order").last()
    return next((one for one in orders_about(claim) if step and one.pk == step.order_id), None)
