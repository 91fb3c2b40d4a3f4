"""Warn whoever sends manifestly unfounded notices, and pause hers for a time (DSA Article 23). It deletes no notice.

A pause needs a warning before it, has an end, and says what it was judged on: number, share, gravity, intent.
"""

from datetime import datetime, timedelta

from obbligato.claims import policies
from obbligato.claims.models import Claim, Misuse
from obbligato.claims.regimes.steps import State
from obbligato.kernel import clock
from obbligato.kernel.refusals import Forbidden, Invalid, Refused

LONGEST_PAUSE = timedelta(days=180)
UNFOUNDED = (State.REFUSED.value, State.NO_ACTION.value)


class Suspended(Forbidden):
    """Notices of this sender are not taken until a day."""


class NotWarned(Refused):
    """Nobody is paused who was not warned."""


class BadPause(Invalid):
    """A pause without reasons or without an end is none."""


def refuse_suspended(mail: str) -> None:
    """Raise Suspended where this sender's notices are paused."""
    until = suspended_until(mail)
    if until is not None:
        raise Suspended(
            f"Notices from this address are not taken until {until:%-d %B %Y}, because many before were manifestly"
            " unfounded. Courts stay open to you at any time."
        )


def suspended_until(mail: str) -> datetime | None:
    """Until when they are paused, or None."""
    found = Misuse.objects.filter(mail=mail.lower(), suspended_until__gt=clock.now())
    return found.order_by("-suspended_until").values_list("suspended_until", flat=True).first() if mail else None


def figures(mail: str) -> tuple[int, int]:
    """How many notices of a sender were unfounded, and what share of all that is, in per mille."""
    notices = Claim.objects.filter(mail__iexact=mail)
    unfounded = notices.filter(state__in=UNFOUNDED).count()
    return unfounded, unfounded * 1_000 // max(1, notices.count())


def warn(mail: str, *, gravity: str, intent: str, by: str) -> Misuse:
    """Tell her that it is noticed. Raises BadPause, NotWarned where the law asks it of larger stores only."""
    return _noted(mail, None, gravity, intent, by)


def suspend(mail: str, *, days: int, gravity: str, intent: str, by: str) -> Misuse:
    """Take none of hers for so many days. Raises NotWarned, BadPause."""
    if not 0 < days <= LONGEST_PAUSE.days:
        raise BadPause(f"A pause lasts from 1 to {LONGEST_PAUSE.days} days.")
    if not Misuse.objects.filter(mail=mail.lower(), suspended_until__isnull=True).exists():
        raise NotWarned("This sender was not warned yet. Warn first; a pause can follow when it goes on.")
    return _noted(mail, clock.now() + timedelta(days=days), gravity, intent, by)


def _noted(mail: str, until: datetime | None, gravity: str, intent: str, by: str) -> Misuse:
    if not policies.current().is_large:
        raise NotWarned(
            "Warnings and pauses are for larger stores (Articles 19 and 23). Decline the notice with a reason."
        )
    if not (mail and gravity.strip() and intent.strip()):
        raise BadPause("Say how grave it is and what is intended by it, as far as one can tell.")
    number, share = figures(mail)
    return Misuse.objects.create(
        mail=mail.lower(),
        suspended_until=until,
        number=number,
        share_per_mille=share,
        gravity=gravity.strip(),
        intent=intent.strip(),
        by=by[:150],
    )
