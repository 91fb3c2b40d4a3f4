"""Read what is under headings page by page, each from where the last one ended: it counts nothing and skips nothing."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from obbligato.catalog.headings.models import Heading

RELEASES_A_PAGE = 24
HEADINGS_A_PAGE = 200
AFTER_RELEASE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\.(\d{1,18})")


@dataclass(frozen=True)
class Leaf:
    """One page: primary keys in order, and what the next page is asked for with (empty: there is none)."""

    keys: list[int]
    after: str
    is_first: bool


def releases_under(heading: Heading, *, after: str = "", most: int = RELEASES_A_PAGE) -> Leaf:
    """The newest releases under a heading, from `after` on. What nobody was given as `after` means the first page."""
    entries = heading.entries.order_by("-date", "-release")
    if since := _since(after):
        day, release = since
        # The first condition says nothing new, but lets every database begin in the index where the page does.
        entries = entries.filter(Q(date__lt=day) | Q(date=day, release__lt=release), date__lte=day)
    rows = list(entries.values_list("date", "release")[: most + 1])
    shown = rows[:most]
    last = f"{shown[-1][0].isoformat()}.{shown[-1][1]}" if len(rows) > most else ""
    return Leaf([pk for _, pk in shown], last, is_first=since is None)


def filed(kind: str, *, letter: str = "", after: str = "", most: int = HEADINGS_A_PAGE) -> tuple[list[Heading], str]:
    """Headings as they are filed, with something under them, from the name `after` on; and the next page's `after`."""
    headings = _of(kind).order_by("sort_name", "pk")
    if letter:
        headings = headings.filter(letter=letter)
    name, _, key = after.rpartition(".")
    if key.isascii() and key.isdigit() and len(key) <= 18:
        headings = headings.filter(Q(sort_name__gt=name) | Q(sort_name=name, pk__gt=int(key)), sort_name__gte=name)
    rows = list(headings[: most + 1])
    last = f"{rows[most - 1].sort_name}.{rows[most - 1].pk}" if len(rows) > most else ""
    return rows[:most], last


def largest(kind: str, *, most: int) -> list[Heading]:
    """The headings with most under them."""
    return list(_of(kind).order_by("-releases_count", "pk")[:most])


def heading_of(kind: str, slug: str) -> Heading | None:
    """The heading with something under it, or None."""
    return _of(kind).filter(slug=slug).first()


def _of(kind: str) -> QuerySet[Heading, Any]:
    # As a range it would tempt the database to begin in the index by counts, and to sort what it finds there.
    return Heading.objects.filter(kind=kind).exclude(releases_count=0)


def _since(after: str) -> tuple[date, int] | None:
    found = AFTER_RELEASE.fullmatch(after)
    if found is None:
        return None
    year, month, day, release = (int(part) for part in found.groups())
    try:
        return date(year, month, day), release
    except ValueError:
        return None
