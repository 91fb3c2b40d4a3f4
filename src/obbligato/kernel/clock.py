"""The one place that knows what time it is. Tests turn this clock; nobody calls the system's directly."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta


class _Clock:
    offset = timedelta(0)
    stopped_at: datetime | None = None


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return (_Clock.stopped_at or datetime.now(UTC)) + _Clock.offset


def today() -> date:
    """The current day in UTC."""
    return now().date()


@contextmanager
def stopped(moment: datetime) -> Iterator[None]:
    """A virtual clock that stands still at `moment`; advance() moves it."""
    before = (_Clock.stopped_at, _Clock.offset)
    _Clock.stopped_at, _Clock.offset = moment, timedelta(0)
    try:
        yield
    finally:
        _Clock.stopped_at, _Clock.offset = before


def advance(step: timedelta) -> None:
    """Move a stopped clock. Only a stopped clock can be moved."""
    assert _Clock.stopped_at is not None
    _Clock.offset += step
