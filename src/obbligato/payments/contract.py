"""What every provider must be able to do. A provider reports facts; it never fills a wallet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from obbligato.kernel.money import LARGEST_MICRO


class Method(StrEnum):
    """What a buyer chooses between. The rail behind it is the store's matter."""

    CARD = "card"
    DIRECT_DEBIT = "direct_debit"
    BANK_TRANSFER = "bank_transfer"
    CRYPTO = "crypto"
    WALLET = "wallet_app"


class Decline(StrEnum):
    """What a provider's definite no means for what may be tried next."""

    HARD = "hard"
    """Never again with this: stolen, closed, forbidden."""
    BUYER_FIX = "buyer_fix"
    """The buyer can mend it: funds, a wrong number, the bank's own check."""
    TECHNICAL = "technical"
    """The provider's or a bank's trouble: another rail may be tried at once."""
    MERCHANT = "merchant"
    """The provider will not serve this store: nothing more is sent there until a person says so."""
    DUPLICATE = "duplicate"
    """It was asked before; only looking it up tells what became of it."""
    UNMAPPED = "unmapped"
    """A word nobody has mapped. Nothing is tried by itself."""


@dataclass(frozen=True)
class Capabilities:
    """What a rail can carry, what it costs, and what fails together with it. None means: every one."""

    methods: frozenset[Method]
    currencies: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    least_micro: int = 1
    most_micro: int = LARGEST_MICRO
    domains: tuple[str, ...] = ()
    """Failure domains, as `kind:name` (network, acquirer, bank, country): losing one loses all its members at once."""
    cost_fixed_micro: int = 0
    cost_basis_points: int = 0
    idempotency: timedelta | None = None
    """How long a key means the same request; None where the provider knows no keys."""
    settling: timedelta = timedelta(hours=1)
    """How long “I know nothing of it” is not believed: it may have been said too early."""
    takes_any_amount: bool = False
    """Whether what arrives may be another amount than was asked for, as by bank transfer; all of it is the buyer's."""


@dataclass(frozen=True)
class Request:
    """What is asked of a provider: an amount in micro-units, and a key under which it happens once."""

    idempotency_key: str
    amount_micro: int
    currency: str
    return_url: str
    method: str = Method.CARD
    number: str = ""
    """The attempt's own number, for what the buyer or a statement shows."""


@dataclass(frozen=True)
class Fact:
    """What a provider says of a charge. `state` is a word of Attempt.State; amounts in micro-units.

    NOT_SENT says that the provider knows nothing of it.
    """

    state: str
    reference: str = ""
    amount_micro: int = 0
    currency: str = ""
    next_url: str = ""
    reason: str = ""
    decline: str = ""
    country: str = ""
    """Of the card or the bank account, where the provider tells it (ISO 3166-1 alpha-2)."""


@dataclass(frozen=True)
class RefundRequest:
    """What is asked back: part of a captured charge, in micro-units, under a key."""

    idempotency_key: str
    reference: str
    amount_micro: int
    currency: str


@dataclass(frozen=True)
class RefundFact:
    """What a provider says of a refund: `state` is a word of Refund.State; NOT_SENT says it knows nothing of it."""

    state: str
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True)
class DisputeFact:
    """What a provider says of a dispute: state is a word of Dispute.State; the amount in micro-units."""

    state: str
    reference: str
    amount_micro: int
    reason: str = ""
    respond_by: datetime | None = None


@dataclass(frozen=True)
class Event:
    """News a provider sent by itself: under an id of its own, about a charge known by its reference or our key."""

    id: str
    reference: str = ""
    idempotency_key: str = ""
    charge: Fact | None = None
    refund: RefundFact | None = None
    refund_key: str = ""
    dispute: DisputeFact | None = None


class Forged(Exception):
    """The news does not prove that it comes from the provider, or is older or newer than it may be."""


class NotSent(Exception):
    """Proven: the request never left, so another provider may be tried."""


class NoAnswer(Exception):
    """The request may have arrived; only the provider can say."""


class Provider(Protocol):
    """A rail as contracted with someone."""

    name: str
    label: str
    description: str
    capabilities: Capabilities

    def request(self, request: Request) -> Fact:
        """Ask for money. The same idempotency key again gives the same charge. Raises NotSent or NoAnswer."""
        ...

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        """What the provider now says of a charge, found by its reference, else by its key. Raises NoAnswer."""
        ...

    def refund(self, request: RefundRequest) -> RefundFact:
        """Ask to send money back to where it came from. Raises NotSent or NoAnswer."""
        ...

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        """What became of a refund that was asked for. Raises NoAnswer."""
        ...

    def void(self, reference: str) -> None:
        """Give up a charge nobody has paid yet, where that can be done. Raises NotSent or NoAnswer."""
        ...

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        """What news says, its proof checked over the raw bytes. Raises Forged."""
        ...
