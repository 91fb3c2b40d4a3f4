"""What every bank statement says, whatever format it came in, and what makes one unusable. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from obbligato.kernel.money import LARGEST_MICRO, MICRO, Money, minor_unit_micro
from obbligato.kernel.refusals import Invalid

BOOKED = "BOOK"
MOST_BYTES = 200_000_000
MOST_ENTRIES = 100_000
LARGEST_BALANCE_MICRO = 10**18
LONGEST_TEXT = 4_000
NO_REFERENCE = {"", "NONREF", "NOTPROVIDED", "NOREF", "0"}
"""What banks write where they mean: none."""
PLAIN = re.compile(r"\d{1,12}([.,]\d{0,6})?", re.ASCII)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\s]+")


class BadStatement(Invalid):
    """The file is no statement that can be counted on; nothing of it was taken in."""


class StatementTooLarge(BadStatement):
    """No statement is so large."""

    status = 413


class Source(Protocol):
    """What a statement is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes, or all that are left."""
        ...


@dataclass(frozen=True)
class Balance:
    """What the account held at the end of a day, in micro-units; an overdrawn one is negative."""

    on: date
    micro: int


@dataclass(frozen=True)
class Entry:
    """One movement, in micro-units: above zero it came in. The payer is whoever stands on its other side."""

    booked_on: date
    amount_micro: int
    currency: str
    value_on: date | None = None
    payer_name: str = ""
    payer_iban: str = ""
    text: str = ""
    """What the payer wrote (remittance information)."""
    structured_reference: str = ""
    end_to_end_id: str = ""
    bank_reference: str = ""
    """The bank's own (account servicer reference): no other entry of the account has it, in most banks."""
    part: str = ""
    """Which one of a batch that the bank booked as one entry."""
    is_reversal: bool = False
    """It undoes another entry of the account (camt: RvslInd; MT940: RC, RD)."""
    is_return: bool = False
    """It is an R-transaction: a transfer that came back or was called back (camt: RtrInf)."""
    status: str = BOOKED

    @property
    def is_money(self) -> bool:
        """What is pending or only announced is none yet."""
        return self.status == BOOKED


@dataclass(frozen=True)
class Statement:
    """One account's movements of a time. A CSV knows neither its account, nor a number, nor balances."""

    account: str
    currency: str
    number: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    entries: list[Entry] = field(default_factory=list)

    @property
    def booked(self) -> list[Entry]:
        """The entries that are money."""
        return [one for one in self.entries if one.is_money]

    @property
    def moved_micro(self) -> int:
        """What the booked entries in the account's own currency come to."""
        return sum(one.amount_micro for one in self.booked if one.currency == self.currency)


def checked(statement: Statement) -> Statement:
    """The statement itself, where its entries explain its balances. Raises BadStatement."""
    if len(statement.entries) > MOST_ENTRIES or abs(statement.moved_micro) > LARGEST_BALANCE_MICRO:
        raise BadStatement("The statement has more entries than this store takes at once. Please ask for shorter ones.")
    if statement.opening is None or statement.closing is None:
        return statement
    expected = statement.opening.micro + statement.moved_micro
    if expected != statement.closing.micro:
        raise BadStatement(
            f"The statement {statement.number or 'of ' + statement.closing.on.isoformat()} does not add up: its entries"
            f" lead to {Money(expected, statement.currency)}, and it closes with"
            f" {Money(statement.closing.micro, statement.currency)}."
        )
    return statement


def micro_of(text: str, currency: str, *, most_micro: int = LARGEST_MICRO) -> int:
    """A bank's plain decimal, point or comma, in micro-units. Raises BadStatement, UnknownCurrency."""
    cleaned = text.strip()
    unit_micro = minor_unit_micro(currency)
    if not PLAIN.fullmatch(cleaned):
        raise BadStatement(f"“{cleaned[:40]}” is not an amount of money.")
    micro = int(Decimal(cleaned.replace(",", ".")) * MICRO)
    if micro > most_micro:
        raise BadStatement(f"{cleaned} is more than this store can handle.")
    if micro % unit_micro:
        raise BadStatement(f"{cleaned} has more decimals than {currency} has.")
    return micro


def day_of(text: str) -> date:
    """A day by ISO 8601, perhaps with a time after it. Raises BadStatement."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise BadStatement(f"“{text.strip()[:20]}” is not a day.") from None


def tidy(text: str | None, longest: int = LONGEST_TEXT) -> str:
    """One line of printable text, at most so long."""
    return UNPRINTABLE.sub(" ", text or "").strip()[:longest]


def tidy_iban(text: str | None) -> str:
    """An account number without its spaces, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", (text or "").upper())[:34]


def reference_or_none(text: str | None, longest: int = 100) -> str:
    """A reference, or nothing where the bank wrote that there is none."""
    found = tidy(text, longest)
    return "" if found.upper() in NO_REFERENCE else found
