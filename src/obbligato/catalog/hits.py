"""What was found, as rows of the database, which alone knows what is published now. It ranks nothing."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label, ReleaseQuerySet
from obbligato.catalog.restrictions import in_effect
from obbligato.kernel.questions import question

Kind = Literal["release", "artist", "track", "label", "genre"]
Among = Callable[[], ReleaseQuerySet]
"""Gives the releases that may be found: a function whose query is the same each time, for it is put together once."""


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    kind: Kind
    title: str
    subtitle: str
    url: str
    release_slug: str | None = None
    cover: "Cover | None" = None
    track_id: int | None = None


class Cover(NamedTuple):
    """As much of a picture as a page shows it by."""

    sha256: str


class Match(NamedTuple):
    """What the index says of one thing. A track's words are those of its edition, which never change."""

    kind: str
    pk: int
    release: int
    shown: str = ""
    """Of a genre its slug; of a track its title and, on a second line, its artist credit."""


def hits_of(matches: Iterable[Match], *, limit: int, among: Among, territory: str = "") -> list[Hit]:
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


def _hits(matches: Sequence[Match], among: Among, territory: str) -> list[Hit]:
    releases = _releases({one.release for one in matches if one.release}, among, territory)
    unheard_of = in_effect.hidden_tracks((one.pk for one in matches if one.kind == "track"), territory=territory)
    shown = [one for one in matches if not one.release or one.release in releases]
    shown = [one for one in shown if one.kind != "track" or one.pk not in unheard_of]
    names = _names(shown, among)
    hits = (
        _hit(one, releases[one.release]) if one.release else names.get((one.kind, one.shown or one.pk)) for one in shown
    )
    return [hit for hit in hits if hit is not None]


def _releases(keys: set[int], among: Among, territory: str) -> dict[int, "_Release"]:
    known = [_Release(*row) for row in _known("release", keys, among)]
    hidden = in_effect.hidden_editions((one.edition for one in known), territory=territory)
    return {one.pk: one for one in known if one.edition not in hidden}


def _hit(match: Match, release: "_Release") -> Hit:
    address = reverse("release", args=[release.slug])
    cover = Cover(release.cover_sha256) if release.cover_sha256 else None
    if match.kind == "release":
        return Hit("release", release.title, release.artist, address, release.slug, cover)
    title, _, credit = match.shown.partition("\n")
    return Hit("track", title, f"{credit}, {release.title}", address, release.slug, cover, match.pk)


def _names(matches: Iterable[Match], among: Among) -> dict[tuple[str, str | int], Hit]:
    """Artists, labels and genres under which there is something to show."""
    found: dict[tuple[str, str | int], Hit] = {}
    by_kind: dict[str, list[Match]] = {}
    for match in matches:
        by_kind.setdefault(match.kind, []).append(match)
    for pk, name, slug in _known("artist", {one.pk for one in by_kind.get("artist", [])}, among):
        found["artist", pk] = Hit("artist", name, "", reverse("artist", args=[slug]))
    for pk, name, slug in _known("label", {one.pk for one in by_kind.get("label", [])}, among):
        found["label", pk] = Hit("label", name, "", reverse("label", args=[slug]))
    if slugs := [one.shown for one in by_kind.get("genre", [])]:
        for heading in Heading.objects.filter(kind=Heading.Kind.GENRE, slug__in=slugs, releases_count__gt=0):
            found["genre", heading.slug] = Hit("genre", heading.name, "", heading.get_absolute_url())
    return found


class _Release(NamedTuple):
    """What is shown of one."""

    pk: int
    slug: str
    artist: str
    title: str
    edition: int
    cover_sha256: str | None


COLUMNS = ("pk", "slug", "artist__name", "edition__title", "edition", "edition__cover__sha256")


def _known(kind: str, keys: set[int], among: Among) -> list[tuple[Any, ...]]:
    """Of these primary keys those that may be shown: of releases COLUMNS, of artists and labels key, name and slug."""
    return _asked(kind, among)(keys)


@cache
def _asked(kind: str, among: Among) -> Callable[[Collection[int]], list[tuple[Any, ...]]]:
    @question
    def known(keys: Collection[int]) -> QuerySet[Any, tuple[Any, ...]]:
        if kind == "release":
            return among().order_by().filter(pk__in=keys).values_list(*COLUMNS)
        model = Artist if kind == "artist" else Label
        something = Exists(among().filter(**{kind: OuterRef("pk")}))
        return model.objects.filter(something, pk__in=keys).values_list("pk", "name", "slug")

    return known
