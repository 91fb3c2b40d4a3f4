"""Read charts and companions for pages, without what is not on sale this moment. It reckons nothing."""

from operator import attrgetter

from django.db.models import F, OuterRef, QuerySet, Subquery

from obbligato.catalog.models import Release
from obbligato.catalog.restrictions import in_effect
from obbligato.sales.charts.models import Chart, ChartPlace, Companion
from obbligato.sales.offers import on_sale


def best_sellers(period: str, *, territory: str = "", most: int = 50) -> list[Release]:
    """What sold to most people in a Chart.Period, first place first; of the first `most` places."""
    places = ChartPlace.objects.filter(chart__period=period, place__lte=most)
    return _placed(places, "release", territory)


def bought_with(release: Release, *, territory: str = "") -> list[Release]:
    """What people who bought this release bought too."""
    return _placed(Companion.objects.filter(release=release), "other", territory)


def periods() -> list[tuple[str, str]]:
    """The periods there are charts of, with their names."""
    return [(str(value), str(label)) for value, label in Chart.Period.choices]


def _placed(places: QuerySet[ChartPlace] | QuerySet[Companion], name: str, territory: str) -> list[Release]:
    """In one question: those on sale that may be listed in the territory, by their places."""
    # As a sum, so that no database begins with all the places that a release has beside others.
    place = places.annotate(same=F(f"{name}_id") + 0).filter(same=OuterRef("pk")).values("place")[:1]
    found = on_sale().order_by().filter(pk__in=places.values(name)).annotate(place=Subquery(place))
    return sorted(in_effect.listed(found, territory=territory), key=attrgetter("place"))
