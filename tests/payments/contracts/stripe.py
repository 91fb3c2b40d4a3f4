"""Stripe's rail beside its double."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager

from obbligato.payments import contracts_file
from obbligato.payments.providers.stripe.provider import StripeProvider
from tests.payments.contracts.stripe_double import REFUSED_CARD, StripeDouble

SECONDS = 1.0
"""How long a call may take here; a store waits longer."""


class StripeBench:
    """The rail, the double, and a payer at the fields on the store's page."""

    currencies = ("EUR", "JPY", "ISK")

    def __init__(self, double: StripeDouble) -> None:
        self.double = double
        self.provider = rail_at(double)

    def approve(self, reference: str) -> None:
        self.double.pay(reference)

    def refuse(self, reference: str) -> None:
        self.double.pay(reference, REFUSED_CARD)

    def charges(self) -> int:
        return len(self.double.intents)

    def unreachable(self) -> AbstractContextManager[None]:
        return self.double.unreachable()

    def silent(self) -> AbstractContextManager[None]:
        return self.double.behaving("silent")

    def broken(self) -> AbstractContextManager[None]:
        return self.double.behaving("broken")

    def revoked(self) -> AbstractContextManager[None]:
        return self.double.behaving("revoked")

    def limited(self) -> AbstractContextManager[None]:
        return self.double.behaving("limited")

    def news_of(self, reference: str) -> tuple[dict[str, str], bytes]:
        intent = self.double.intent(reference)
        return self.double.signed(self.double.event(f"payment_intent.{intent['status']}", intent))


def rail_at(double: StripeDouble) -> StripeProvider:
    """The rail of the double's own contract."""
    (contract,) = contracts_file.parse(double.contract.encode())
    return StripeProvider(contract, seconds=SECONDS)


@contextlib.contextmanager
def stripe() -> Iterator[StripeBench]:
    """One account of its own."""
    double = StripeDouble()
    try:
        yield StripeBench(double)
    finally:
        double.close()
