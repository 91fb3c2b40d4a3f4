"""Keep lists of what is on sale as it is on sale, and read them page by page. Whoever reads them is never shown more.

A list may lag: a release taken off is left out of its page at once, one put on sale appears with the next look.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, QuerySet

from obbligato.catalog.headings import filing, turning
from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Edition, Release, Withdrawal
from obbligato.catalog.restrictions import in_effect
from obbligato.rights.models import Licence
from obbligato.sales.models import Tariff
from obbligato.sales.offers import on_sale

RELEASES_A_STEP = 500
SECONDS_A_LOOK = 5.0


@dataclass(frozen=True)
class ListPage:
    """Releases to show, and what the next page is asked for with; empty: there is none."""

    releases: list[Release]
    after: str = ""
    is_first: bool = True


def page_of(
    heading: Heading | None, *, territory: str = "", after: str = "", most: int = turning.RELEASES_A_PAGE
) -> ListPage:
    """A page of what is on sale under a heading, newest first; of no heading an empty one.

    What decisions and orders close to lists in the territory (ISO 3166-1 alpha-2; "": the store's own) is left out.
    """
    if heading is None:
        return ListPage([])
    leaf = turning.releases_under(heading, after=after, most=most)
    return ListPage(in_order(leaf.keys, territory=territory), leaf.after, leaf.is_first)


def newest(*, territory: str = "", after: str = "", most: int = turning.RELEASES_A_PAGE) -> ListPage:
    """A page of everything on sale, newest first, without what is closed to lists in the territory."""
    return page_of(turning.heading_of(Heading.Kind.ALL, filing.ALL), territory=territory, after=after, most=most)


def in_order(keys: Sequence[int], *, territory: str = "") -> list[Release]:
    """Those of the releases that are on sale this moment and may be listed in the territory, in the order given."""
    listed = in_effect.listed(on_sale().order_by().filter(pk__in=keys), territory=territory)
    found = {release.pk: release for release in listed}
    return [found[pk] for pk in keys if pk in found]


def keep(keys: Iterable[int]) -> int:
    """Bring these releases' places in the lists up to date. Gives how many were changed."""
    wanted = sorted(keys)
    return sum(_keep(wanted[first : first + RELEASES_A_STEP]) for first in range(0, len(wanted), RELEASES_A_STEP))


def look(*, step: int = RELEASES_A_STEP, seconds: float = SECONDS_A_LOOK) -> None:
    """Upkeep's: keep what was changed since the last look, and the next few of all.

    A term that begins or ends changes no row, and a row may be removed: so all releases are looked at, over and over.
    """
    with _Looks.lock:
        keep(_changed())
        began = time.monotonic()
        # Only lists that are far behind, as those of a store just moved here, take more than one step.
        while _next_few(step) and time.monotonic() - began < seconds:
            pass


def _keep(keys: Sequence[int]) -> int:
    listed = set(on_sale().order_by().filter(pk__in=keys).values_list("pk", flat=True))
    releases = Release.objects.select_related("artist", "label", "edition").filter(pk__in=keys).order_by("pk")
    return filing.file_as({release: release.pk in listed for release in releases})


class _Looks:
    """How far this process has looked: a new one begins again, and finds what was missed."""

    lock = threading.Lock()
    seen: dict[str, int] = {}
    last_release = 0


def _changed() -> set[int]:
    """Releases of which something was written since the last look, by primary key; none at the first."""
    watched: dict[str, tuple[QuerySet[Any], str]] = {
        "edition": (Edition.objects.all(), "release"),
        "licence": (Licence.objects.all(), "recording__tracks__edition__release"),
        "tariff": (Tariff.objects.all(), "release"),
        "withdrawal": (Withdrawal.objects.all(), "release"),
    }
    changed: set[int] = set()
    for name, (rows, path) in watched.items():
        last = rows.order_by().aggregate(last=Max("pk"))["last"] or 0
        since = _Looks.seen.get(name, last)
        _Looks.seen[name] = last
        if last > since:
            found = rows.order_by().filter(pk__gt=since, pk__lte=last)
            changed |= {pk for pk in found.values_list(path, flat=True).distinct() if pk}
    return changed


def _next_few(step: int) -> bool:
    """Keep the next few of all. Gives whether there was something to do, and there may be more."""
    following = Release.objects.order_by("pk").filter(pk__gt=_Looks.last_release)
    keys = list(following.values_list("pk", flat=True)[:step])
    is_full = len(keys) == step
    _Looks.last_release = keys[-1] if is_full else 0
    return bool(keep(keys)) and is_full


def forget() -> None:
    """Begin anew; for tests, whose databases come and go."""
    _Looks.seen.clear()
    _Looks.last_release = 0
