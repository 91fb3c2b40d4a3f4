"""Recordings without sound, and authorities, for tests of restrictions."""

from datetime import UTC, datetime

from obbligato.catalog.models import Artist, Recording
from obbligato.catalog.restrictions.imposing import Authority

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def some_recordings(count: int) -> list[int]:
    """So many recordings of one artist; gives their keys."""
    artist = Artist.objects.get_or_create(name="The Test Ensemble", slug="the-test-ensemble")[0]
    first = Recording.objects.count()
    made = [Recording(key=f"pcm:{first + number:032x}", title="Piece", artist=artist) for number in range(count)]
    return [recording.pk for recording in Recording.objects.bulk_create(made)]


def an_order(number: str = "O-1", decided_at: datetime = NOON) -> Authority:
    """An order in force since then."""
    return Authority(Authority.ORDER, number, decided_at)
