"""Read which payment companies the store has contracts with, from one file of its operator. It calls none of them.

The file (RAILS_FILE, TOML) has one table for each contract, so a store may have two with the same company:

    [cards]                       # the rail's name, which goes into the books: never change it
    provider = "stripe"           # which component speaks to it
    secret_key = "sk_live_..."    # keys, each provider's own: docs/rails/
    domains = ["acquirer:north"]  # what else fails together with it, beyond what the provider always has
    currencies = ["EUR"]          # optional; else all that the provider can carry
    countries = ["DE", "FR"]      # optional, of buyers
    cost_fixed = "0.25"           # optional, what one payment costs, in the currency's units
    cost_percent = "1.5"          # optional
"""

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import Invalid

NAME = re.compile(r"[a-z][a-z0-9_-]{1,31}")
DOMAIN = re.compile(r"[a-z]+:[a-z0-9._-]+")
CURRENCY = re.compile(r"[A-Z]{3}")
MOST_BYTES = 100_000
COMMON = {"provider", "domains", "currencies", "countries", "cost_fixed", "cost_percent"}
Keys = Mapping[str, str | tuple[str, ...]]


class BadContracts(Invalid):
    """The file of contracts cannot be used; the sentence says where and why, and never shows a key."""


@dataclass(frozen=True)
class Contract:
    """One account with one company. Amounts in micro-units."""

    name: str
    provider: str
    keys: Keys = field(repr=False)
    domains: tuple[str, ...] = ()
    currencies: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    cost_fixed_micro: int = 0
    cost_basis_points: int = 0

    def key(self, name: str, default: str | None = None) -> str:
        """A key that is one text. Raises BadContracts where it is missing and has no default, empty or a list."""
        found = self.keys.get(name, default)
        if not isinstance(found, str) or (not found.strip() and default is None):
            self.refuse(f"needs {name}, a text in quotes")
        return found.strip()

    def secrets(self, name: str) -> tuple[str, ...]:
        """A key of which several may hold at once, while it is renewed. Raises BadContracts where one is empty."""
        found = self.keys.get(name, ())
        secrets = (found,) if isinstance(found, str) else tuple(found)
        if not secrets or any(len(one.strip()) < 8 for one in secrets):
            self.refuse(f"needs {name}: without a secret anyone could say that a payment was made")
        return tuple(one.strip() for one in secrets)

    def only(self, *names: str) -> None:
        """Refuse keys that mean nothing to the provider: one misspelt would be one that is missing."""
        for name in self.keys:
            if name not in names:
                self.refuse(f"has {name}, which means nothing to {self.provider}")

    def refuse(self, what: str) -> NoReturn:
        """Say what is wrong with this contract. Raises BadContracts."""
        raise BadContracts(f"In the file of rails, [{self.name}] {what}.")


def read(file: Path) -> list[Contract]:
    """Every contract of the file, in its order; none where there is no file. Raises BadContracts."""
    if not file.exists():
        return []
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) or file.stat().st_size > MOST_BYTES:
        raise BadContracts(f"{file} is no file of rails.")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadContracts(f"{file} holds keys, and others on this machine may read it: chmod 600 {file}")
    return parse(file.read_bytes())


def parse(text: bytes) -> list[Contract]:
    """The same, from the file's bytes. Raises BadContracts."""
    try:
        tables = tomllib.loads(text.decode())
    except UnicodeDecodeError:
        raise BadContracts("The file of rails is not UTF-8.") from None
    except tomllib.TOMLDecodeError as trouble:
        raise BadContracts(f"The file of rails is not TOML: {trouble}.") from None
    return [_contract(name, table) for name, table in tables.items()]


def _contract(name: str, table: object) -> Contract:
    if not NAME.fullmatch(name):
        raise BadContracts(f"“{name[:40]}” names no rail: small letters, digits, - and _, at most 32.")
    if not isinstance(table, dict):
        raise BadContracts(f"In the file of rails, {name} stands outside of any table.")
    bare = Contract(name, "", {})
    texts = {key: _texts(bare, key, value) for key, value in table.items()}
    keys = {key: value for key, value in texts.items() if key not in COMMON}
    given = Contract(name, "", {key: value for key, value in texts.items() if key in COMMON})
    return Contract(
        name=name,
        provider=given.key("provider"),
        keys=keys,
        domains=_listed(given, "domains", DOMAIN, "like network:visa") or (),
        currencies=_set(_listed(given, "currencies", CURRENCY, "of three letters (ISO 4217)")),
        countries=_set(_listed(given, "countries", re.compile("|".join(COUNTRIES)), "of two letters (ISO 3166-1)")),
        cost_fixed_micro=_number(given, "cost_fixed", MICRO),
        cost_basis_points=_number(given, "cost_percent", 100),
    )


def _texts(contract: Contract, key: str, value: object) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        contract.refuse(f"has {key}, which is neither a text in quotes nor a list of them")
    return tuple(value)


def _listed(contract: Contract, key: str, form: re.Pattern[str], words: str) -> tuple[str, ...] | None:
    found = contract.keys.get(key)
    if found is None:
        return None
    if isinstance(found, str) or not all(form.fullmatch(one) for one in found):
        contract.refuse(f"has {key}, which must be a list of names {words}")
    return found


def _set(names: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _number(contract: Contract, key: str, times: int) -> int:
    try:
        number = Decimal(contract.key(key, "0"))
        is_fair = 0 <= number <= 100
    except InvalidOperation:
        is_fair = False
    if not is_fair:
        contract.refuse(f"has {key}, which is no number from 0 to 100 in quotes")
    return int(number * times)
