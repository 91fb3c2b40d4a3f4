"""Note what came on sale and for whom that is news, once for each release. It sends nothing.

What may be sold is not known here: the layers above say so by the query they pass in.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from obbligato.catalog.following.models import Arrival, Following, News
from obbligato.catalog.models import Release, ReleaseQuerySet
from obbligato.kernel import clock

PAUSE_SECONDS = 60
RELEASES_AT_ONCE = 200
PEOPLE_AT_ONCE = 1_000


def note_now_and_then(among: ReleaseQuerySet) -> None:
    """The same as note(), at most once a minute for all processes: it looks at every release that is not on sale."""
    if cache.add("following:arrivals", 1, timeout=PAUSE_SECONDS):
        note(among)


def note(among: ReleaseQuerySet) -> None:
    """Note each release that is among those on sale for the first time, and that it is news to its followers."""
    for candidates in _chunks_of_not_arrived():
        releases = list(among.filter(pk__in=candidates).order_by("pk"))
        if releases:
            _note(releases)


def _chunks_of_not_arrived() -> Iterator[list[int]]:
    """By key, so that drafts, which stay among them for ever, are passed once."""
    waiting = Release.objects.filter(arrival__isnull=True, edition__isnull=False, withdrawal__isnull=True)
    after = 0
    while chunk := list(waiting.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:RELEASES_AT_ONCE]):
        yield chunk
        after = chunk[-1]


@transaction.atomic
def _note(releases: Sequence[Release]) -> None:
    """Arrivals and news together, or neither."""
    now = clock.now()
    Arrival.objects.bulk_create([Arrival(release=release, at=now) for release in releases], ignore_conflicts=True)
    for release in releases:
        followers = _followers(release)
        while people := list(islice(followers, PEOPLE_AT_ONCE)):
            News.objects.bulk_create(
                [News(person_id=person_id, release=release, at=now) for person_id in people], ignore_conflicts=True
            )


def _followers(release: Release) -> Iterator[int]:
    """Each once, also who follows both artist and label; none who wants no mail or cannot have one."""
    follows = Following.objects.filter(Q(artist=release.artist_id) | Q(label=release.label_id))
    reached = follows.filter(person__is_active=True, person__quiet__isnull=True).exclude(person__email="")
    return reached.values_list("person_id", flat=True).distinct().iterator(PEOPLE_AT_ONCE)
