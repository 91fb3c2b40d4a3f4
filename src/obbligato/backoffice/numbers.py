"""The figures that the page of numbers shows and that its CSV files hold: the same rows for both. It draws no page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from obbligato.backoffice import charting, showing
from obbligato.catalog.plays import reading
from obbligato.catalog.plays.models import Plays
from obbligato.kernel.money import format_money, plain_amount
from obbligato.kernel.spreadsheets import safe_text
from obbligato.sales import figures
from obbligato.sales.figures import Scope, Sold

MOST_DAYS = 92
"""A longer period is drawn by month: columns thinner than a hair tell nothing. The CSV is always by day."""


@dataclass(frozen=True)
class Amount:
    """Money in a cell."""

    micro: int
    currency: str


@dataclass(frozen=True)
class Size:
    """Bytes in a cell."""

    size_bytes: int


Cell = Amount | Size | int | str


@dataclass(frozen=True)
class Figure:
    """A table and its picture."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    picture: SafeString
    sentence: str = ""


@dataclass(frozen=True)
class Kind:
    """A figure as one asks for it; `is_of_all` where it cannot be told of one release or label."""

    title: str
    sentence: str
    make: Callable[[Scope, bool], Figure]
    is_of_all: bool = False
    is_over_time: bool = False


def shown(cell: Cell) -> str:
    """A cell as people read it."""
    if isinstance(cell, Amount):
        return format_money(cell.micro, cell.currency)
    if isinstance(cell, Size):
        return showing.size(cell.size_bytes)
    return f"{cell:,}" if isinstance(cell, int) else cell


def plain(cell: Cell) -> str:
    """A cell as a program reads it: no marks between thousands, money as a decimal, sizes in bytes."""
    if isinstance(cell, Amount):
        return plain_amount(cell.micro, cell.currency)
    if isinstance(cell, Size):
        return str(cell.size_bytes)
    return safe_text(str(cell))


def _sales(scope: Scope, is_whole: bool) -> Figure:
    unit = _unit(scope, is_whole)
    sold = figures.over_time(scope, unit)
    by_day = {one.key: one for one in sold}
    points = [
        (_named(day, unit), by_day[day].price_micro if day in by_day else 0, _price(by_day.get(day), scope))
        for day in _times(scope, unit)
    ]
    picture = charting.columns(points, of="What was sold over time")
    return Figure([unit, *SOLD_COLUMNS], _rows(sold, scope), picture, _summed(sold, scope))


def _releases(scope: Scope, _is_whole: bool) -> Figure:
    return _of_sold("release", figures.by_release(scope), scope)


def _formats(scope: Scope, _is_whole: bool) -> Figure:
    return _of_sold("format", figures.by_format(scope), scope)


def _countries(scope: Scope, _is_whole: bool) -> Figure:
    return _of_sold("country", figures.by_country(scope), scope)


def _money(scope: Scope, _is_whole: bool) -> Figure:
    went = figures.where_it_went(scope)
    parts = [(one.what, one.amount_micro, format_money(one.amount_micro, scope.currency)) for one in went]
    whole = sum(one.amount_micro for one in went)
    rows: list[list[Cell]] = [
        [one.what, one.kind, Amount(one.amount_micro, scope.currency), _percent(one.amount_micro, whole)]
        for one in went
    ]
    return Figure(["who", "account", "amount", "share"], rows, charting.strip(parts, of="Where the money went"))


def _plays(scope: Scope, is_whole: bool) -> Figure:
    unit = _unit(scope, is_whole)
    heard = dict(reading.over_time(_heard(scope), unit))
    points = [(_named(day, unit), heard.get(day, 0), f"{heard.get(day, 0):,}") for day in _times(scope, unit)]
    rows: list[list[Cell]] = [[f"{day:%Y-%m-%d}", count] for day, count in heard.items()]
    sentence = f"{sum(heard.values()):,} in all."
    return Figure([unit, "plays"], rows, charting.columns(points, of="Plays over time"), sentence)


def _tracks(scope: Scope, _is_whole: bool) -> Figure:
    heard = reading.by_track(_heard(scope))
    parts = [(one.track.title, one.count, f"{one.count:,}") for one in heard]
    rows: list[list[Cell]] = [[one.track.title, one.track.edition.title, one.count] for one in heard]
    return Figure(["track", "release", "plays"], rows, charting.strip(parts, of="What was heard most"))


KINDS = {
    "sales": Kind(
        "Sales", "What was paid for, tax included, and what went back of it since.", _sales, is_over_time=True
    ),
    "money": Kind(
        "Where each cent went",
        "Tax, the store and the rights-holders, by the ledger, after what went back to buyers.",
        _money,
        is_of_all=True,
    ),
    "releases": Kind("Releases", "What earned most.", _releases),
    "formats": Kind("Formats", "What buyers chose.", _formats),
    "countries": Kind("Countries", "Where buyers said they live.", _countries),
    "plays": Kind(
        "Plays",
        "A play is ten seconds heard in the store's player, or half of what is shorter. Only the number is kept, not"
        " who listened. What is heard without scripts, elsewhere or after a download is not counted.",
        _plays,
        is_over_time=True,
    ),
    "tracks": Kind("Tracks", "What was heard most.", _tracks),
}
SOLD_COLUMNS = ["orders", "tracks", "quoted size", "sold", "went back", "disputed"]


def _of_sold(name: str, sold: Sequence[Sold], scope: Scope) -> Figure:
    parts = [(one.what, one.price_micro, format_money(one.price_micro, scope.currency)) for one in sold]
    return Figure([name, *SOLD_COLUMNS], _rows(sold, scope), charting.strip(parts, of=f"What was sold by {name}"))


def _rows(sold: Sequence[Sold], scope: Scope) -> list[list[Cell]]:
    return [
        [
            one.what,
            one.orders,
            one.tracks,
            Size(one.size_bytes),
            Amount(one.price_micro, scope.currency),
            Amount(one.returned_micro, scope.currency),
            Amount(one.disputed_micro, scope.currency),
        ]
        for one in sold
    ]


def _summed(sold: Sequence[Sold], scope: Scope) -> str:
    orders = sum(one.orders for one in sold)
    price = format_money(sum(one.price_micro for one in sold), scope.currency)
    back = format_money(sum(one.returned_micro for one in sold), scope.currency)
    return f"{orders:,} order{'' if orders == 1 else 's'}: {price}, of which {back} went back."


def _heard(scope: Scope) -> "QuerySet[Plays]":
    return reading.plays(scope.first_day, scope.last_day, release_id=scope.release_id, label_id=scope.label_id)


def _unit(scope: Scope, is_by_day: bool) -> Literal["day", "month"]:
    return "day" if is_by_day or (scope.last_day - scope.first_day).days < MOST_DAYS else "month"


def _times(scope: Scope, unit: Literal["day", "month"]) -> list[date]:
    """Every day, or the first day of every month, of the period."""
    days = (scope.first_day + timedelta(days=count) for count in range((scope.last_day - scope.first_day).days + 1))
    return list(days) if unit == "day" else list(dict.fromkeys(day.replace(day=1) for day in days))


def _named(day: date, unit: Literal["day", "month"]) -> str:
    return f"{day:%-d %B %Y}" if unit == "day" else f"{day:%B %Y}"


def _price(sold: Sold | None, scope: Scope) -> str:
    return format_money(sold.price_micro if sold else 0, scope.currency)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else showing.NOTHING
