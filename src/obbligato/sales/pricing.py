"""How a price follows from bytes: pure arithmetic on a tariff. It reads no database."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.kernel.money import minor_unit_micro, round_to_minor, split

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Rates:
    """A tariff's numbers, all in micro-units of one currency and with tax included."""

    currency: str
    per_megabyte_micro: int
    track_minimum_micro: int = 0
    track_maximum_micro: int | None = None
    album_maximum_micro: int | None = None
    takes_more: bool = False
    """Whether a buyer may name a higher price than this."""

    @property
    def is_one_price(self) -> bool:
        """Whether a track costs the same in all formats: its least is its most, and the bytes no longer matter."""
        return self.track_maximum_micro == self.track_minimum_micro > 0


def track_price(size_bytes: int, rates: Rates) -> int:
    """The price of one track of that many bytes, in whole minor units of the currency, as micro-units."""
    assert size_bytes >= 0
    exact = size_bytes * rates.per_megabyte_micro // MEGABYTE
    price = max(exact, rates.track_minimum_micro)
    if rates.track_maximum_micro is not None:
        price = min(price, rates.track_maximum_micro)
    return round_to_minor(price, rates.currency)


def difference(size_bytes: int, owned_bytes: int | None, rates: Rates) -> int:
    """What a track costs someone who owns it up to `owned_bytes` (None: not at all).

    Both sizes are priced by today's tariff, so a dearer tariff never asks again for what is owned.
    """
    whole = track_price(size_bytes, rates)
    if owned_bytes is None:
        return whole
    if size_bytes <= owned_bytes:
        return 0
    return max(0, whole - track_price(owned_bytes, rates))


def whole_release(sizes: Sequence[int], owned: Sequence[int | None], rates: Rates) -> list[int]:
    """What each track costs when a release is had whole: together never more than its maximum allows.

    Who owns some of it already pays up to the maximum less what her part counts under the same maximum. Each
    price stays a whole number of minor units, and none is higher than for the track alone.
    """
    prices = [difference(size, had, rates) for size, had in zip(sizes, owned, strict=True)]
    maximum = rates.album_maximum_micro
    if maximum is None:
        return prices
    whole = min(maximum, sum(track_price(size, rates) for size in sizes))
    counted = min(maximum, sum(track_price(had, rates) for had in owned if had is not None))
    return _lowered(prices, max(0, whole - counted), rates)


def given_above(prices: Sequence[int], more_micro: int, rates: Rates) -> list[int]:
    """Divide what a buyer gives above these prices among them, by what each costs; evenly where all cost nothing."""
    unit = minor_unit_micro(rates.currency)
    assert more_micro % unit == 0
    weights = [price // unit for price in prices]
    return [part * unit for part in split(more_micro // unit, weights if any(weights) else [1] * len(prices))]


def _lowered(prices: list[int], total: int, rates: Rates) -> list[int]:
    if sum(prices) <= total:
        return prices
    unit = minor_unit_micro(rates.currency)
    return [part * unit for part in split(total // unit, [price // unit for price in prices])]
