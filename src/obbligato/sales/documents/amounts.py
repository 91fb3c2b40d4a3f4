"""Divide what was paid into net and tax in whole minor units, as paper shows it, so that everything adds up. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.kernel.money import minor_unit_micro, round_to_minor, split, tax_within


@dataclass(frozen=True)
class Amounts:
    """Net of each line, and the whole; in micro-units that are whole minor units."""

    nets_micro: tuple[int, ...]
    net_micro: int
    tax_micro: int
    gross_micro: int


def amounts(prices_micro: Sequence[int], *, rate_basis_points: int, currency: str) -> Amounts:
    """The tax within these prices is summed exactly and rounded once; the lines' nets add up to the whole net.

    So no line is off by more than one minor unit, and three times 19.99 at 19 % is what a calculator says.
    """
    gross = sum(prices_micro)
    taxes = [tax_within(price, rate_basis_points) for price in prices_micro]
    tax = round_to_minor(sum(taxes), currency)
    net, unit = gross - tax, minor_unit_micro(currency)
    weights = [price - part for price, part in zip(prices_micro, taxes, strict=True)]
    whole = [part * unit for part in split(net // unit, weights)] if any(weights) else [0] * len(weights)
    if net % unit:  # Only where a price is finer than a minor unit; the first line bears it.
        whole[0] += net % unit
    return Amounts(tuple(whole), net, tax, gross)
