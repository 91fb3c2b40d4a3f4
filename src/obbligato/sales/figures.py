"""What was sold in a period, over time, by release, format and country, and where that money went. It reads only.

All of it is about the orders that were paid in the period: what went back of them since stands beside what was sold,
whenever it went back. So the parts always sum to the whole, and to the ledger.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from django.db.models import Count, DateField, F, QuerySet, Sum, Value
from django.db.models.functions import Concat, Trunc

from obbligato.audio.errors import UnknownFormat
from obbligato.audio.formats import Format
from obbligato.catalog.models import Release
from obbligato.kernel.countries import COUNTRIES
from obbligato.ledger.models import Account, Transfer
from obbligato.rights.models import Party
from obbligato.sales.models import Order, OrderLine
from obbligato.sales.postings import RETURNS, read_key


@dataclass(frozen=True)
class Scope:
    """From the first day to the last (UTC, both counted), in one currency; of all, of one release or of one label."""

    first_day: date
    last_day: date
    currency: str
    release_id: int | None = None
    label_id: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.release_id is None and self.label_id is None


@dataclass(frozen=True)
class Sold:
    """What one day, release, format or country came to, tax included, in micro-units; sizes as quoted, in bytes."""

    key: Any
    what: str
    orders: int
    tracks: int
    size_bytes: int
    price_micro: int
    returned_micro: int
    """Went back to the buyers since."""
    disputed_micro: int
    """Their banks took it back since, or may."""


@dataclass(frozen=True)
class Went:
    """What somebody has of it, in micro-units, after what was given back."""

    kind: str
    what: str
    amount_micro: int


def over_time(scope: Scope, unit: Literal["day", "month"]) -> list[Sold]:
    """Each day (or month, by its first day) on which anything was sold, in the order of time."""
    when = Trunc("order__paid_at", unit, output_field=DateField(), tzinfo=UTC)
    sold = _sold(_sums(_lines(scope).annotate(when=when), "when"), lambda day: f"{day:%Y-%m-%d}")
    return sorted(sold, key=lambda one: one.what)


def by_release(scope: Scope) -> list[Sold]:
    """The one that earned most first."""
    rows = _sums(_lines(scope), "track__edition__release")
    names = Release.objects.select_related("edition", "artist").in_bulk([row[0] for row in rows])
    return _sold(rows, lambda pk: f"{names[pk].artist}: {names[pk]}")


def by_format(scope: Scope) -> list[Sold]:
    """What buyers chose, the one chosen for most money first."""
    return _sold(_sums(_lines(scope), "format_name"), _format_name)


def by_country(scope: Scope) -> list[Sold]:
    """Where they said they live."""
    return _sold(_sums(_lines(scope), "order__country"), lambda code: COUNTRIES.get(code, code))


def where_it_went(scope: Scope) -> list[Went]:
    """Tax, the store and each rights-holder, as the ledger has it; of all that was sold, whatever the scope's release.

    What a dispute or a claim holds of it is counted where it was sold.
    """
    named = Concat(Value("order:"), F("number"))
    references = _orders(scope).annotate(reference=named).values("reference")
    made = Transfer.objects.filter(reference__in=references).order_by()
    got: Counter[tuple[str, str]] = Counter()
    for side, sign, kinds in (("target", 1, ["sale"]), ("source", -1, RETURNS)):
        found = made.filter(kind__in=kinds).exclude(source__kind=Account.Kind.ESCROW)
        places = found.values_list(f"{side}__kind", f"{side}__name")
        for kind, name, amount in places.annotate(total=Sum("amount_micro")):
            got[kind, name] += sign * amount
    from_escrow = made.filter(kind__in=RETURNS, source__kind=Account.Kind.ESCROW)
    for key, amount in from_escrow.values_list("key", "amount_micro"):
        got[Account.Kind.ROYALTY, read_key(key)[1]] -= amount
    names = _names([name for _, name in got])
    went = [Went(Account.Kind(kind).label, names[name], amount) for (kind, name), amount in got.items()]
    return sorted(went, key=lambda one: (-one.amount_micro, one.what))


def currencies() -> list[str]:
    """Those in which anything was ever sold."""
    return sorted(Order.objects.filter(paid_at__isnull=False).order_by().values_list("currency", flat=True).distinct())


def _orders(scope: Scope) -> "QuerySet[Order]":
    begin = datetime.combine(scope.first_day, time(), UTC)
    end = datetime.combine(scope.last_day + timedelta(days=1), time(), UTC)
    return Order.objects.filter(paid_at__gte=begin, paid_at__lt=end, currency=scope.currency)


def _lines(scope: Scope) -> "QuerySet[OrderLine]":
    found = OrderLine.objects.filter(order__in=_orders(scope)).order_by()
    if scope.release_id is not None:
        found = found.filter(track__edition__release=scope.release_id)
    if scope.label_id is not None:
        found = found.filter(track__edition__release__label=scope.label_id)
    return found


def _sums(lines: "QuerySet[OrderLine]", key: str) -> list[tuple[Any, ...]]:
    """A row for each value of the key, with the numbers of Sold in their order."""
    grouped = lines.values_list(key).annotate(
        orders=Count("order", distinct=True),
        tracks=Count("pk"),
        size=Sum("size_bytes"),
        price=Sum("price_micro"),
        returned=Sum("returned_micro"),
        disputed=Sum("disputed_micro"),
    )
    return list(grouped)


def _sold(rows: Sequence[tuple[Any, ...]], named: Callable[[Any], str]) -> list[Sold]:
    found = [Sold(row[0], named(row[0]), *row[1:]) for row in rows]
    return sorted(found, key=lambda one: (-one.price_micro, -one.tracks, one.what))


def _format_name(name: str) -> str:
    try:
        return Format.parse(name).label
    except UnknownFormat:  # Sold when the program still knew it.
        return name


def _names(accounts: list[str]) -> dict[str, str]:
    """What people call the accounts that a sale pays."""
    parties = Party.objects.in_bulk([int(name.partition(":")[2]) for name in accounts if name.startswith("royalty:")])
    return {name: _name(name, parties) for name in accounts}


def _name(account: str, parties: dict[int, Party]) -> str:
    kind, _, key = account.partition(":")
    if kind == "royalty":
        return parties[int(key)].name
    if kind == "tax":
        return f"Tax of {COUNTRIES[key]}" if key in COUNTRIES else "Tax"
    return "The store"
