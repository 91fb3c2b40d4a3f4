"""What was found, as rows of the database, which alone knows what is published now. It ranks nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from django.db.models import Exists, OuterRef

from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label, Release, ReleaseQuerySet
from obbligato.catalog.restrictions import in_effect

Kind = Literal["release", "artist", "track", "label", "genre"]


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    kind: Kind
    title: str
    subtitle: str
    url: str
    release: Release | None = None
    track_id: int | None = None


class Match(NamedTuple):
    """What the index says of one thing. A track's words are those of its edition, which never change."""

    kind: str
    pk: int
    release: int
    shown: str = ""
    """Of a genre its slug; of a track its title and, on a second line, its artist credit."""


def hits_of(matches: Iterable[Match], *, limit: int, among: ReleaseQuerySet, territory: str = "") -> list[Hit]:
    """At most `limit` of the matches, in their order, that are of a release in `among`.

    What decisions and orders close to search in the territory (ISO 3166-1 alpha-2) is not found.
    """
    each = list(dict.fromkeys(matches))
    hits: list[Hit] = []
    # Mostly all of the first may be shown, and rows of the others would be read in vain.
    for first in range(0, len(each), limit):
        hits += _hits(each[first : first + limit], among, territory)
        if len(hits) >= limit:
            break
    return hits[:limit]


def _hits(matches: Sequence[Match], among: ReleaseQuerySet, territory: str) -> list[Hit]:
    keys = {one.release for one in matches if one.release}
    rows = among.order_by().filter(pk__in=keys) if keys else []
    releases = {row.pk: row for row in in_effect.listed_among(rows, territory=territory)}
    unheard_of = in_effect.hidden_tracks((one.pk for one in matches if one.kind == "track"), territory=territory)
    shown = [one for one in matches if not one.release or one.release in releases]
    shown = [one for one in shown if one.kind != "track" or one.pk not in unheard_of]
    names = _names(shown, among)
    hits = (
        _hit(one, releases[one.release]) if one.release else names.get((one.kind, one.shown or one.pk)) for one in shown
    )
    return [hit for hit in hits if hit is not None]


def _hit(match: Match, release: Release) -> Hit:
    address = release.get_absolute_url()
    if match.kind == "release":
        return Hit("release", str(release), release.artist.name, address, release=release)
    title, _, credit = match.shown.partition("\n")
    return Hit("track", title, f"{credit}, {release}", address, release=release, track_id=match.pk)


def _names(matches: Iterable[Match], among: ReleaseQuerySet) -> dict[tuple[str, str | int], Hit]:
    """Artists, labels and genres under which there is something to show."""
    found: dict[tuple[str, str | int], Hit] = {}
    by_kind: dict[str, list[Match]] = {}
    for match in matches:
        by_kind.setdefault(match.kind, []).append(match)
    if keys := [one.pk for one in by_kind.get("artist", [])]:
        for artist in Artist.objects.filter(Exists(among.filter(artist=OuterRef("pk"))), pk__in=keys):
            found["artist", artist.pk] = Hit("artist", artist.name, "", artist.get_absolute_url())
    if keys := [one.pk for one in by_kind.get("label", [])]:
        for label in Label.objects.filter(Exists(among.filter(label=OuterRef("pk"))), pk__in=keys):
            found["label", label.pk] = Hit("label", label.name, "", label.get_absolute_url())
    if slugs := [one.shown for one in by_kind.get("genre", [])]:
        for heading in Heading.objects.filter(kind=Heading.Kind.GENRE, slug__in=slugs, releases_count__gt=0):
            found["genre", heading.slug] = Hit("genre", heading.name, "", heading.get_absolute_url())
    return found
