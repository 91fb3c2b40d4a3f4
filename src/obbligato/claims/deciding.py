"""Decide about a claim: restrict with a statement of reasons, decline, decide again. A person decides, with a reason.

The statement exists before anything closes. What was complained about is decided by somebody else than before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from obbligato.catalog.places import WORLD
from obbligato.catalog.restrictions.imposing import impose
from obbligato.catalog.restrictions.models import Effect
from obbligato.claims import announcing, escrow, linting, stepping
from obbligato.claims.locating import recordings_of
from obbligato.claims.models import Claim, ClaimStep, StatementOfReasons
from obbligato.claims.regimes.steps import State, Who
from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Forbidden, Invalid, Refused

EFFECTS = (Effect.SELL, Effect.PREVIEW, Effect.GIFT, Effect.SEARCH)
"""What a decision may close. Owners keep what they bought: only an order can touch that."""
WON = (State.UPHELD.value, State.RESTRICTED.value, State.REVERSED.value, State.COURT_ORDER.value)
"""Where it may be decided for the claimant: reversed may be that nothing was closed. Else nothing is held any more."""
LONGEST_FACTS, LONGEST_EXPLANATION = 5_000, 2_000
"""What the EU Transparency Database takes (its API documentation): a text that is cut would be another one."""


class SamePerson(Forbidden):
    """Nobody decides a complaint about her own decision."""


class NothingLocated(Refused):
    """None of the claim's places leads to a recording, so there is nothing to restrict."""


class BadReasons(Invalid):
    """A statement of reasons lacks something that the law wants in it."""


@dataclass(frozen=True)
class Reasons:
    """What a statement of reasons says (DSA Article 17(3)); territories are ISO 3166-1 alpha-2 codes or WORLD."""

    ground: str
    legal_ground: str
    facts: str
    explanation: str
    territories: Sequence[str]
    effects: Sequence[Effect] = (Effect.SELL, Effect.PREVIEW, Effect.GIFT)
    ends_at: datetime | None = None
    is_detected_automatically: bool = False


@transaction.atomic
def restrict(claim: Claim, reasons: Reasons, *, by: str) -> StatementOfReasons:
    """State the reasons, then close what the claim names in their scope, from that moment on.

    Raises what stepping.take() raises, and SamePerson, NothingLocated, BadReasons, PersonalData, BadScope.
    """
    claim = stepping.locked(claim)
    stepping.allowed(claim, "restrict", who=Who.DESK, reason=reasons.explanation)
    _refuse_about_complaint(claim, "restrict", by)
    recordings = recordings_of(claim)
    if not recordings:
        raise NothingLocated("None of the places that this claim names leads to a recording in this store.")
    _refuse_bad(claim, reasons)

    # Refusals end here, but for those of the scope, which undo all of it.
    statement = _stated(claim, reasons, by)
    now = clock.now()
    impose(
        authority=stepping.authority_of(statement),
        recordings=recordings,
        territories=list(reasons.territories),
        effects=list(reasons.effects),
        starts_at=now,
        ends_at=reasons.ends_at,
        sentence=_sentence(statement),
    )
    statement.imposed_at = now
    statement.save(update_fields=["imposed_at"])
    _note_complaint(claim, by, is_upheld=True)
    stepping.take(claim, "restrict", who=Who.DESK, by=by, reason=reasons.explanation, statement=statement)
    return statement


@transaction.atomic
def act(claim: Claim, name: str, *, by: str, reason: str) -> ClaimStep:
    """Any other step of the desk: decline, skip_hearing, uphold, reverse, restore, answer_claimant, close.

    Raises what stepping.take() raises, and SamePerson.
    """
    claim = stepping.locked(claim)
    stepping.allowed(claim, name, who=Who.DESK, reason=reason)
    _refuse_about_complaint(claim, name, by)
    if name == "restore" and claim.state in WON and not stepping.is_restricting(claim):
        raise stepping.NotPossibleNow("Nothing is closed for this claim.")
    # Refusals end here.
    if claim.state == State.COMPLAINED:
        _note_complaint(claim, by, is_upheld=name == "reverse")
    return stepping.take(claim, name, who=Who.DESK, by=by, reason=reason)


@transaction.atomic
def set_standing(claim: Claim, standing: str, *, by: str, reason: str) -> Claim:
    """Record what is known of a claimant's standing, and why. Shares wait or come free by it; nothing else changes.

    Raises SamePerson, ReasonMissing, NotPossibleNow.
    """
    claim = stepping.locked(claim)
    if claim.complaints.filter(decided_at__isnull=True, first_decider=by).exists():
        raise SamePerson("A complaint about your decision waits; until it is decided, somebody else records standing.")
    if not reason.strip():
        raise stepping.ReasonMissing("Say how this is known.")
    if standing not in Claim.Standing.values:
        raise stepping.NotPossibleNow("A standing is proven, asserted or none.")
    if standing == Claim.Standing.NONE and stepping.is_restricting(claim):
        raise stepping.NotPossibleNow("Something is restricted for this claim. Reverse that decision first.")
    claim.standing = standing
    claim.deadline = stepping.deadline_of(claim, claim.state_since)
    claim.save(update_fields=["standing", "deadline"])
    stepping.note(claim, "standing", who=Who.DESK, by=by, reason=f"{claim.get_standing_display()}: {reason.strip()}")
    escrow.keep_in_step(claim, by=by)
    return claim


def first_decider(claim: Claim) -> str:
    """Who made the decision that stands, or made the one before a complaint."""
    decided = claim.steps.filter(who=Who.DESK.value, act__in=["restrict", "decline", "uphold", "reverse"])
    return str(decided.order_by("-pk").values_list("by", flat=True).first() or "")


def _refuse_about_complaint(claim: Claim, name: str, by: str) -> None:
    """Neither a complaint that waits nor what came of one is for who decided first."""
    complaint = claim.complaints.order_by("pk").last()
    if complaint is None:
        return
    if complaint.first_decider == by:
        raise SamePerson("You made the decision that is complained about; somebody else has to look at it.")
    if complaint.decided_at is not None:
        return
    if name == ("reverse" if complaint.who == Who.CLAIMANT.value else "restrict"):
        raise stepping.NotPossibleNow("This is not what the complaint asks for.")


def _note_complaint(claim: Claim, by: str, *, is_upheld: bool) -> None:
    waiting = claim.complaints.filter(decided_at__isnull=True)
    waiting.update(decided_by=by[:150], decided_at=clock.now(), is_upheld=is_upheld)


def _refuse_bad(claim: Claim, reasons: Reasons) -> None:
    texts = (reasons.legal_ground, reasons.facts, reasons.explanation)
    if not all(text.strip() for text in texts) or reasons.ground not in StatementOfReasons.Ground.values:
        raise BadReasons("Say the ground, the provision it rests on, the facts, and why it applies to them.")
    if len(reasons.facts.strip()) > LONGEST_FACTS or len(reasons.explanation.strip()) > LONGEST_EXPLANATION:
        raise BadReasons(
            f"Facts have at most {LONGEST_FACTS:,} characters, and why they matter {LONGEST_EXPLANATION:,}."
        )
    if WORLD not in claim.territories and set(reasons.territories) - set(claim.territories):
        places = ", ".join(claim.territories)
        raise BadReasons(f"The claimant says that the right is hers in {places}; elsewhere this claim closes nothing.")
    if set(reasons.effects) - set(EFFECTS):
        raise BadReasons("A decision can close sale, preview, gifts and search. What people own is for a court.")
    countered = claim.counter_notices.values_list("name", "signature")
    names = (claim.name, claim.signature, claim.mail, claim.on_behalf_of, *(one for pair in countered for one in pair))
    linting.refuse_personal(texts, names)


def _stated(claim: Claim, reasons: Reasons, by: str) -> StatementOfReasons:
    statement = StatementOfReasons.objects.create(
        number=f"D-{chance.token(6).upper()}",
        claim=claim,
        made_by=by[:150],
        ground=reasons.ground,
        legal_ground=reasons.legal_ground.strip()[:300],
        facts=reasons.facts.strip(),
        explanation=reasons.explanation.strip(),
        territories=list(reasons.territories),
        effects=[effect.value for effect in reasons.effects],
        ends_at=reasons.ends_at,
        is_detected_automatically=reasons.is_detected_automatically,
    )
    announcing.decided(statement)
    return statement


def _sentence(statement: StatementOfReasons) -> str:
    address = f"{settings.SITE_URL}{reverse('public_claim', args=[statement.claim.number])}"
    return f"This is closed here for now by decision {statement.number}; its reasons are at {address}."
