"""Find what is missing between the statements of one account. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Span:
    """One statement as far as it tells what comes before it: number, first and last day, balances in micro-units."""

    number: str
    first_on: date
    last_on: date
    opening_micro: int | None = None
    closing_micro: int | None = None

    @property
    def name(self) -> str:
        """What an operator finds it by."""
        return f"number {self.number} of {self.last_on}" if self.number else f"of {self.last_on}"


def gaps(spans: Iterable[Span]) -> list[tuple[Span, str]]:
    """Statements before which one is missing, with a sentence each. The earliest ones begin the account.

    Balances decide where a statement has them: it must open with what another closed with, or begin within another's
    time. Where it has none, its number decides: the one before it must be there, unless it is the first of its year.
    """
    known = sorted(set(spans), key=lambda one: (one.first_on, one.last_on, one.number))
    if not known:
        return []
    others = _Others(known)
    later = [one for one in known if one.first_on > known[0].first_on]
    return [(one, sentence) for one in later if (sentence := _missing(one, others))]


def _missing(one: Span, others: "_Others") -> str:
    if others.reach_over(one):
        return ""
    if one.opening_micro is not None:
        return "" if others.lead_to(one) else f"Statement {one.name} opens with a balance that no other closes with."
    if not one.number.isdecimal() or int(one.number) <= 1:
        return ""
    before = int(one.number) - 1
    return "" if others.have(before, one.last_on.year) else f"Statement {one.name} is here, and number {before} is not."


class _Others:
    """What an account's statements say of one among them, each asked in the time of a look-up, however many."""

    def __init__(self, known: Sequence[Span]) -> None:
        self._numbers = {(one.number.lstrip("0"), one.last_on.year) for one in known}
        self._began = [one.first_on for one in known]
        self._longest: list[list[Span]] = []  # Of those up to each, the two that last longest.
        self._closing: dict[int | None, list[Span]] = {}  # By closing balance, the two that end first.
        longest: list[Span] = []
        for one in known:
            longest = sorted([*longest, one], key=lambda span: span.last_on, reverse=True)[:2]
            self._longest.append(longest)
            ends = [*self._closing.get(one.closing_micro, []), one]
            self._closing[one.closing_micro] = sorted(ends, key=lambda span: span.last_on)[:2]

    def reach_over(self, one: Span) -> bool:
        """Whether one began no later and lasted beyond its first day."""
        longest = self._longest[bisect_right(self._began, one.first_on) - 1]
        return any(other.last_on > one.first_on for other in longest if other != one)

    def lead_to(self, one: Span) -> bool:
        """Whether one that ended no later closed with its opening balance."""
        ends = self._closing.get(one.opening_micro, [])
        return any(other.last_on <= one.last_on for other in ends if other != one)

    def have(self, number: int, year: int) -> bool:
        """Whether that number is there in that year."""
        return (str(number), year) in self._numbers
