"""Amounts as providers write them: whole minor units, whose size each currency has of its own (ISO 4217). Pure."""

from obbligato.kernel.money import minor_unit_micro, plain_amount
from obbligato.kernel.refusals import Invalid


class NotWhole(Invalid):
    """The amount has a part smaller than the currency's smallest unit."""


def to_minor(micro: int, currency: str) -> int:
    """Micro-units as minor units: cents of a euro, whole yen. Raises NotWhole rather than lose a part."""
    whole, rest = divmod(micro, minor_unit_micro(currency))
    if rest:
        raise NotWhole("{currency} has no unit that small.", currency=currency)
    return whole


def from_minor(minor: int, currency: str) -> int:
    """Minor units as micro-units."""
    return minor * minor_unit_micro(currency)


def to_decimal(micro: int, currency: str) -> str:
    """Micro-units as a decimal text with exactly the currency's decimals: "12.00", "1000". Raises NotWhole."""
    to_minor(micro, currency)
    return plain_amount(micro, currency)
