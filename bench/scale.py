"""How large a run is: the whole one whose table counts, or a quick one that only shows that every row works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Counts and lengths of everything that is measured."""

    rounds: int
    tracks: int
    track_seconds: int
    first_bytes: int
    """How often the first 16 KiB are fetched."""
    any_bytes: int
    """How many random bytes are fetched."""
    slow_readers: int
    hold_seconds: int
    """How long slow readers, warm downloads and busy encoders are watched."""
    long_minutes: float
    checkouts: int
    """How many orders are paid in a round."""
    news: int
    """How much news of providers comes in."""
    transfers: int
    """How many the audit proves."""
    searched_tracks: int
    searches: int
    """Each is asked for letter by letter."""
    log_entries: int
    sales: int
    """How many the figures of a case file count."""
    exhibits: int
    ordered_recordings: int
    """How many a court's order is about."""
    restrictions: int


WHOLE = Scale(
    rounds=5, tracks=10, track_seconds=240, first_bytes=30, any_bytes=60, slow_readers=2_000, hold_seconds=20,
    long_minutes=90, checkouts=1_600, news=5_000, transfers=1_000_000,
    searched_tracks=1_000_000, searches=200, log_entries=1_000_000, sales=10_000, exhibits=500,
    ordered_recordings=10_000, restrictions=100_000,
)  # fmt: skip
QUICK = Scale(
    rounds=1, tracks=3, track_seconds=24, first_bytes=6, any_bytes=8, slow_readers=100, hold_seconds=3,
    long_minutes=1, checkouts=48, news=100, transfers=5_000,
    searched_tracks=100_000, searches=40, log_entries=20_000, sales=1_000, exhibits=20,
    ordered_recordings=1_000, restrictions=5_000,
)  # fmt: skip
