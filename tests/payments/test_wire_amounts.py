"""An amount goes out and comes back as itself, in every currency, with exactly its decimals."""

from decimal import Decimal

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel.money import LARGEST_MICRO, minor_digits, minor_unit_micro, parse_amount
from obbligato.payments import wire
from obbligato.payments.contract import NoAnswer
from obbligato.payments.providers.btcpay import facts as btcpay
from obbligato.payments.providers.mollie.provider import CURRENCIES

EVERY = sorted(one for one in list_currencies() if minor_digits(one) <= 6)


@given(st.sampled_from(EVERY), st.integers(min_value=1, max_value=10**9))
def test_every_amount_comes_back_as_itself(currency: str, minor: int) -> None:
    micro = min(minor * minor_unit_micro(currency), LARGEST_MICRO // 10**6 * 10**6)
    text = wire.to_decimal(micro, currency)
    assert len(text.partition(".")[2]) == minor_digits(currency)
    assert parse_amount(text, currency) == micro == btcpay.amount_of(text, currency)
    assert wire.from_minor(wire.to_minor(micro, currency), currency) == micro


def test_what_is_smaller_than_a_cent_is_not_sent() -> None:
    with pytest.raises(wire.NotWhole, match="JPY has no unit that small"):
        wire.to_decimal(500_000, "JPY")


def test_yen_have_no_decimals_and_dinars_three() -> None:
    assert [wire.to_decimal(1_000_000_000, one) for one in ("JPY", "EUR", "KWD")] == ["1000", "1000.00", "1000.000"]


def test_all_that_mollie_takes_are_currencies() -> None:
    assert set(EVERY) >= CURRENCIES


@given(st.sampled_from(EVERY), st.decimals(min_value=0, max_value=10**6, places=12))
def test_coins_are_worth_the_nearest_minor_unit(currency: str, worth: Decimal) -> None:
    unit = minor_unit_micro(currency)
    assert abs(btcpay.amount_of(worth, currency) - worth * 10**6) <= unit


@pytest.mark.parametrize("text", ["-1", "NaN", "1e999999", "one", "", None, "Infinity"])
def test_what_is_no_amount_is_no_answer(text: object) -> None:
    with pytest.raises(NoAnswer):
        btcpay.amount_of(text, "EUR")
