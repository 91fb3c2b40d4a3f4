"""Read charts and companions for pages, without what is not on sale this moment. It reckons nothing."""

from obbligato.catalog.models import Release
from obbligato.sales.charts.models import Chart, ChartPlace, Companion
from obbligato.sales.listing import in_order


def best_sellers(period: str, *, territory: str = "", most: int = 50) -> list[Release]:
    """What sold to most people in a Chart.Period, first place first."""
    places = ChartPlace.objects.filter(chart__period=period).order_by("place")
    return in_order(list(places.values_list("release", flat=True)[:most]), territory=territory)


def bought_with(release: Release, *, territory: str = "") -> list[Release]:
    """What people who bought this release bought too."""
    companions = Companion.objects.filter(release=release).order_by("place")
    return in_order(list(companions.values_list("other", flat=True)), territory=territory)


def periods() -> list[tuple[str, str]]:
    """The periods there are charts of, with their names."""
    return [(str(value), str(label)) for value, label in Chart.Period.choices]
