"""Read a contract with Stripe: its keys, all of one mode, and what it carries. It calls nobody."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from obbligato.payments.contract import Capabilities, Method
from obbligato.payments.contracts_file import Contract

KEYS = ("secret_key", "publishable_key", "webhook_secrets", "methods", "api_version", "api_address")
TYPES = {"card": Method.CARD, "sepa_debit": Method.DIRECT_DEBIT}
"""What can be paid by, in Stripe's words and in ours."""
DEBIT_CURRENCY = "EUR"
"""SEPA knows no other."""
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
OLDEST = "2026-07-29"
"""The first version of Stripe's API that takes a list of what may be paid by, as this rail writes it."""
KEPT_KEYS = timedelta(hours=24)
"""How long Stripe knows an idempotency key (https://docs.stripe.com/api/idempotent_requests)."""


@dataclass(frozen=True)
class Terms:
    """What a contract says. `key` and `signing_keys` are never shown."""

    key: str = field(repr=False)
    shown_key: str
    """What browsers are given."""
    signing_keys: tuple[str, ...] = field(repr=False)
    is_live: bool
    types: tuple[str, ...]
    address: str
    version: str
    capabilities: Capabilities


def terms_of(contract: Contract) -> Terms:
    """The contract as the rail needs it. Raises BadContracts."""
    contract.only(*KEYS)
    key, mode = _key(contract)
    types = _types(contract)
    return Terms(
        key=key,
        shown_key=_shown_key(contract, mode),
        signing_keys=contract.secrets("webhook_secrets"),
        is_live=mode == "live",
        types=types,
        address=_address(contract),
        version=_version(contract),
        capabilities=_capabilities(contract, types),
    )


def _key(contract: Contract) -> tuple[str, str]:
    """The secret or restricted key, and the mode that its own beginning names."""
    key = contract.key("secret_key")
    kind, _, rest = key.partition("_")
    mode, _, rest = rest.partition("_")
    if kind not in {"sk", "rk"} or mode not in {"live", "test"} or not rest:
        contract.refuse("needs a secret_key that begins with sk_live_, rk_live_, sk_test_ or rk_test_")
    return key, mode


def _shown_key(contract: Contract, mode: str) -> str:
    """A secret key in its place would be shown to everyone."""
    key = contract.key("publishable_key")
    if not key.startswith(f"pk_{mode}_"):
        contract.refuse(f"needs a publishable_key that begins with pk_{mode}_, like its secret_key")
    return key


def _types(contract: Contract) -> tuple[str, ...]:
    found = contract.keys.get("methods", ("card",))
    named = {found} if isinstance(found, str) else set(found)
    if not named or not named <= set(TYPES):
        contract.refuse(f"has methods, which must be a list of {' and '.join(TYPES)}")
    return tuple(one for one in TYPES if one in named)


def _address(contract: Contract) -> str:
    """Where Stripe's API is, if not at Stripe: a program that plays it on this machine, or a proxy by TLS."""
    address = contract.key("api_address", "").rstrip("/")
    parts = urlsplit(address)
    is_here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if address and not is_here and not (parts.scheme == "https" and parts.hostname):
        contract.refuse("has api_address, which must begin with https:// or be on this machine")
    return address


def _version(contract: Contract) -> str:
    """Empty: the one that the SDK was made for."""
    version = contract.key("api_version", "")
    if version and not (VERSION.fullmatch(version) and version >= OLDEST):
        contract.refuse(f"has api_version, which must be one of Stripe's, not before {OLDEST}")
    return version


def _capabilities(contract: Contract, types: tuple[str, ...]) -> Capabilities:
    only_debit = frozenset({DEBIT_CURRENCY}) if types == ("sepa_debit",) else None
    return Capabilities(
        methods=frozenset(TYPES[one] for one in types),
        currencies=contract.currencies or only_debit,
        countries=contract.countries,
        domains=("processor:stripe", *contract.domains),
        cost_fixed_micro=contract.cost_fixed_micro,
        cost_basis_points=contract.cost_basis_points,
        idempotency=KEPT_KEYS,
    )
