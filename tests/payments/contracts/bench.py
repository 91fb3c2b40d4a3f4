"""What the contract test needs of a provider and of the double that plays its company."""

from contextlib import AbstractContextManager
from typing import Protocol

from obbligato.payments.contract import Provider


class Bench(Protocol):
    """A provider, and the hands of a payer at its company."""

    provider: Provider
    currencies: tuple[str, ...]
    """What can be paid in here, to try amounts with 0, 2 and 3 decimals where the company takes them."""

    def approve(self, reference: str) -> None:
        """The payer pays."""
        ...

    def refuse(self, reference: str) -> None:
        """Her bank says no, for good."""
        ...

    def charges(self) -> int:
        """How many charges the company has made."""
        ...


class RemoteBench(Bench, Protocol):
    """One whose company is spoken to over a network, and sends news."""

    def unreachable(self) -> AbstractContextManager[None]:
        """Nobody listens at the company's address."""
        ...

    def silent(self) -> AbstractContextManager[None]:
        """It takes every request and does as asked, but its answers never arrive."""
        ...

    def broken(self) -> AbstractContextManager[None]:
        """It answers 500 with a page of HTML."""
        ...

    def revoked(self) -> AbstractContextManager[None]:
        """It knows the store's keys no more: 401."""
        ...

    def limited(self) -> AbstractContextManager[None]:
        """It does nothing that it is asked, and wants to be left in peace for a minute: 429 with Retry-After."""
        ...

    def news_of(self, reference: str) -> tuple[dict[str, str], bytes]:
        """Headers (names in small letters) and body of what it would send of a charge as it now stands."""
        ...
