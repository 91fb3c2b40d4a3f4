"""What each step of a claim is called on a page for anyone it concerns. It names no person of the store."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from obbligato.claims.models import Claim, ClaimStep
from obbligato.claims.orders.models import CourtOrder

ACTS: dict[str, Promise] = {
    "accept": gettext_lazy("The notice is complete."),
    "ask": gettext_lazy("Something is missing in the notice; it was asked for."),
    "refuse": gettext_lazy("The notice was refused."),
    "complete": gettext_lazy("What was missing has come."),
    "hear": gettext_lazy("The supplier is asked what she knows of it."),
    "skip_hearing": gettext_lazy("It can be decided without waiting for the supplier."),
    "answer": gettext_lazy("The supplier has answered."),
    "remind": gettext_lazy("The supplier was reminded that her time to answer is nearly over."),
    "end_hearing": gettext_lazy("The time for the supplier to answer is over. It is decided on what there is."),
    "restrict": gettext_lazy("It was decided to close what the claim names."),
    "decline": gettext_lazy("It was decided to close nothing."),
    "counter": gettext_lazy("The supplier has sent a counter-notice."),
    "restore": gettext_lazy("What was closed is open again."),
    "tell_of_court": gettext_lazy("The claimant has told of an action in court."),
    "court_order": gettext_lazy("A court has ordered."),
    "uphold": gettext_lazy("The decision stands."),
    "reverse": gettext_lazy("The decision was reversed."),
    "complain": gettext_lazy("It was asked to look at the decision again; somebody else does."),
    "answer_claimant": gettext_lazy("The store has answered."),
    "close": gettext_lazy("The claim was closed."),
    "retract": gettext_lazy("The claimant has taken the claim back."),
    "document": gettext_lazy("A document was added."),
    "standing": gettext_lazy("It was recorded what is known of the claimant's standing."),
    "propose_award": gettext_lazy("It was proposed to give away the shares that waited; a second person decides."),
    "award": gettext_lazy("The shares that waited were given to the claimant."),
    "reject_award": gettext_lazy("What was proposed about the shares comes to nothing; they go on waiting."),
    "no_buyers": gettext_lazy("It was asked who bought something, and refused."),
}
QUIET = {"standing", "propose_award", "award", "reject_award", "document"}
"""Why these were done may be somebody's secret."""


@dataclass(frozen=True)
class Told:
    """A step as a page tells it."""

    at: datetime
    words: str
    reason: str = ""
    order: CourtOrder | None = None


def timeline(claim: Claim, *, has_reasons: bool = True) -> list[Told]:
    """The steps of a claim in their order; to the public without what anyone wrote."""
    steps: Iterable[ClaimStep] = claim.steps.select_related("order")
    return [Told(one.at, str(ACTS[one.act]), _reason(one) if has_reasons else "", one.order) for one in steps]


def _reason(step: ClaimStep) -> str:
    """As it was written; what the store writes by itself is said in the reader's language."""
    return gettext(step.reason) if step.reason and step.act not in QUIET else ""
