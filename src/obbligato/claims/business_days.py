"""Count business days of the United States, and say when something countered is put back. Pure; it knows no clock.

Holidays are those of 5 U.S.C. § 6103(a), on a Friday or Monday where they fall on a weekend (§ 6103(b), E.O. 11582).
Days are reckoned so that a period holds in every zone of the States, summer or winter: from UTC-4 to UTC-10.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache

EASTERNMOST, WESTERNMOST = timezone(timedelta(hours=-4)), timezone(timedelta(hours=-10))
FIXED = ((1, 1, 1870), (6, 19, 2021), (7, 4, 1870), (11, 11, 1938), (12, 25, 1870))
"""Month, day, and the first year of each holiday with a date."""
FLOATING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))
"""Month, weekday (Monday is 0), and which of that weekday in the month; -1 is the last."""
FEWEST, MOST, TARGET = 10, 14, 11
SATURDAY, SUNDAY = 5, 6
HOUR_OF_RESTORING = time(17, tzinfo=UTC)
"""In the morning or at noon of that day, everywhere in the States."""


@dataclass(frozen=True)
class Window:
    """Not before, when, and not after: moments in UTC."""

    opens_at: datetime
    target: datetime
    closes_at: datetime


def restoration_window(received_at: datetime) -> Window:
    """Not less than 10 nor more than 14 business days following receipt of a counter-notice (17 U.S.C. § 512(g)(2)(C)).

    It opens when the tenth day has ended everywhere and closes before the fourteenth has ended anywhere.
    """
    latest, earliest = received_at.astimezone(EASTERNMOST).date(), received_at.astimezone(WESTERNMOST).date()
    after_fourteenth = add_business_days(earliest, MOST) + timedelta(days=1)
    return Window(
        opens_at=term_end(received_at, FEWEST),
        target=datetime.combine(add_business_days(latest, TARGET), HOUR_OF_RESTORING),
        closes_at=datetime.combine(after_fourteenth, time(), EASTERNMOST).astimezone(UTC),
    )


def term_end(began_at: datetime, business_days: int) -> datetime:
    """When the so-manieth business day after a moment has ended everywhere in the States."""
    latest = began_at.astimezone(EASTERNMOST).date()
    return datetime.combine(
        add_business_days(latest, business_days) + timedelta(days=1), time(), WESTERNMOST
    ).astimezone(UTC)


def add_business_days(day: date, count: int) -> date:
    """The so-manieth business day after a day; the day itself is not counted."""
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day


def is_business_day(day: date) -> bool:
    """Neither Saturday nor Sunday nor a federal holiday as observed."""
    return day.weekday() < SATURDAY and day not in holidays(day.year)


@cache
def holidays(year: int) -> frozenset[date]:
    """The federal holidays observed within a year; New Year's Day may be so on the 31st of December before."""
    named = [date(of, month, day) for of in (year, year + 1) for month, day, first in FIXED if of >= first]
    observed = [*map(_observed, named), *(_floating(year, *rule) for rule in FLOATING)]
    return frozenset(day for day in observed if day.year == year)


def _observed(day: date) -> date:
    return day + timedelta(days={SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0))


def _floating(year: int, month: int, weekday: int, which: int) -> date:
    if which < 0:
        last = date(year, month + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
