"""Business days are those of the United States, in every one of its zones, in every year."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.claims.business_days import add_business_days, holidays, is_business_day, restoration_window

MOMENTS = st.datetimes(datetime(2021, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2024, "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25"),
        (2026, "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
        (2021, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
        (2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"),
    ],
)
def test_federal_holidays_are_those_that_were_observed(year: int, days: str) -> None:
    assert sorted(holidays(year)) == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_juneteenth_is_one_since_2021() -> None:
    assert is_business_day(date(2020, 6, 19))
    assert not is_business_day(date(2023, 6, 19))


def test_a_weekend_and_a_leap_day_are_counted_as_what_they_are() -> None:
    assert add_business_days(date(2028, 2, 28), 1) == date(2028, 2, 29)
    assert add_business_days(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert add_business_days(date(2026, 11, 25), 0) == date(2026, 11, 25)


@settings(max_examples=300)
@given(received_at=MOMENTS, offset=st.integers(4, 10))
def test_restoration_is_after_ten_days_and_within_fourteen_wherever_one_counts(
    received_at: datetime, offset: int
) -> None:
    zone, window = timezone(timedelta(hours=-offset)), restoration_window(received_at)
    received = received_at.astimezone(zone).date()
    for moment in (window.opens_at, window.target, window.closes_at - timedelta(microseconds=1)):
        day = moment.astimezone(zone).date()
        passed = sum(is_business_day(received + timedelta(days=n)) for n in range(1, (day - received).days + 1))
        assert 10 <= passed <= 14
        assert day > add_business_days(received, 10)
    assert window.opens_at <= window.target < window.closes_at


def test_the_clocks_going_back_move_nothing() -> None:
    window = restoration_window(datetime(2026, 10, 23, 3, 30, tzinfo=UTC))
    assert window.target == datetime(2026, 11, 6, 17, tzinfo=UTC)
