"""Take one step of a claim, as its law's table allows; whatever changes a claim's state goes through here.

A period that has not passed, a missing reason, somebody else's step: each is refused before anything is written.
"""

from collections.abc import Mapping
from datetime import datetime

from obbligato.catalog.restrictions.imposing import Authority, lift
from obbligato.claims import announcing, escrow, policies, strikes, telling
from obbligato.claims.models import Claim, ClaimStep, StatementOfReasons
from obbligato.claims.orders.models import CourtOrder
from obbligato.claims.regimes.steps import LABELS, Change, State, Step, Who
from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid, Refused

WAITS_FOR_THE_DESK = (
    State.VALID.value,
    State.QUEUED.value,
    State.ASSESS.value,
    State.COMPLAINED.value,
    State.FORWARDED.value,
)
"""Where a person of the store has the next word."""
ASKED = (State.HEARING.value, State.REHEARING.value, State.FORWARDED.value)
"""Where the supplier has a term to answer."""
UNDECIDED = (State.RECEIVED.value, State.INCOMPLETE.value, *ASKED, *WAITS_FOR_THE_DESK)
"""Where what a supplier says is an answer that is read before a decision."""


class NotPossibleNow(Refused):
    """The claim does not stand where this could be done."""


class TooEarly(Refused):
    """A period that the law gives somebody has not passed."""


class TooLate(Refused):
    """The time in which this could be done is over."""


class ReasonMissing(Invalid):
    """A decision needs a reason."""


class NotOffered(Refused):
    """The law asks this of larger stores only, and the store is none."""


class NoStanding(Refused):
    """Who has no standing cannot have anything restricted."""


def take(
    claim: Claim,
    act: str,
    *,
    who: Who,
    by: str,
    reason: str = "",
    statement: StatementOfReasons | None = None,
    order: CourtOrder | None = None,
) -> ClaimStep:
    """Bring the claim, whose row the caller has locked, into its next state, with all that follows from it.

    Raises NotPossibleNow, TooEarly, TooLate, NotOffered, ReasonMissing, NoStanding; then nothing has changed.
    """
    step, now = allowed(claim, act, who=who, reason=reason), clock.now()
    assert step.change is not Change.RESTRICT or statement is not None, "a restriction follows from a statement"
    assert step.target is not State.COURT_ORDER or order is not None, "what a court has ordered is an order"
    # All refusals are above; from here on the claim moves.
    made = ClaimStep.objects.create(
        claim=claim,
        act=act,
        source=claim.state,
        target=step.target.value,
        who=who.value,
        by=by[:200],
        reason=reason.strip(),
        statement=statement,
        order=order,
        at=now,
    )
    claim.state, claim.state_since = step.target.value, now
    claim.deadline = deadline_of(claim, now)
    claim.save(update_fields=["state", "state_since", "deadline"])
    if step.change is Change.LIFT:
        lift_all(claim, by=by)
    strikes.keep_in_step(claim)
    escrow.keep_in_step(claim, by=by)
    announcing.step(made)
    telling.after(made)
    return made


def allowed(claim: Claim, act: str, *, who: Who, reason: str = "") -> Step:
    """The step that may be taken now. Raises what take() raises."""
    step, now = claim.regime.step(act, State(claim.state), who), clock.now()
    if step is None:
        raise NotPossibleNow(f"This cannot be done now. The claim stands at: {LABELS[State(claim.state)]}.")
    if step.is_for_large and not policies.current().is_large:
        raise NotOffered("A store of this size decides once (Regulation (EU) 2022/2065, Article 19). Courts stay open.")
    if now < step.opens_at(claim.state_since):
        raise TooEarly(f"This can be done from {step.opens_at(claim.state_since):%-d %B %Y, %H:%M} UTC on.")
    closes_at = step.closes_at(claim.state_since)
    if closes_at is not None and now > closes_at:
        raise TooLate(f"This could be done until {closes_at:%-d %B %Y}.")
    if step.needs_reason and not reason.strip():
        raise ReasonMissing("A decision needs a reason that people can read.")
    if step.change is Change.RESTRICT and claim.standing == Claim.Standing.NONE:
        raise NoStanding(
            "This claimant has no standing, so nothing can be restricted. Decline the claim, or record why."
        )
    return step


def open_acts(claim: Claim, who: Who) -> set[str]:
    """The names of what one side may do now, as far as the table and the clock say."""
    is_large = policies.current().is_large
    steps = claim.regime.open_to(State(claim.state), who, since=claim.state_since, now=clock.now())
    return {one.act for one in steps if is_large or not one.is_for_large}


def note(
    claim: Claim,
    act: str,
    *,
    who: Who,
    by: str,
    reason: str = "",
    facts: Mapping[str, str] = {},
    personal: Mapping[str, str] = {},
) -> ClaimStep:
    """Write down what leaves the claim where it stands; the log is told `facts` and `personal` besides."""
    made = ClaimStep.objects.create(
        claim=claim, act=act, source=claim.state, target=claim.state, who=who.value, by=by[:200], reason=reason.strip()
    )
    announcing.step(made, facts, personal)
    return made


def is_restricting(claim: Claim) -> bool:
    """Whether something is closed for it."""
    return claim.statements.filter(imposed_at__isnull=False, lifted_at__isnull=True).exists()


def lift_all(claim: Claim, *, by: str) -> None:
    """End what this claim's decisions restrict; other decisions and orders go on."""
    now = clock.now()
    for statement in claim.statements.filter(imposed_at__isnull=False, lifted_at__isnull=True):
        lift(authority=authority_of(statement), at=now, by=by)
        end(statement, at=now, by=by)


def end(statement: StatementOfReasons, *, at: datetime, by: str) -> None:
    """Write down since when what a statement of reasons closed is open."""
    statement.lifted_at, statement.lifted_by = at, by[:150]
    statement.save(update_fields=["lifted_at", "lifted_by"])
    announcing.lifted(statement)


def authority_of(statement: StatementOfReasons) -> Authority:
    """By what its restriction stands."""
    return Authority(Authority.DECISION, statement.number, statement.made_at)


def deadline_of(claim: Claim, since: datetime) -> datetime | None:
    """When the clock moves it on. A claim without standing waits for a person: nobody is troubled by it before."""
    if claim.state == State.QUEUED and claim.standing == Claim.Standing.NONE:
        return None
    return claim.regime.deadline(State(claim.state), since)


def locked(claim: Claim) -> Claim:
    """The claim's row, held until the transaction ends."""
    return Claim.objects.select_for_update(of=("self",)).select_related("label").get(pk=claim.pk)
