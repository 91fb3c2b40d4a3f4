"""Move claims on whose time has come, whoever sleeps; remind suppliers whose time to answer is nearly over.

Hearings begin and end, what was countered is put back, decisions for a time end. It decides nothing.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_noop

from obbligato.claims import escrow, stepping, telling
from obbligato.claims.hearing import missing
from obbligato.claims.models import Claim, ClaimStep, StatementOfReasons, Supplier
from obbligato.claims.regimes.steps import State, Who
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused

THE_STORE = "the store"
REMINDED_BEFORE = timedelta(days=2)
REASONS = {
    "restore": gettext_noop(
        "The supplier countered the claim, and nobody told of an action in time (17 U.S.C. § 512(g)(2)(C))."
    ),
}
log = logging.getLogger(__name__)


def move_due(limit: int) -> int:
    """Take the step of the clock for claims whose deadline has passed, trusted flaggers' first; how many.

    One that cannot take it keeps no other waiting: the days of the others are the law's.
    """
    due = Claim.objects.filter(deadline__lte=clock.now()).order_by("-is_trusted", "deadline", "pk")
    return sum(_survived(claim) for claim in due[:limit])


def remind_due(limit: int) -> int:
    """Remind each supplier, once, whose term to answer is nearly over; gives how many claims."""
    now = clock.now()
    near = Claim.objects.filter(
        Exists(Supplier.objects.filter(label=OuterRef("label"))),
        ~Exists(_reminders(OuterRef("pk"), OuterRef("state_since"))),
        state__in=stepping.ASKED,
        deadline__gt=now,
        deadline__lte=now + REMINDED_BEFORE,
    )
    return sum(_reminded(claim) for claim in near.order_by("deadline", "pk")[:limit])


def end_due(limit: int) -> int:
    """Note the end of decisions whose time is over, whenever that is noted, and let shares go; gives how many."""
    over = StatementOfReasons.objects.filter(lifted_at__isnull=True, imposed_at__isnull=False, ends_at__lte=clock.now())
    return sum(_ended(statement) for statement in over.order_by("ends_at", "pk")[:limit])


@transaction.atomic
def _reminded(claim: Claim) -> bool:
    claim = stepping.locked(claim)
    if claim.state not in stepping.ASKED or _reminders(claim.pk, claim.state_since).exists():
        return False  # She has answered in between, or was reminded.
    telling.remind(stepping.note(claim, "remind", who=Who.CLOCK, by=THE_STORE))
    return True


def _reminders(claim: int | OuterRef, since: datetime | OuterRef) -> QuerySet[ClaimStep]:
    return ClaimStep.objects.filter(claim=claim, act="remind", at__gte=since)


@transaction.atomic
def _ended(statement: StatementOfReasons) -> bool:
    claim = stepping.locked(statement.claim)
    statement = StatementOfReasons.objects.get(pk=statement.pk)
    if statement.lifted_at is not None or statement.ends_at is None:
        return False  # Somebody lifted it in between.
    stepping.end(statement, at=statement.ends_at, by=THE_STORE)
    escrow.keep_in_step(claim, by=THE_STORE)
    return True


def _survived(claim: Claim) -> bool:
    try:
        return _moved(claim)
    except Refused:
        log.exception("Claim %s could not move on.", claim)
        return False


@transaction.atomic
def _moved(claim: Claim) -> bool:
    claim = stepping.locked(claim)
    if claim.deadline is None or claim.deadline > clock.now():
        return False  # Somebody else took a step in between.
    step = next(one for one in claim.regime.steps if (one.source, one.who) == (State(claim.state), Who.CLOCK))
    reason = REASONS.get(step.act) or " ".join(missing(claim)) if step.needs_reason else ""
    stepping.take(claim, step.act, who=Who.CLOCK, by=THE_STORE, reason=reason)
    return True
