"""The tax contained in a price, by the buyer's country and the day. It never decides who must pay it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from obbligato.kernel import clock
from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.money import Money, round_to_minor, tax_within
from obbligato.kernel.refusals import Invalid
from obbligato.kernel.sentences import Sentence

# Standard VAT rates in basis points, each with the day it took effect; the European Commission's "Taxes in
# Europe" database is the source. Electronically supplied services are taxed where the buyer lives
# (Directive 2006/112/EC, Article 58).
BEGINNING = date(2015, 1, 1)
STANDARD_RATES: dict[str, tuple[tuple[date, int], ...]] = {
    "AT": ((BEGINNING, 2000),),
    "BE": ((BEGINNING, 2100),),
    "BG": ((BEGINNING, 2000),),
    "CY": ((BEGINNING, 1900),),
    "CZ": ((BEGINNING, 2100),),
    "DE": ((BEGINNING, 1900), (date(2020, 7, 1), 1600), (date(2021, 1, 1), 1900)),
    "DK": ((BEGINNING, 2500),),
    "EE": ((BEGINNING, 2000), (date(2024, 1, 1), 2200), (date(2025, 7, 1), 2400)),
    "ES": ((BEGINNING, 2100),),
    "FI": ((BEGINNING, 2400), (date(2024, 9, 1), 2550)),
    "FR": ((BEGINNING, 2000),),
    "GR": ((BEGINNING, 2300), (date(2016, 6, 1), 2400)),
    "HR": ((BEGINNING, 2500),),
    "HU": ((BEGINNING, 2700),),
    "IE": ((BEGINNING, 2300), (date(2020, 9, 1), 2100), (date(2021, 3, 1), 2300)),
    "IT": ((BEGINNING, 2200),),
    "LT": ((BEGINNING, 2100),),
    "LU": ((BEGINNING, 1700), (date(2023, 1, 1), 1600), (date(2024, 1, 1), 1700)),
    "LV": ((BEGINNING, 2100),),
    "MT": ((BEGINNING, 1800),),
    "NL": ((BEGINNING, 2100),),
    "PL": ((BEGINNING, 2300),),
    "PT": ((BEGINNING, 2300),),
    "RO": ((BEGINNING, 2400), (date(2016, 1, 1), 2000), (date(2017, 1, 1), 1900), (date(2025, 8, 1), 2100)),
    "SE": ((BEGINNING, 2500),),
    "SI": ((BEGINNING, 2200),),
    "SK": ((BEGINNING, 2000), (date(2025, 1, 1), 2300)),
}


TREATED_AS = {"MC": "FR"}
"""What is bought from Monaco counts as bought from France (Directive 2006/112/EC, Article 7). Regions outside the
Union's VAT area that have a code of their own (Åland, Réunion, Greenland; Article 6) are not in the table.
"""


class UnknownCountry(Invalid):
    """The text is not a country code."""


@dataclass(frozen=True)
class Included:
    """The tax inside some prices, rounded once to a whole minor unit; its words are what pages say of it."""

    rate_basis_points: int
    tax_micro: int
    currency: str

    def __str__(self) -> str:
        return str(self.words)

    @property
    def words(self) -> Sentence:
        """How much of what rate."""
        if not self.rate_basis_points:
            return Sentence("without VAT")
        amount = Money(self.tax_micro, self.currency)
        return Sentence("incl. {rate:g} % VAT {amount}", rate=self.rate_basis_points / 100, amount=amount)


def included(prices_micro: Iterable[int], *, rate_basis_points: int, currency: str) -> Included:
    """The tax inside these prices, as receipts and pages show it."""
    exact = sum(tax_within(price, rate_basis_points) for price in prices_micro)
    return Included(rate_basis_points, round_to_minor(exact, currency), currency)


def included_today(prices_micro: Iterable[int], *, country: str, currency: str) -> Included:
    """The same for a buyer in that country who pays now. Raises UnknownCountry."""
    rate = rate_basis_points(country, clock.today())
    return included(prices_micro, rate_basis_points=rate, currency=currency)


def rate_basis_points(country: str, day: date) -> int:
    """The rate that applies to a buyer in that country on that day; 0 outside the table or without tax mode.

    Raises UnknownCountry for anything that is no country (ISO 3166-1 alpha-2).
    """
    if country not in COUNTRIES:
        raise UnknownCountry("“{country}” is not a country code.", country=country[:8])
    if settings.TAX_MODE == "none":
        return 0
    dated = [rate for since, rate in STANDARD_RATES.get(TREATED_AS.get(country, country), ()) if since <= day]
    return dated[-1] if dated else 0
