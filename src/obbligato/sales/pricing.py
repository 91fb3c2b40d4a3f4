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


def under_album_maximum(prices: Sequence[int], rates: Rates) -> list[int]:
    """Lower the prices of a whole release so that they sum to the album's maximum where they exceed it.

    Each stays a whole number of minor units, and none rises.
    """
    maximum = rates.album_maximum_micro
    total = sum(prices)
    if maximum is None or total <= maximum:
        return list(prices)
    unit = minor_unit_micro(rates.currency)
    lowered = split(maximum // unit, [price // unit for price in prices])
    return [part * unit for part in lowered]
