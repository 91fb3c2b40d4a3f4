"""Read charts and companions for pages, without what is not on sale this moment. It reckons nothing."""

from obbligato.catalog.models import Release
from obbligato.sales.charts.models import Chart, ChartPlace, Companion
from obbligato.sales.listing import in_order


def best_sellers(period: str, *, most: int = 50) -> list[Release]:
    """What sold to most people in a Chart.Period, first place first."""
    places = ChartPlace.objects.filter(chart__period=period).order_by("place")
    return in_order(list(places.values_list("release", flat=True)[:most]))


def bought_with(release: Release) -> list[Release]:
    """What people who bought this release bought too."""
    return in_order(list(Companion.objects.filter(release=release).order_by("place").values_list("other", flat=True)))


def periods() -> list[tuple[str, str]]:
    """The periods there are charts of, with their names."""
    return [(str(value), str(label)) for value, label in Chart.Period.choices]
