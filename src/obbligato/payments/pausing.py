"""Leave a company in peace for as long as it asked to be: the Retry-After of its no. It never says what came of a call.

Each process learns it for itself, by one refusal; nothing of it is stored.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from obbligato.kernel import clock
from obbligato.payments.contract import NotSent

STATUSES = {429, 503}
"""Under which a company may ask for a pause (RFC 6585, clause 4; RFC 9110, clause 15.6.4)."""
LONGEST = timedelta(minutes=10)
"""No word of a company's silences its rail for longer; after that it may say so again."""
_over_at: dict[str, datetime] = {}


def note(rail: str, status: int, headers: Mapping[str, str]) -> None:
    """Remember a pause that an answer asks for, if it does. It may be called from any thread."""
    words = {name.lower(): text for name, text in headers.items()}
    over_at = _moment(words.get("retry-after", "")) if status in STATUSES else None
    if over_at is not None:
        _over_at[rail] = min(over_at, clock.now() + LONGEST)


def is_asked_for(rail: str) -> bool:
    """Whether nothing is to be sent to that rail now."""
    return rail in _over_at and clock.now() < _over_at[rail]


def refuse_within(rail: str) -> None:
    """Raises NotSent while a pause lasts, before anything is sent."""
    if is_asked_for(rail):
        raise NotSent


def forget() -> None:
    """Every pause is over."""
    _over_at.clear()


def _moment(text: str) -> datetime | None:
    """What a Retry-After means: seconds from now, or a date (RFC 9110, clause 10.2.3); None where it means nothing."""
    if text.isascii() and text.isdecimal():
        return clock.now() + min(timedelta(seconds=int(text[:9])), LONGEST)
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo is not None else None
