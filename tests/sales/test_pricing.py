"""Prices follow from bytes by a tariff's arithmetic, and never ask again for what is owned."""

from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel.money import minor_unit_micro
from obbligato.sales.pricing import Rates, difference, track_price, whole_release

CENT = 10_000
SIZES = st.integers(0, 10**11)
AMOUNTS = st.integers(0, 500).map(lambda cents: cents * CENT)


@st.composite
def rates(draw: st.DrawFn) -> Rates:
    minimum = draw(AMOUNTS)
    return Rates(
        currency="EUR",
        per_megabyte_micro=draw(st.integers(0, 1_000_000)),
        track_minimum_micro=minimum,
        track_maximum_micro=draw(st.none() | AMOUNTS.map(lambda more: minimum + more)),
        album_maximum_micro=draw(st.none() | AMOUNTS),
    )


def test_ten_megabytes_at_three_cents_cost_thirty_cents() -> None:
    assert track_price(10_000_000, Rates("EUR", 30_000)) == 30 * CENT


@given(SIZES, rates())
def test_a_price_is_whole_cents_within_its_bounds(size: int, tariff: Rates) -> None:
    price = track_price(size, tariff)
    assert price % minor_unit_micro("EUR") == 0
    assert price >= tariff.track_minimum_micro
    assert tariff.track_maximum_micro is None or price <= tariff.track_maximum_micro


@given(SIZES, SIZES, rates())
def test_more_bytes_never_cost_less(one: int, other: int, tariff: Rates) -> None:
    assert track_price(min(one, other), tariff) <= track_price(max(one, other), tariff)


@given(SIZES, SIZES, rates())
def test_owner_pays_only_the_difference_and_nothing_for_less(size: int, owned: int, tariff: Rates) -> None:
    price = difference(size, owned, tariff)
    if size <= owned:
        assert price == 0
    assert 0 <= price <= track_price(size, tariff)
    assert price + track_price(owned, tariff) == max(track_price(size, tariff), track_price(owned, tariff))


def test_a_stranger_pays_the_whole_price() -> None:
    assert difference(10_000_000, None, Rates("EUR", 30_000)) == 30 * CENT


@given(st.lists(SIZES, min_size=1, max_size=20), rates())
def test_an_album_never_costs_more_than_its_maximum_or_its_tracks(sizes: list[int], tariff: Rates) -> None:
    prices = [track_price(size, tariff) for size in sizes]
    lowered = whole_release(sizes, [None] * len(sizes), tariff)
    assert sum(lowered) == min(
        sum(prices), tariff.album_maximum_micro if tariff.album_maximum_micro is not None else sum(prices)
    )
    assert all(0 <= low <= price for low, price in zip(lowered, prices, strict=True))
    assert all(low % CENT == 0 for low in lowered)


@given(st.lists(st.tuples(SIZES, st.none() | SIZES), min_size=1, max_size=20), rates())
def test_a_larger_format_of_an_album_costs_no_more_than_the_rest_up_to_its_maximum(
    wanted: list[tuple[int, int | None]], tariff: Rates
) -> None:
    sizes, owned = [size for size, _ in wanted], [had for _, had in wanted]
    lowered = whole_release(sizes, owned, tariff)
    assert all(0 <= low <= difference(size, had, tariff) for low, (size, had) in zip(lowered, wanted, strict=True))
    if tariff.album_maximum_micro is not None:
        counted = sum(track_price(had, tariff) for had in owned if had is not None)
        assert sum(lowered) <= max(0, tariff.album_maximum_micro - min(counted, tariff.album_maximum_micro))


@given(SIZES, SIZES, AMOUNTS.filter(bool), st.none() | AMOUNTS)
def test_one_price_is_the_same_in_all_formats_and_an_upgrade_is_free(
    size: int, other: int, track: int, album: int | None
) -> None:
    tariff = Rates("EUR", 30_000, track, track, album)
    assert tariff.is_one_price
    assert track_price(size, tariff) == track_price(other, tariff) == track
    assert difference(max(size, other), min(size, other), tariff) == 0
    assert whole_release([size, size], [None, None], tariff) == whole_release([other, other], [None, None], tariff)
    assert not Rates("EUR", 30_000, track).is_one_price
    assert not Rates("EUR", 0).is_one_price
