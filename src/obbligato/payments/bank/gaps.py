"""Find what is missing between the statements of one account. Pure."""

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
    later = [one for one in known if one.first_on > known[0].first_on]
    return [(one, sentence) for one in later if (sentence := _missing(one, known))]


def _missing(one: Span, known: Sequence[Span]) -> str:
    others = [other for other in known if other != one]
    if any(other.first_on <= one.first_on < other.last_on for other in others):
        return ""
    if one.opening_micro is not None:
        is_continued = any(
            other.closing_micro == one.opening_micro and other.last_on <= one.last_on for other in others
        )
        return "" if is_continued else f"Statement {one.name} opens with a balance that no other closes with."
    if not one.number.isdecimal() or int(one.number) <= 1:
        return ""
    before = str(int(one.number) - 1)
    is_there = any(other.number.lstrip("0") == before for other in others if other.last_on.year == one.last_on.year)
    return "" if is_there else f"Statement {one.name} is here, and number {before} is not."
