"""Money is split, rounded, read and shown without losing a micro-unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel import money
from obbligato.kernel.money import BadAmount, Money, UnknownCurrency

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)


@given(st.integers(0, 10**15), WEIGHTS)
def test_the_parts_of_a_split_sum_to_the_whole(total: int, weights: list[int]) -> None:
    assert sum(money.split(total, weights)) == total


@given(st.integers(0, 10**15), WEIGHTS)
def test_no_part_is_a_whole_unit_away_from_its_due(total: int, weights: list[int]) -> None:
    for part, weight in zip(money.split(total, weights), weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert part == 0 or weight > 0


@given(st.integers(0, 10**12), st.integers(0, 2700))
def test_tax_within_a_price_is_what_the_net_price_would_bear(gross: int, rate: int) -> None:
    tax = money.tax_within(gross, rate)
    assert 0 <= tax <= gross
    assert abs((gross - tax) * rate - tax * 10_000) <= 10_000 + rate


def test_twenty_nine_cents_are_twenty_nine_cents() -> None:
    assert money.parse_amount("0.29", "EUR") == 290_000


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "1.234", "NaN", "Infinity", "1e99", "1_000", "9" * 50, "0.0000001", "1000000001"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        money.parse_amount(text, "EUR")


def test_a_comma_serves_as_a_decimal_point() -> None:
    assert money.parse_amount("1,50", "EUR") == 1_500_000


def test_minor_units_follow_the_currency() -> None:
    assert [money.minor_digits(code) for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]
    with pytest.raises(BadAmount):
        money.parse_amount("1.5", "JPY")
    with pytest.raises(UnknownCurrency):
        money.minor_digits("XQX")


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_rounding_gives_the_nearest_minor_unit(micro: int, currency: str) -> None:
    rounded = money.round_to_minor(micro, currency)
    unit = money.minor_unit_micro(currency)
    assert rounded % unit == 0
    assert abs(rounded - micro) * 2 <= unit


@given(st.integers(0, 10**9), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_shown_amount_reads_back_as_itself(minor: int, currency: str) -> None:
    micro = minor * money.minor_unit_micro(currency)
    if micro <= money.LARGEST_MICRO:
        assert money.parse_amount(money.plain_amount(micro, currency), currency) == micro


def test_amounts_are_shown_as_people_write_them() -> None:
    assert str(Money(1_200_000, "EUR")) == "€1.20"
    assert money.format_money(1_234_500, "EUR") == "€1.2345"
    assert str(Money(5_000_000, "JPY").plus(Money(1_000_000, "JPY"))) == "¥6"
