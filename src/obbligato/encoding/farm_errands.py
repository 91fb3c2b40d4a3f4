"""One part that the farm is asked for, how far it has come, and when it comes home to be encoded here; values only."""

from dataclasses import dataclass
from enum import IntEnum

from obbligato.encoding.encoders import OnNews, PartJob

BEGIN_SECONDS = (2.0, 10.0, 60.0)
"""How long a part of each priority waits for a worker: a sale never waits for a busy or broken farm."""
END_SECONDS = (5.0, 30.0, 300.0)
"""How long it may take in all, however well the farm says it goes."""
LOST_SECONDS = 5.0
"""A worker beats every second. Measured by our own clock, for hosts' clocks differ."""


class Step(IntEnum):
    """How far an errand has come."""

    LOOKING = 0
    """Is the part in the bucket already, and is the master?"""
    UPLOADING = 1
    """The master is on its way to the bucket."""
    QUEUED = 2
    BEGUN = 3
    """A worker has it."""
    FETCHING = 4
    """The part is in the bucket and on its way here."""


@dataclass(eq=False)
class Errand:
    """One part, from put() to its Done or to its coming home."""

    job: PartJob
    priority: int
    on_news: OnNews
    urgent_since: float
    """By time.monotonic(): since when it has had its priority."""
    step: Step = Step.LOOKING
    master_key: str = ""
    beat: str = ""
    beat_at: float = 0.0
    tries: int = 0
    """How often its part was fetched and was not there, or not good."""
    work_seconds: float = 0.0

    def hurry(self, priority: int, now: float) -> bool:
        """Make it at least so urgent; whether it became more urgent. Patience is counted from here."""
        if priority >= self.priority:
            return False
        self.priority, self.urgent_since = priority, now
        return True

    def feel(self, beat: str, now: float) -> None:
        """Take note that a worker has it, and of the worker's last sign of life."""
        if self.step != Step.BEGUN or beat != self.beat:
            self.step, self.beat, self.beat_at = Step.BEGUN, beat, now

    def why_late(self, now: float, *, lost_seconds: float = LOST_SECONDS) -> str:
        """Why it is to come home; empty while there is hope. lost_seconds: without a beat of its worker."""
        waited = now - self.urgent_since
        if waited > END_SECONDS[self.priority]:
            return "it took too long"
        if self.step < Step.BEGUN and waited > BEGIN_SECONDS[self.priority]:
            return "it was not begun in time"
        if self.step == Step.BEGUN and now - self.beat_at > lost_seconds:
            return "its worker is gone"
        return ""
