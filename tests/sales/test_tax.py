"""The tax in a price follows from the buyer's country and the day."""

from datetime import date
from typing import Any

import pytest

from obbligato.sales import tax

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(("country", "rate"), [("FR", 2000), ("DE", 1900), ("FI", 2550), ("EE", 2400), ("US", 0)])
def test_each_country_has_its_rate(country: str, rate: int) -> None:
    assert tax.rate_basis_points(country, DAY) == rate


def test_a_rate_holds_from_its_day_on() -> None:
    days = [date(2020, 6, 30), date(2020, 7, 1), date(2020, 12, 31), date(2021, 1, 1)]
    assert [tax.rate_basis_points("DE", day) for day in days] == [1900, 1600, 1600, 1900]


@pytest.mark.parametrize("country", ["", "fr", "FRA", "1A", "ÄÖ", "F" * 500])
def test_what_is_no_country_code_is_refused(country: str) -> None:
    with pytest.raises(tax.UnknownCountry):
        tax.rate_basis_points(country, DAY)


def test_a_store_without_tax_takes_none(settings: Any) -> None:
    settings.TAX_MODE = "none"
    assert tax.rate_basis_points("FR", DAY) == 0


def test_all_members_of_the_union_are_there() -> None:
    assert len(tax.STANDARD_RATES) == 27
    assert all(1500 < rate < 2800 for dated in tax.STANDARD_RATES.values() for _, rate in dated)
