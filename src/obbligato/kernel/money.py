"""Amounts of money as integers of micro-units, split and shown exactly. No float ever touches money.

A micro-unit is 10⁻⁶ of a currency's major unit, for every currency alike. People are charged in whole minor
units (cents; yen have none); what is smaller stays in the ledger.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from babel.core import Locale, get_global
from babel.numbers import format_currency, is_currency

from obbligato.kernel.languages import spoken
from obbligato.kernel.refusals import Invalid

MICRO = 1_000_000
LARGEST_MICRO = 1_000_000_000 * MICRO
PLAIN = re.compile(r"\d{1,15}(\.\d{1,6})?", re.ASCII)


class BadAmount(Invalid):
    """The text is not an amount of money this store can handle."""


class UnknownCurrency(Invalid):
    """The code is not a currency of ISO 4217."""


@dataclass(frozen=True, order=True)
class Money:
    """An amount in micro-units of one currency (ISO 4217 code)."""

    micro: int
    currency: str

    def __str__(self) -> str:
        return format_money(self.micro, self.currency)

    def said_in(self, language: str) -> str:
        """The amount as people of that language write it."""
        return format_money(self.micro, self.currency, language)

    def plus(self, other: "Money") -> "Money":
        assert self.currency == other.currency
        return Money(self.micro + other.micro, self.currency)


@lru_cache
def minor_digits(currency: str) -> int:
    """How many decimals people use in this currency (EUR 2, JPY 0, KWD 3), from CLDR."""
    if not is_currency(currency):
        raise UnknownCurrency("“{currency}” is not a currency.", currency=currency[:8])
    fractions = get_global("currency_fractions")
    digits, *_ = fractions.get(currency, fractions["DEFAULT"])
    return int(digits)


def minor_unit_micro(currency: str) -> int:
    """One minor unit in micro-units: 10,000 for a cent, 1,000,000 for a yen."""
    return int(10 ** (6 - minor_digits(currency)))


def round_to_minor(micro: int, currency: str) -> int:
    """The nearest whole minor unit, in micro-units; a tie goes to the even one."""
    unit = minor_unit_micro(currency)
    return int((Decimal(micro) / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) * unit


def parse_amount(text: str, currency: str) -> int:
    """Read "12.34" into micro-units; refuse what is not a plain amount of whole minor units."""
    micro = parse_rate(text)
    if micro % minor_unit_micro(currency):
        raise BadAmount("{text} has more decimals than {currency} has.", text=text, currency=currency)
    return micro


def parse_rate(text: str) -> int:
    """Read a price per unit, which may be finer than a minor unit, into micro-units; refuse anything else."""
    cleaned = text.strip().replace(",", ".")
    if cleaned.startswith("-"):
        raise BadAmount("An amount cannot be negative.")
    if not PLAIN.fullmatch(cleaned):
        raise BadAmount("“{cleaned}” is not an amount of money.", cleaned=cleaned[:40])
    micro = int(Decimal(cleaned) * MICRO)
    if micro > LARGEST_MICRO:
        raise BadAmount("The amount is larger than this store can handle.")
    return micro


def format_money(micro: int, currency: str, locale: str = "") -> str:
    """The amount as people of that locale, else of the language spoken now, write it: €1.20, 1,20 €.

    What is finer than a minor unit has all its decimals.
    """
    known = Locale.parse(locale or spoken())
    amount = Decimal(micro) / MICRO
    if micro % minor_unit_micro(currency):
        pattern = known.currency_formats["standard"].pattern.replace("0.00", "0.00####")
        return str(format_currency(amount, currency, format=pattern, locale=known, currency_digits=False))
    return str(format_currency(amount, currency, locale=known))


def plain_amount(micro: int, currency: str) -> str:
    """The amount for programs, a decimal string without symbol or group: "1.20"; "-1.20" where it went back."""
    digits = 6 if micro % minor_unit_micro(currency) else minor_digits(currency)
    return f"{Decimal(micro) / MICRO:.{digits}f}"


def split(total_micro: int, weights: Sequence[int]) -> list[int]:
    """Divide a total by weights so that the parts sum to it exactly (largest remainder; ties to the first)."""
    assert total_micro >= 0
    assert all(weight >= 0 for weight in weights)
    whole = sum(weights)
    assert whole > 0
    parts = [total_micro * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_micro * weights[i] % whole), i))
    for i in by_remainder[: total_micro - sum(parts)]:
        parts[i] += 1
    return parts


def tax_within(gross_micro: int, rate_basis_points: int) -> int:
    """The tax contained in a price that includes it, in micro-units, rounded half to even."""
    assert gross_micro >= 0
    exact = Decimal(gross_micro) * rate_basis_points / (10_000 + rate_basis_points)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
