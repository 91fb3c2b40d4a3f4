"""Amounts as Stripe writes them, whose minor units are not everywhere those of ISO 4217. Pure.

Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special currencies).
"""

from obbligato.payments.wire import NotWhole

WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
"""Written in whole units."""
THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Written in thousandths, of which the last digit must be 0."""
NEVER = frozenset({"UGX"})
"""What is published of its unit differs by a factor of a hundred, and nobody is to pay for that."""


def to_stripe(micro: int, currency: str) -> int:
    """Micro-units as Stripe's number. Raises NotWhole where Stripe cannot write the amount exactly."""
    step = 10 * _unit_micro(currency) if currency in THOUSANDTHS else _unit_micro(currency)
    if currency in NEVER or micro % step:
        raise NotWhole("This amount in {currency} cannot be paid this way.", currency=currency)
    return micro // _unit_micro(currency)


def from_stripe(number: int, currency: str) -> int:
    """Stripe's number as micro-units."""
    return number * _unit_micro(currency)


def _unit_micro(currency: str) -> int:
    """Two decimals unless it is listed: kronur of Iceland and many others, which people no longer divide."""
    if currency in WHOLE:
        return 1_000_000
    return 1_000 if currency in THOUSANDTHS else 10_000
