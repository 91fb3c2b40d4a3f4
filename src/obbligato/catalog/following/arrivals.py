"""Note what came on sale and for whom that is news, once for each release. It sends nothing.

What may be sold is not known here: the layers above say so by the query they pass in.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet

from obbligato.catalog.following.models import Arrival, Following, GenreFollowing, News, Quiet
from obbligato.catalog.headings.filing import genre_slug
from obbligato.catalog.models import Release, ReleaseQuerySet
from obbligato.kernel import clock
from obbligato.people.models import Person

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
        found = (
            among.filter(pk__in=candidates).order_by("pk").values_list("pk", "artist_id", "label_id", "edition__genres")
        )
        if arrived := [
            _Arrived(pk, artist, label, {genre_slug(one) for one in genres}) for pk, artist, label, genres in found
        ]:
            _note(arrived)


def note_wish(person: Person, release: Release) -> bool:
    """It is news to her that she can have what she wished for, also where she was told of it once; whether it is.

    It is none to who wants no mail or cannot have one.
    """
    if not (person.is_active and person.email) or Quiet.objects.filter(person=person).exists():
        return False
    again = {"letter": None, "is_wished": True, "at": clock.now()}
    News.objects.update_or_create(person=person, release=release, defaults=again)
    return True


class _Arrived(NamedTuple):
    """A release by its keys, and the slugs of its genres."""

    pk: int
    artist_id: int
    label_id: int
    genres: set[str]


def _chunks_of_not_arrived() -> Iterator[list[int]]:
    """By key, so that drafts, which stay among them for ever, are passed once."""
    waiting = Release.objects.filter(arrival__isnull=True, edition__isnull=False, withdrawal__isnull=True)
    after = 0
    while chunk := list(waiting.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:RELEASES_AT_ONCE]):
        yield chunk
        after = chunk[-1]


@transaction.atomic
def _note(arrived: Sequence[_Arrived]) -> None:
    """Arrivals and news together, or neither."""
    now = clock.now()
    Arrival.objects.bulk_create([Arrival(release_id=one.pk, at=now) for one in arrived], ignore_conflicts=True)
    for one in _with_followers(arrived):
        followers = _followers(one)
        while people := list(islice(followers, PEOPLE_AT_ONCE)):
            News.objects.bulk_create(
                [News(person_id=person_id, release_id=one.pk, at=now) for person_id in people], ignore_conflicts=True
            )


def _with_followers(arrived: Sequence[_Arrived]) -> list[_Arrived]:
    """Those whose artist, label or genre anybody follows: most of a large catalogue is followed by nobody."""
    artists = Following.objects.filter(artist__in={one.artist_id for one in arrived})
    labels = Following.objects.filter(label__in={one.label_id for one in arrived})
    artist_ids = set(artists.values_list("artist_id", flat=True).distinct())
    label_ids = set(labels.values_list("label_id", flat=True).distinct())
    every_genre = set[str]().union(*(one.genres for one in arrived))
    genres = GenreFollowing.objects.filter(slug__in=every_genre)
    slugs = set(genres.values_list("slug", flat=True).distinct())
    return [
        one
        for one in arrived
        if one.artist_id in artist_ids or one.label_id in label_ids or not slugs.isdisjoint(one.genres)
    ]


def _followers(one: _Arrived) -> Iterator[int]:
    """Whoever follows its artist or label, then whoever a genre of it; none who wants no mail or cannot have one.

    Who is found twice is told once: the news of a release are hers only once.
    """
    follows = Following.objects.filter(Q(artist=one.artist_id) | Q(label=one.label_id))
    genres = GenreFollowing.objects.filter(slug__in=one.genres)
    return chain(_reached(follows), _reached(genres))


def _reached(follows: QuerySet[Any]) -> Iterator[int]:
    reached = follows.filter(person__is_active=True, person__quiet__isnull=True).exclude(person__email="")
    return reached.values_list("person_id", flat=True).distinct().iterator(PEOPLE_AT_ONCE)
