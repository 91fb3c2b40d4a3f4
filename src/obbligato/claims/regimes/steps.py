"""What a step of a claim is: from which state to which, whose, after how long, and with what effect. Pure.

A table says all that may happen; what it does not say cannot. Periods begin when the claim came into its state.
"""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext_noop

from obbligato.claims.business_days import MOST, TARGET, restoration_window, term_end


class State(StrEnum):
    """Where a claim stands; which of these there are depends on its regime."""

    RECEIVED = "received"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"
    RETRACTED = "retracted"
    VALID = "valid"
    DISABLED = "disabled"
    COUNTERED = "countered"
    HELD_FOR_COURT = "held_for_court"
    RESTORED = "restored"
    QUEUED = "queued"
    HEARING = "hearing"
    ASSESS = "assess"
    NO_ACTION = "no_action"
    RESTRICTED = "restricted"
    REHEARING = "rehearing"
    COMPLAINED = "complained"
    UPHELD = "upheld"
    REVERSED = "reversed"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    CLOSED = "closed"
    COURT_ORDER = "court_order"


LABELS = {
    State.RECEIVED: gettext_noop("Received"),
    State.INCOMPLETE: gettext_noop("Something is missing"),
    State.REFUSED: gettext_noop("Refused"),
    State.RETRACTED: gettext_noop("Withdrawn by the claimant"),
    State.VALID: gettext_noop("Complete, waits for a decision"),
    State.DISABLED: gettext_noop("Taken off sale"),
    State.COUNTERED: gettext_noop("Countered by the supplier"),
    State.HELD_FOR_COURT: gettext_noop("Waits for a court"),
    State.RESTORED: gettext_noop("Put back on sale"),
    State.QUEUED: gettext_noop("Complete, in the queue"),
    State.HEARING: gettext_noop("The supplier is heard"),
    State.ASSESS: gettext_noop("Heard, waits for a decision"),
    State.NO_ACTION: gettext_noop("Decided: nothing is restricted"),
    State.RESTRICTED: gettext_noop("Decided: restricted"),
    State.REHEARING: gettext_noop("The supplier is heard about a complaint"),
    State.COMPLAINED: gettext_noop("The decision is looked at again"),
    State.UPHELD: gettext_noop("Decided for good"),
    State.REVERSED: gettext_noop("The decision was reversed"),
    State.FORWARDED: gettext_noop("Forwarded to the licensor"),
    State.ANSWERED: gettext_noop("Answered"),
    State.CLOSED: gettext_noop("Closed"),
    State.COURT_ORDER: gettext_noop("A court has ordered"),
}


class Who(StrEnum):
    """Who takes a step."""

    CLAIMANT = "claimant"
    SUPPLIER = "supplier"
    DESK = "desk"
    CLOCK = "clock"


class Change(StrEnum):
    """What a step does to what may be sold; who is paid follows from the state."""

    NOTHING = "nothing"
    RESTRICT = "restrict"
    LIFT = "lift"


@dataclass(frozen=True)
class Step:
    """One thing that may happen. `after_days` are calendar days; 11 and 14 business days are those of § 512(g)(2)."""

    act: str
    source: State
    target: State
    who: Who
    change: Change = Change.NOTHING
    needs_reason: bool = False
    after_days: int = 0
    after_us_business_days: int = 0
    within_months: int = 0
    is_for_large: bool = False

    def opens_at(self, since: datetime) -> datetime:
        """From when on it may be taken, in a state that began at `since`."""
        if self.after_us_business_days in {TARGET, MOST}:
            window = restoration_window(since)
            return window.target if self.after_us_business_days == TARGET else window.closes_at
        if self.after_us_business_days:
            return term_end(since, self.after_us_business_days)
        return since + timedelta(days=self.after_days)

    def closes_at(self, since: datetime) -> datetime | None:
        """Until when, if there is an end."""
        return months_after(since, self.within_months) if self.within_months else None


@dataclass(frozen=True)
class Regime:
    """A law's table, and in which states shares wait in escrow though nothing is restricted."""

    name: str
    label: str
    steps: tuple[Step, ...]
    first: State
    disputed: frozenset[State]

    def step(self, act: str, state: State, who: Who) -> Step | None:
        """The step of that name from that state, if there is one for her who asks."""
        return next((one for one in self.steps if (one.act, one.source, one.who) == (act, state, who)), None)

    def open_to(self, state: State, who: Who, *, since: datetime, now: datetime) -> list[Step]:
        """All that she may do at this moment."""
        return [
            one
            for one in self.steps
            if (one.source, one.who) == (state, who)
            and one.opens_at(since) <= now
            and (one.closes_at(since) is None or now <= (one.closes_at(since) or now))
        ]

    def deadline(self, state: State, since: datetime) -> datetime | None:
        """When the clock moves a claim on that stays in this state."""
        waits = [one.opens_at(since) for one in self.steps if (one.source, one.who) == (state, Who.CLOCK)]
        return min(waits, default=None)


def months_after(moment: datetime, months: int) -> datetime:
    """The same hour of the same day so many months later, or of the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def withdrawals(*sources: State, change: Change = Change.NOTHING, target: State = State.RETRACTED) -> tuple[Step, ...]:
    """The claimant takes her claim back from any of these states."""
    return tuple(Step("retract", one, target, Who.CLAIMANT, change) for one in sources)


def put_back(*sources: State) -> tuple[Step, ...]:
    """A person finds, or a court has decided, that what was closed has to be open."""
    return tuple(Step("restore", one, State.RESTORED, Who.DESK, Change.LIFT, needs_reason=True) for one in sources)


DAYS_TO_COMPLETE = 10
INCOMPLETE_STEPS = (
    Step("ask", State.RECEIVED, State.INCOMPLETE, Who.CLOCK),
    Step("refuse", State.INCOMPLETE, State.REFUSED, Who.CLOCK, needs_reason=True, after_days=DAYS_TO_COMPLETE),
    Step("refuse", State.INCOMPLETE, State.REFUSED, Who.DESK, needs_reason=True, after_days=DAYS_TO_COMPLETE),
)
"""What is asked for and does not come within ten days is refused; the same under each law."""
