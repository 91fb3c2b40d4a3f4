"""How often was heard what, in a period: by day, by month and by track. It reads only."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import DateField, QuerySet, Sum
from django.db.models.functions import Trunc

from obbligato.catalog.models import Track
from obbligato.catalog.plays.models import Plays


@dataclass(frozen=True)
class Heard:
    """A track, and how often it was heard."""

    track: Track
    count: int


def plays(
    first_day: date, last_day: date, *, release_id: int | None = None, label_id: int | None = None
) -> "QuerySet[Plays]":
    """From the first day to the last (UTC, both counted), of all tracks, of one release's or of one label's."""
    found = Plays.objects.filter(day__gte=first_day, day__lte=last_day)
    if release_id is not None:
        found = found.filter(track__edition__release=release_id)
    if label_id is not None:
        found = found.filter(track__edition__release__label=label_id)
    return found


def over_time(found: "QuerySet[Plays]", unit: Literal["day", "month"]) -> list[tuple[date, int]]:
    """The days (or first days of months) with any, and how many."""
    grouped = found.order_by().values_list(Trunc("day", unit, output_field=DateField()))
    return list(grouped.annotate(total=Sum("count")).order_by(Trunc("day", unit, output_field=DateField())))


def by_track(found: "QuerySet[Plays]", *, most: int | None = None) -> list[Heard]:
    """The most heard first."""
    counts = list(found.order_by().values_list("track").annotate(total=Sum("count")).order_by("-total", "track")[:most])
    tracks = Track.objects.select_related("edition").in_bulk([pk for pk, _ in counts])
    return [Heard(tracks[pk], count) for pk, count in counts]
