"""Tell from technical outcomes alone whether a rail may be tried: a circuit breaker with hysteresis. Pure.

What a buyer's bank says never counts: otherwise one thief with a list of cards could close a healthy rail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

Change = Callable[["Health"], "Health"]


class Circuit(StrEnum):
    """Whether payments go through: all of them, none, or a few to see how it goes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


GOOD, FAILED, UNKNOWN = "+", "-", "?"
REMEMBERED = 20
LEAST_FAILURES = 5
LEAST_UNKNOWN = 3
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
PROBE_PER_MILLE = 20
"""Of the traffic, while half open: at most two in a hundred."""
LONGEST_WITHOUT_PROBE = timedelta(minutes=10)
"""Where two in a hundred is less than one in ten minutes, one probe goes out nevertheless: small stores heal too."""
GOOD_PROBES = 5


@dataclass(frozen=True)
class Health:
    """What is remembered of a rail: its last outcomes, oldest first, and how it came to be closed to traffic."""

    circuit: Circuit = Circuit.CLOSED
    recent: str = ""
    opened_at: datetime | None = None
    openings: int = 0
    """How often it opened since it was last well: each time the pause doubles."""
    good_probes: int = 0
    probed_at: datetime | None = None

    @property
    def pause(self) -> timedelta:
        doublings = min(16, max(0, self.openings - 1))
        return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))


def at(health: Health, now: datetime) -> Health:
    """The same rail at a later moment: an open one is half open when its pause is over."""
    if health.circuit == Circuit.OPEN and health.opened_at is not None and now >= health.opened_at + health.pause:
        return replace(health, circuit=Circuit.HALF_OPEN, good_probes=0)
    return health


def after(health: Health, outcome: str, now: datetime) -> Health:
    """What a rail is after one more outcome: GOOD, FAILED or UNKNOWN."""
    health = at(health, now)
    recent = (health.recent + outcome)[-REMEMBERED:]
    transition: dict[Circuit, Callable[[Health, str, datetime], Health]] = {
        Circuit.CLOSED: _after_closed,
        Circuit.HALF_OPEN: _after_half_open,
        Circuit.OPEN: lambda same, _outcome, _now: same,
    }
    return transition[health.circuit](replace(health, recent=recent), outcome, now)


def probed(health: Health, now: datetime) -> Health:
    """The same rail when one payment goes there; only of a half open one is that remembered."""
    health = at(health, now)
    return replace(health, probed_at=now) if health.circuit == Circuit.HALF_OPEN else health


def admits(health: Health, now: datetime, *, draw_per_mille: int) -> bool:
    """Whether this one payment may go there; draw_per_mille (0 to 999) is the payment's own lot."""
    health = at(health, now)
    if health.circuit != Circuit.HALF_OPEN:
        return health.circuit == Circuit.CLOSED
    is_due = health.probed_at is None or now >= health.probed_at + LONGEST_WITHOUT_PROBE
    return draw_per_mille < PROBE_PER_MILLE or is_due


def _after_closed(health: Health, _outcome: str, now: datetime) -> Health:
    bad = health.recent.count(FAILED) + health.recent.count(UNKNOWN)
    has_failed = bad >= LEAST_FAILURES and 2 * bad >= len(health.recent)
    has_vanished = health.recent[-LEAST_UNKNOWN:] == UNKNOWN * LEAST_UNKNOWN
    return _opened(health, now) if has_failed or has_vanished else health


def _after_half_open(health: Health, outcome: str, now: datetime) -> Health:
    if outcome != GOOD:
        return _opened(health, now)
    if health.good_probes + 1 >= GOOD_PROBES:
        return Health()
    return replace(health, good_probes=health.good_probes + 1)


def _opened(health: Health, now: datetime) -> Health:
    return replace(
        health,
        circuit=Circuit.OPEN,
        opened_at=now,
        openings=health.openings + 1,
        good_probes=0,
        probed_at=None,
        recent="",
    )
