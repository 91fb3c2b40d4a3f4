"""What every provider must be able to do. A provider reports facts; it never fills a wallet."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Request:
    """What is asked of a provider: an amount in micro-units, and a key under which it happens once."""

    idempotency_key: str
    amount_micro: int
    currency: str
    return_url: str


@dataclass(frozen=True)
class Fact:
    """What a provider says of a charge. `state` is a word of Attempt.State; amounts in micro-units."""

    state: str
    reference: str = ""
    amount_micro: int = 0
    currency: str = ""
    next_url: str = ""
    reason: str = ""


class NotSent(Exception):
    """Proven: the request never left, so another provider may be tried."""


class NoAnswer(Exception):
    """The request may have arrived; only the provider can say."""


class Provider(Protocol):
    """A rail as contracted with someone."""

    name: str
    label: str
    description: str

    def request(self, request: Request) -> Fact:
        """Ask for money. The same idempotency key again gives the same charge. Raises NotSent or NoAnswer."""
        ...

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        """What the provider now says of a charge, found by its reference, else by the key it was asked with."""
        ...
