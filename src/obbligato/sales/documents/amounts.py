"""Divide what was paid into net and tax in whole minor units, as paper shows it, so that everything adds up. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.kernel.money import minor_unit_micro, round_to_minor, tax_within


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
    whole = [part * unit for part in _whole_units([p - t for p, t in zip(prices_micro, taxes, strict=True)], net, unit)]
    if net % unit:  # Only where a price is finer than a minor unit; the first line bears it.
        whole[0] += net % unit
    return Amounts(tuple(whole), net, tax, gross)


def _whole_units(exact_micro: Sequence[int], net_micro: int, unit_micro: int) -> list[int]:
    """Each line's net cut to whole units; what is left of the whole net goes to those that were cut the most.

    The whole is within half a unit of their sum, so no more is left than there are lines that were cut.
    """
    units = [net // unit_micro for net in exact_micro]
    most_cut = sorted(range(len(units)), key=lambda line: (-(exact_micro[line] % unit_micro), line))
    left = net_micro // unit_micro - sum(units)
    for line in most_cut[: max(0, left)]:
        units[line] += 1
    if left < 0:  # Again only where prices are finer: one unit less than all were cut to.
        units[next(line for line in reversed(most_cut) if units[line])] += left
    return units
