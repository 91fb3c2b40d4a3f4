"""Draw how much was logged, by month and family of kinds: plain SVG, no script. What it shows stands in tables too."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from obbligato.storefront.log_words import family
from obbligato.transparency.models import Tally

MONTHS = 12
WIDTH, HEIGHT = 1_000, 180
GAP = 0.25
"""Between columns, as a part of a column's width."""
STRONGEST, FAINTEST = 0.95, 0.2


@dataclass(frozen=True)
class Statistics:
    """Numbers of a year for a page: by month, by kind, and the picture with its key."""

    months: Sequence[tuple[str, int]]
    kinds: Sequence[tuple[str, int]]
    total: int
    picture: SafeString
    key: Sequence[tuple[str, str]]
    """Each family with the opacity that it is drawn with."""


def first_month(today: date) -> date:
    """The first day of the first month that statistics of today show."""
    return _months(today)[0]


def statistics(tallies: Sequence[Tally], today: date) -> Statistics:
    """A year's tallies, counted together as the page shows them."""
    months = _months(today)
    families, kinds = Counter[str](), Counter[str]()
    cells: dict[date, Counter[str]] = {month: Counter() for month in months}
    for one in tallies:
        families[family(one.kind)] += one.entries
        kinds[one.kind] += one.entries
        cells[one.month][family(one.kind)] += one.entries
    step = (STRONGEST - FAINTEST) / max(1, len(families) - 1)
    opacities = {name: f"{STRONGEST - step * place:.2f}" for place, name in enumerate(sorted(families))}
    columns = [(date_format(month, "F Y"), cells[month]) for month in months]
    return Statistics(
        months=[(name, cell.total()) for name, cell in columns],
        kinds=kinds.most_common(),
        total=kinds.total(),
        picture=_picture(columns, opacities),
        key=list(opacities.items()),
    )


def _months(today: date) -> list[date]:
    """The first days of the last months, this one included."""
    last = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - MONTHS + 1, last + 1)]


def _picture(columns: Sequence[tuple[str, Counter[str]]], opacities: Mapping[str, str]) -> SafeString:
    highest = max(cell.total() for _, cell in columns) or 1
    step = WIDTH / len(columns)
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" opacity="{}"><title>{}, {}: {}</title></rect>',
        (
            (
                f"{place * step:.1f}",
                f"{HEIGHT * (1 - (below + cell[name]) / highest):.1f}",
                f"{step * (1 - GAP):.1f}",
                f"{HEIGHT * cell[name] / highest:.1f}",
                opacity,
                month,
                name,
                cell[name],
            )
            for place, (month, cell) in enumerate(columns)
            for name, opacity, below in _stacked(cell, opacities)
        ),
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" width="100%" height="{}" preserveAspectRatio="none" role="img" aria-label="{}"'
        ' fill="currentColor">{}</svg>',
        WIDTH,
        HEIGHT,
        HEIGHT,
        _("Entries of each month of the last year, as columns"),
        drawn,
    )


def _stacked(cell: Counter[str], opacities: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """Each family of a month with its opacity and how much stands below it."""
    names = [name for name in opacities if cell[name]]
    return [(name, opacities[name], sum(cell[other] for other in names[:place])) for place, name in enumerate(names)]
