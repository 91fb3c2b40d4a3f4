"""Reckon charts and companions from purchases that stand. It counts people, so that nobody buys herself a place.

A refunded purchase leaves the charts at the next reckoning. What fewer than LEAST_TOGETHER people have in common is
not told: it would show what one person bought.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations, groupby
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from obbligato.kernel import clock
from obbligato.sales.charts.models import Chart, ChartPlace, Companion
from obbligato.sales.models import Purchase

EVERY = timedelta(hours=1)
PERIODS = {Chart.Period.WEEK: timedelta(days=7), Chart.Period.MONTH: timedelta(days=30), Chart.Period.ALL: None}
PLACES = 100
LEAST_TOGETHER = 3
"""People."""
COMPANIONS = 6
LATEST_PURCHASES = 200_000
"""So far back companions are looked for: it bounds the time and memory of a reckoning."""
RELEASES_OF_ONE = 50
"""So many of one person's releases count: a library of thousands says little of any two."""
RELEASE = "track__edition__release"
Pair = tuple[int, int]


def hourly() -> bool:
    """Upkeep's: reckon where the last reckoning is an hour old. Gives whether it did."""
    last = Chart.objects.aggregate(last=Max("made_at"))["last"]
    if last is not None and last > clock.now() - EVERY:
        return False
    reckon()
    return True


def reckon() -> None:
    """Put new charts and companions in place of the old ones."""
    sold = {period: list(_sold(length)[:PLACES]) for period, length in PERIODS.items()}
    companions = _companions(_pairs())
    now = clock.now()
    # Counted first, written in one short transaction: a page sees the old ones or the new ones.
    with transaction.atomic():
        for period, rows in sold.items():
            chart, _ = Chart.objects.update_or_create(period=period, defaults={"made_at": now})
            chart.places.all().delete()
            ChartPlace.objects.bulk_create(
                ChartPlace(chart=chart, place=place, release_id=release, people_count=people)
                for place, (release, people) in enumerate(rows, 1)
            )
        Companion.objects.all().delete()
        Companion.objects.bulk_create(companions)


def _sold(length: timedelta | None) -> QuerySet[Purchase, Any]:
    """Releases and how many people bought of each, most first; the older one where two are alike."""
    purchases = Purchase.objects.standing().order_by()
    if length is not None:
        purchases = purchases.filter(bought_at__gt=clock.now() - length)
    counted = purchases.values(RELEASE).annotate(people=Count("person", distinct=True))
    rows: QuerySet[Purchase, Any] = counted.order_by("-people", RELEASE).values_list(RELEASE, "people")
    return rows


def _pairs() -> Counter[Pair]:
    """How many people bought of both of two releases, of the latest purchases."""
    together: Counter[Pair] = Counter()
    for _, releases in groupby(_owned(), key=lambda row: row[0]):
        mine = [release for _, release in releases][-RELEASES_OF_ONE:]
        together.update(combinations(sorted(mine), 2))
    return together


def _owned() -> Iterator[Pair]:
    """Person and release, each once, person by person, as they were last bought."""
    newest = Purchase.objects.aggregate(last=Max("pk"))["last"] or 0
    latest = Purchase.objects.standing().filter(pk__gt=newest - LATEST_PURCHASES)
    owned = latest.order_by().values("person", RELEASE).annotate(last=Max("pk")).order_by("person", "last")
    rows: Iterator[Pair] = owned.values_list("person", RELEASE).iterator()
    return rows


def _companions(together: Counter[Pair]) -> list[Companion]:
    """Each release's best companions."""
    of_each: dict[int, list[Pair]] = {}
    for (one, other), people in together.items():
        if people >= LEAST_TOGETHER:
            of_each.setdefault(one, []).append((-people, other))
            of_each.setdefault(other, []).append((-people, one))
    return [
        Companion(release_id=release, place=place, other_id=other, people_count=-negative)
        for release, others in sorted(of_each.items())
        for place, (negative, other) in enumerate(sorted(others)[:COMPANIONS], 1)
    ]
