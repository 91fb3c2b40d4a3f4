"""Read the log for pages: a screen of entries, those of a subject, the tally. It never passes over the whole log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from obbligato.transparency.models import Entry, Tally
from obbligato.transparency.proving import NoSuchEntry

ENTRIES_A_PAGE = 50
GREATEST_INDEX = 2**63 - 1


@dataclass(frozen=True)
class Page:
    """Some entries, and where the next page begins; empty where this is the last."""

    entries: Sequence[Entry]
    after: str
    is_first: bool


def newest(after: str = "", kind: str = "") -> Page:
    """Entries from the newest on, or those before the one of a number; of one kind, where one is named."""
    before = _number(after)
    rows = Entry.objects.filter(**({"kind": kind} if kind else {})).order_by("-index")
    return _page(rows if before is None else rows.filter(index__lt=before), before is None)


def of_subject(subject: str, after: str = "") -> Page:
    """All that was logged of a subject, in the order of time, or what came after the entry of a number.

    Raises NoSuchEntry.
    """
    behind = _number(after)
    rows = Entry.objects.filter(subject=subject).order_by("index")
    page = _page(rows if behind is None else rows.filter(index__gt=behind), behind is None)
    if not page.entries and page.is_first:
        raise NoSuchEntry("The log says nothing of this. What was announced a moment ago appears within seconds.")
    return page


def entry(index: int) -> Entry:
    """One entry. Raises NoSuchEntry."""
    found = Entry.objects.filter(index=index).first() if index <= GREATEST_INDEX else None
    if found is None:
        raise NoSuchEntry("The log has no such entry, or not yet.")
    return found


def tallies(since: date) -> list[Tally]:
    """How many entries of each kind the months since a day have, in order."""
    return list(Tally.objects.filter(month__gte=since).order_by("month", "kind"))


def _page(rows: QuerySet[Entry], is_first: bool) -> Page:
    entries = list(rows[: ENTRIES_A_PAGE + 1])
    shown = entries[:ENTRIES_A_PAGE]
    return Page(shown, str(shown[-1].index) if len(entries) > len(shown) else "", is_first)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
