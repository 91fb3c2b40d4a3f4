"""Which providers this store has. The only module that knows them by name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from obbligato.kernel.refusals import Invalid, Missing
from obbligato.payments import contracts_file
from obbligato.payments.contract import Provider
from obbligato.payments.contracts_file import Contract
from obbligato.payments.models import SandboxCharge
from obbligato.payments.providers.bank_transfer.provider import BankTransferProvider
from obbligato.payments.providers.btcpay.provider import BtcpayProvider
from obbligato.payments.providers.mollie.provider import MollieProvider
from obbligato.payments.providers.sandbox import processor
from obbligato.payments.providers.sandbox.provider import SandboxProvider


def _stripe(contract: Contract) -> Provider:
    # Its SDK takes a moment to load, which a store without such a contract need not wait.
    from obbligato.payments.providers.stripe.provider import StripeProvider

    return StripeProvider(contract)


OPENERS: Mapping[str, Callable[[Contract], Provider]] = {
    "btcpay": BtcpayProvider,
    "mollie": MollieProvider,
    "stripe": _stripe,
}
"""How a rail is opened from its contract, by the word that the file of contracts uses. Raises BadContracts."""

PRACTICE = SandboxProvider.name
"""The rail that moves no real money."""

_also: list[Provider] = []
_instead: list[Provider] | None = None


class NoSuchProvider(Invalid):
    """The store has no provider of that name."""


class NoSuchCharge(Missing):
    """The sandbox processor knows no such charge."""


def providers() -> list[Provider]:
    """Every provider that can be offered now."""
    if _instead is not None:
        return _instead
    return [
        *([SandboxProvider()] if settings.SANDBOX else []),
        *([BankTransferProvider()] if settings.BANK_IBAN else []),
        *_contracted(settings.RAILS_FILE),
        *_also,
    ]


@contextmanager
def also(*others: Provider) -> Iterator[None]:
    """Offer these providers too, for a while: fakes that misbehave on purpose."""
    _also.extend(others)
    try:
        yield
    finally:
        del _also[-len(others) :]


@contextmanager
def instead(*others: Provider) -> Iterator[None]:
    """Offer these providers and no others, for a while: a world that is simulated."""
    global _instead
    before, _instead = _instead, list(others)
    try:
        yield
    finally:
        _instead = before


def provider(name: str) -> Provider:
    """The provider of that name."""
    for one in providers():
        if one.name == name:
            return one
    raise NoSuchProvider("This way of paying is not available here.")


def opened(contracts: list[Contract]) -> list[Provider]:
    """A rail for each contract. Raises BadContracts where the store has no such component or it misses a key."""
    found = []
    for contract in contracts:
        if contract.name == SandboxProvider.name or contract.provider not in OPENERS:
            contract.refuse(f"names no provider that is here: {', '.join(sorted(OPENERS))}")
        found.append(OPENERS[contract.provider](contract))
    return found


def sandbox_charge(reference: str) -> SandboxCharge:
    """What the sandbox processor's own page shows."""
    charge = processor.find(reference=reference[:40]) if settings.SANDBOX else None
    return _found(charge)


def sandbox_decide(reference: str, outcome: str) -> SandboxCharge:
    """What its payer chose there."""
    charge = processor.decide(reference[:40], outcome) if settings.SANDBOX else None
    return _found(charge)


@lru_cache(maxsize=4)
def _contracted(file: Path) -> tuple[Provider, ...]:
    """What the file of contracts opens; it is read once, for a key half written must not close a shop that is open."""
    return tuple(opened(contracts_file.read(file)))


def _found(charge: SandboxCharge | None) -> SandboxCharge:
    if charge is None:
        raise NoSuchCharge("The sandbox knows no such payment.")
    return charge
