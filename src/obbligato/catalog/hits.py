"""What was found, as rows of the database, which alone knows what is published now. It ranks nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from django.db.models import Exists, OuterRef

from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label, Release, ReleaseQuerySet, Track

Kind = Literal["release", "artist", "track", "label", "genre"]


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    kind: Kind
    title: str
    subtitle: str
    url: str
    release: Release | None = None
    track: Track | None = None
    artist: Artist | None = None


class Match(NamedTuple):
    """What the index says of one thing: a release and a track by primary key, the others by key: `artist:12`."""

    kind: str
    pk: int
    release: int
    slug: str


def hits_of(matches: Sequence[Match], *, limit: int, among: ReleaseQuerySet) -> list[Hit]:
    """At most `limit` of the matches, in their order, that are of a release in `among`."""
    releases = {row.pk: row for row in among.filter(pk__in={one.release for one in matches if one.release})}
    shown = [one for one in dict.fromkeys(matches) if not one.release or one.release in releases]
    # Of artists, labels and genres some may turn out to have nothing on sale: then fewer than `limit` come.
    known = _names(shown[:limit], among) | _tracks(shown[:limit], releases)
    hits = (
        _release_hit(releases[one.pk]) if one.kind == "release" else known.get((one.kind, one.slug or one.pk))
        for one in shown[:limit]
    )
    return [hit for hit in hits if hit is not None]


def _names(matches: Iterable[Match], among: ReleaseQuerySet) -> dict[tuple[str, str | int], Hit]:
    """Artists, labels and genres under which there is something to show."""
    found: dict[tuple[str, str | int], Hit] = {}
    by_kind: dict[str, list[Match]] = {}
    for match in matches:
        by_kind.setdefault(match.kind, []).append(match)
    if keys := [one.pk for one in by_kind.get("artist", [])]:
        for artist in Artist.objects.filter(Exists(among.filter(artist=OuterRef("pk"))), pk__in=keys):
            found["artist", artist.pk] = Hit("artist", artist.name, "", artist.get_absolute_url(), artist=artist)
    if keys := [one.pk for one in by_kind.get("label", [])]:
        for label in Label.objects.filter(Exists(among.filter(label=OuterRef("pk"))), pk__in=keys):
            found["label", label.pk] = Hit("label", label.name, "", label.get_absolute_url())
    if slugs := [one.slug for one in by_kind.get("genre", [])]:
        for heading in Heading.objects.filter(kind=Heading.Kind.GENRE, slug__in=slugs, releases_count__gt=0):
            found["genre", heading.slug] = Hit("genre", heading.name, "", heading.get_absolute_url())
    return found


def _tracks(matches: Iterable[Match], releases: dict[int, Release]) -> dict[tuple[str, str | int], Hit]:
    home = {one.pk: releases[one.release] for one in matches if one.kind == "track"}
    rows = Track.objects.defer("tags", "tag_bytes").filter(pk__in=home) if home else []
    return {("track", track.pk): _track_hit(track, home[track.pk]) for track in rows}


def _release_hit(release: Release) -> Hit:
    return Hit("release", str(release), release.artist.name, release.get_absolute_url(), release=release)


def _track_hit(track: Track, release: Release) -> Hit:
    return Hit(
        "track",
        track.title,
        f"{track.artist_credit}, {release}",
        release.get_absolute_url(),
        release=release,
        track=track,
    )
