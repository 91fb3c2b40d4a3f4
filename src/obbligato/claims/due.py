"""Move claims on whose time has come, whoever sleeps: hearings begin and end, what was countered is put back."""

from django.db import transaction
from django.utils.translation import gettext_noop

from obbligato.claims import stepping
from obbligato.claims.hearing import missing
from obbligato.claims.models import Claim
from obbligato.claims.regimes.steps import State, Who
from obbligato.kernel import clock

REASONS = {
    "restore": gettext_noop(
        "The supplier countered the claim, and nobody told of an action in time (17 U.S.C. § 512(g)(2)(C))."
    ),
}


def move_due(limit: int) -> int:
    """Take the step of the clock for claims whose deadline has passed, trusted flaggers' first; how many."""
    due = Claim.objects.filter(deadline__lte=clock.now()).order_by("-is_trusted", "deadline", "pk")
    return sum(_moved(claim) for claim in due[:limit])


@transaction.atomic
def _moved(claim: Claim) -> bool:
    claim = stepping.locked(claim)
    if claim.deadline is None or claim.deadline > clock.now():
        return False  # Somebody else took a step in between.
    step = next(one for one in claim.regime.steps if (one.source, one.who) == (State(claim.state), Who.CLOCK))
    reason = REASONS.get(step.act) or " ".join(missing(claim)) if step.needs_reason else ""
    stepping.take(claim, step.act, who=Who.CLOCK, by="the store", reason=reason)
    return True
