"""What every provider must be able to do. A provider reports facts; it never fills a wallet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

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
    news_url: str = ""
    """Where the provider may send its news of this charge."""


@dataclass(frozen=True)
class PayPage:
    """What the store's own page shows so that the buyer can pay on it: its kind, and words and numbers for it."""

    kind: str
    """Which page, as `payment_element`."""
    facts: Mapping[str, str]


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
    instrument: str = ""
    """What was refused, where the provider tells one card from another: always the same mark for the same card."""
    ask_again_at: datetime | None = None
    """When there may be more to hear of it by then at the latest, though it has ended."""
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
    next_url: str = ""
    """Where the buyer takes it, where it is not sent to her by itself."""


@dataclass(frozen=True)
class DisputeFact:
    """What a provider says of a dispute: state is a word of Dispute.State; the amount in micro-units.

    An empty currency is the payment's own.
    """

    state: str
    reference: str
    amount_micro: int
    reason: str = ""
    respond_by: datetime | None = None
    currency: str = ""


@dataclass(frozen=True)
class Event:
    """News a provider sent by itself: under an id of its own, about a charge known by its reference or our key.

    News that only says of which charge it is makes the store ask sooner; news that proves nothing is kept only where
    its charge is known. Whether that comes twice cannot be told: its id is its charge's, and it is heard each time.
    """

    id: str
    reference: str = ""
    idempotency_key: str = ""
    charge: Fact | None = None
    refund: RefundFact | None = None
    refund_key: str = ""
    dispute: DisputeFact | None = None
    is_proven: bool = True
    """Whether a signature showed that the provider sent it."""
    says_nothing: bool = False
    """Whether it is the provider's and no matter of this store's: it is kept, and done with."""


class Forged(Exception):
    """The news does not prove that it comes from the provider, or is older or newer than it may be."""


class Untimely(Forged):
    """Only its time is wrong: a copy sent again, or this machine's clock. What came in time is believed later too."""

    def __init__(self, sentence: str, event: Event) -> None:
        super().__init__(sentence)
        self.event = event


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
        """Ask for money. The same idempotency key again gives the same charge. Raises NotSent or NoAnswer.

        A fact whose `next_url` is empty while the buyer has to act is finished on the store's own page.
        """
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

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        """What the buyer sees on the store's own page to finish a charge; None where it is done elsewhere.

        Raises NotSent or NoAnswer.
        """
        ...

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        """What news says, its proof checked over the raw bytes. Raises Forged."""
        ...


@runtime_checkable
class TellsAgain(Protocol):
    """A provider that can be asked for its news of the past, because some may be lost on its way."""

    name: str

    def news_since(self, moment: datetime) -> Iterable[tuple[Event, bytes]]:
        """News of what a store does not ask about by itself, oldest first, each with its own text.

        Raises NotSent or NoAnswer.
        """
        ...


@runtime_checkable
class TellsDisputes(Protocol):
    """A provider whose news does not say what payers took back, so that it has to be asked."""

    name: str

    def disputes(self, reference: str) -> list[DisputeFact]:
        """All disputes of a captured charge, each as it now stands. Raises NotSent or NoAnswer."""
        ...

    def disputed(self) -> list[str]:
        """References of charges that were disputed lately, in case news of it was lost. Raises NotSent or NoAnswer."""
        ...


@runtime_checkable
class TellsBalance(Protocol):
    """A provider that can be asked what it holds for the store."""

    name: str

    def balance(self, currency: str) -> int | None:
        """What it holds and has not paid out, also what is not available yet, in micro-units; None where it won't say.

        Raises NotSent or NoAnswer.
        """
        ...
