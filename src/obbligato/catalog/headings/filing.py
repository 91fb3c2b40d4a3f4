"""Put releases under their headings, or take them away, and keep the counts. It does not judge what is on sale."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import F

from obbligato.catalog.headings.models import Entry, Heading
from obbligato.catalog.models import Release
from obbligato.catalog.naming import folded, slug_of
from obbligato.catalog.transliterating import latin

ALL = "all"
UNDATED = date.min
ARTICLES = ("the ", "a ", "an ")
Place = tuple[str, str]
"""A heading's kind and slug."""


def file_as(releases: Mapping[Release, bool]) -> int:
    """Each release under its headings if the mapping says True, else under none. Gives how many were filed anew.

    A release comes with its edition, artist and label. Each changes in a transaction of its own, with the counts.
    """
    filed: dict[int, set[tuple[Place, date]]] = {}
    entries = Entry.objects.filter(release__in=list(releases)).values_list(
        "release", "heading__kind", "heading__slug", "date"
    )
    for pk, kind, slug, day in entries:
        filed.setdefault(pk, set()).add(((kind, slug), day))
    stale = [
        one
        for one, is_listed in releases.items()
        if filed.get(one.pk, set()) != (set(_wanted(one)) if is_listed else set())
    ]
    for release in stale:
        _file(release, is_listed=releases[release])
    return len(stale)


def genre_slug(genre: str) -> str:
    """A genre's part of an address: the same however it is capitalised."""
    return slug_of(folded(genre) or genre)


def filed_name(name: str) -> str:
    """A name as it is filed: without its article, folded, in Latin letters."""
    plain = latin(folded(name))
    article = next((one for one in ARTICLES if plain.startswith(one)), "")
    return plain.removeprefix(article)[:120]


def _wanted(release: Release) -> dict[tuple[Place, date], str]:
    """Where a release belongs, and the name of each heading."""
    edition = release.edition
    if edition is None:
        return {}
    places: dict[Place, str] = {
        (Heading.Kind.ALL.value, ALL): "New releases",
        (Heading.Kind.ARTIST.value, release.artist.slug): release.artist.name,
        (Heading.Kind.LABEL.value, release.label.slug): release.label.name,
    }
    for genre in edition.genres:
        places.setdefault((Heading.Kind.GENRE.value, genre_slug(genre)), genre)
    return {(place, edition.date or UNDATED): name for place, name in places.items()}


@transaction.atomic
def _file(release: Release, *, is_listed: bool) -> None:
    # Whoever files the same release at the same moment waits here, so that no entry is counted twice.
    Release.objects.select_for_update(of=("self",)).get(pk=release.pk)
    # In one order always, so that no two who make the same headings wait for each other.
    places = sorted(_wanted(release).items()) if is_listed else []
    wanted = {_heading(*place, name): day for (place, day), name in places}
    before = dict(Entry.objects.filter(release=release).values_list("heading", "date"))
    gone = before.keys() - wanted.keys()
    Entry.objects.filter(release=release, heading__in=gone).delete()
    for heading in wanted.keys() & before.keys():
        Entry.objects.filter(release=release, heading=heading).exclude(date=wanted[heading]).update(
            date=wanted[heading]
        )
    new = wanted.keys() - before.keys()
    Entry.objects.bulk_create(Entry(heading_id=one, release=release, date=wanted[one]) for one in new)
    _count({**dict.fromkeys(gone, -1), **dict.fromkeys(new, 1)})


def _heading(kind: str, slug: str, name: str) -> int:
    sort_name = filed_name(name)
    letter = sort_name[:1] if sort_name[:1].isascii() and sort_name[:1].isalpha() else "#"
    names = {"name": name[:300], "sort_name": sort_name, "letter": letter}
    heading, is_new = Heading.objects.get_or_create(kind=kind, slug=slug, defaults=names)
    if not is_new and heading.name != name and kind in {Heading.Kind.ARTIST, Heading.Kind.LABEL}:
        Heading.objects.filter(pk=heading.pk).update(**names)
    return int(heading.pk)


def _count(changes: Mapping[int, int]) -> None:
    """By primary key, for the same reason."""
    for heading in sorted(changes):
        Heading.objects.filter(pk=heading).update(releases_count=F("releases_count") + changes[heading])
