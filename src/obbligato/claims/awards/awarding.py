"""Propose to give a claim's shares to a winner, and confirm or reject that as another person. One person gives none.

What it rests on is named: an order or a decision in effect, or a document that is with the claim.
"""

from django.db import transaction

from obbligato.claims import deciding, stepping
from obbligato.claims.awards.models import Award
from obbligato.claims.models import Claim
from obbligato.claims.orders import ending
from obbligato.claims.regimes.steps import State as Step
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.payments.two_people import refuse_the_same
from obbligato.rights import holding

State = Award.State


class NotWon(Refused):
    """What waits in escrow is not this claimant's, as far as is known."""


class NoGround(Invalid):
    """Nothing decides whose the shares are."""


class ProposedAlready(Refused):
    """A proposal of this claim waits for a second person."""


class NotWaiting(Refused):
    """A second person has said what she thinks of this proposal."""


def grounds_of(claim: Claim) -> dict[str, str]:
    """What may decide whose a claim's shares are, by how it is kept, with words for people."""
    decisions = [one for one in claim.statements.order_by("pk") if one.is_in_effect]
    order = ending.order_of(claim)
    papers = claim.documents.order_by("pk")
    return {
        **({f"order {order.number}": f"Order {order}"} if order else {}),
        **{f"decision {one.number}": f"Decision {one.number} of {one.made_at:%-d %B %Y}" for one in decisions},
        **{f"document {one.sha256}": f"Document {one.name} of the {one.sent_by}" for one in papers},
    }


@transaction.atomic
def propose(claim: Claim, *, winner: str, ground: str, by: str, reason: str) -> Award:
    """Ask that what waits for a claim is given to a party by name; `ground` is one of grounds_of(). Nothing moves.

    Raises NotWon, ReasonMissing, NoGround, ProposedAlready, NothingHeld.
    """
    claim = stepping.locked(claim)
    _refuse_not_won(claim)
    if not (reason.strip() and winner.strip()):
        raise stepping.ReasonMissing("Say whose the shares are, and by what that is known.")
    _refuse_groundless(claim, ground)
    if claim.awards.filter(state=State.PROPOSED).exists():
        raise ProposedAlready("A proposal of this claim waits for a second person already.")
    holding.refuse_unheld(claim.reference)
    # Refusals end here.
    made = Award.objects.create(
        claim=claim, winner=winner.strip()[:200], ground=ground, reason=reason.strip(), asked_by=by[:150]
    )
    _say(made, "propose_award", by, made.reason)
    return made


@transaction.atomic
def confirm(award: Award, *, by: str) -> Award:
    """The second person's word: the shares are the winner's. All that was asked of the proposal is asked again.

    Raises SecondPersonNeeded, NotWaiting, NotWon, NoGround, NothingHeld.
    """
    award = _held(award)
    refuse_the_same(by, award.asked_by, "award")
    _refuse_not_won(award.claim)
    _refuse_groundless(award.claim, award.ground)
    holding.award_payout(award.claim.reference, winner=award.winner, proposed_by=award.asked_by, by=by)
    # Refusals end here.
    _decide(award, State.CONFIRMED, by)
    _say(award, "award", by, award.reason)
    return award


@transaction.atomic
def reject(award: Award, *, by: str, reason: str) -> Award:
    """The proposal comes to nothing, by anyone's word, its author's too; the shares go on waiting.

    Raises NotWaiting, ReasonMissing.
    """
    award = _held(award)
    if not reason.strip():
        raise stepping.ReasonMissing("Say why the shares are not given to her.")
    # Refusals end here.
    _decide(award, State.REJECTED, by)
    _say(award, "reject_award", by, reason)
    return award


def _held(award: Award) -> Award:
    """The proposal with its claim, both held until the transaction ends. Raises NotWaiting."""
    claim = stepping.locked(award.claim)
    award = Award.objects.get(pk=award.pk)
    award.claim = claim
    if award.state != State.PROPOSED:
        raise NotWaiting("A second person has decided about this proposal already.")
    return award


def _refuse_not_won(claim: Claim) -> None:
    can_be_reversed = "complain" in stepping.open_acts(claim, Who.SUPPLIER)
    if claim.state not in deciding.WON or claim.standing != Claim.Standing.PROVEN or can_be_reversed:
        raise NotWon("Shares go to a claimant of proven standing whose claim was decided for good, or by a court.")
    if claim.state == Step.COURT_ORDER and ending.order_of(claim) is None:
        raise NotWon("The order by which this claim ended is not in effect any more.")


def _refuse_groundless(claim: Claim, ground: str) -> None:
    if ground not in grounds_of(claim):
        raise NoGround("Name the order or decision in effect, or the document, that decides whose the shares are.")


def _decide(award: Award, state: Award.State, by: str) -> None:
    award.state, award.decided_by, award.decided_at = state, by[:150], clock.now()
    award.save(update_fields=["state", "decided_by", "decided_at"])


def _say(award: Award, act: str, by: str, reason: str) -> None:
    facts, personal = {"ground": award.ground}, {"winner": award.winner}
    stepping.note(award.claim, act, who=Who.DESK, by=by, reason=reason, facts=facts, personal=personal)
