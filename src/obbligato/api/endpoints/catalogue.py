"""What there is to hear, and in which formats. It reads only."""

import json

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from ninja import Path, Query, Router

from obbligato.api.bearer import WELCOME
from obbligato.api.schemas.catalogue import (
    ArtistPage,
    FormatOut,
    ReleaseCard,
    ReleaseOut,
    ReleasePage,
    SearchHit,
    TrackOut,
    card_values,
)
from obbligato.api.schemas.values import Country, Line, PageIn, Slug, TerritoryIn
from obbligato.api.territory import territory_of
from obbligato.audio.formats import OFFERED
from obbligato.catalog.aliases import aliases_of
from obbligato.catalog.hits import Hit
from obbligato.catalog.models import Artist, ReleaseQuerySet
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.searching import search
from obbligato.kernel.refusals import Missing
from obbligato.kernel.sentences import in_words
from obbligato.sales.offers import announced, known_release, offer_of, on_sale

router = Router(auth=WELCOME)


class NoSuchArtist(Missing):
    """There is no artist of that name."""


class ReleasesIn(PageIn):
    """Which releases."""

    artist: Slug | None = None
    genre: Line | None = None
    country: Country | None = None


class SearchIn(TerritoryIn):
    """Words to find; a typo does no harm."""

    q: Line
    limit: int = 20


@router.get("/releases", response=ReleasePage, summary="Releases on sale, newest first")
def list_releases(request: HttpRequest, wanted: Query[ReleasesIn]) -> ReleasePage:
    """Narrow it by an artist's slug or by a genre."""
    releases = in_effect.listed(on_sale(), territory=territory_of(request, wanted.country))
    if wanted.artist:
        releases = releases.filter(artist__slug=wanted.artist)
    if wanted.genre:
        releases = _of_genre(releases, wanted.genre)
    return ReleasePage(
        items=[ReleaseCard.of(release, request) for release in releases[wanted.bounds]],
        count=releases.count(),
        page=wanted.page,
        per_page=wanted.per_page,
    )


@router.get("/releases/{slug}", response=ReleaseOut, summary="One release with its tracks")
def show_release(request: HttpRequest, slug: Path[Slug], wanted: Query[TerritoryIn]) -> ReleaseOut:
    """Each track says in `sentence` why it cannot be bought where you are, if so."""
    offer = offer_of(known_release(slug), territory=territory_of(request, wanted.country))
    assert offer.edition is not None
    return ReleaseOut(
        **card_values(offer.release, offer.edition, request),
        upc=offer.edition.upc,
        description=offer.edition.description,
        copyright=offer.edition.copyright,
        credits=offer.edition.credits,
        booklet_bytes=offer.edition.booklet.size_bytes if offer.edition.booklet else None,
        sentence=in_words(offer.sentence),
        tracks=[
            TrackOut.of(
                track,
                request,
                sentence=offer.sentence or offer.refusals.get(track.pk, ""),
                closed=offer.closed.get(track.recording_id, {}),
                territory=offer.territory,
            )
            for track in offer.tracks
        ],
    )


@router.get("/artists/{slug}", response=ArtistPage, summary="An artist with what is on sale")
def show_artist(request: HttpRequest, slug: Path[Slug], wanted: Query[TerritoryIn]) -> ArtistPage:
    """The newest 100 releases; GET /releases?artist= pages through more."""
    artist = Artist.objects.filter(slug=slug).first()
    if artist is None:
        raise NoSuchArtist("There is no such artist.")
    territory = territory_of(request, wanted.country)
    releases = in_effect.listed(on_sale(), territory=territory).filter(artist=artist)[:100]
    return ArtistPage(
        name=artist.name,
        slug=artist.slug,
        also_known_as=[alias.name for alias in aliases_of(artist.name)],
        releases=[ReleaseCard.of(one, request) for one in releases],
    )


@router.get("/search", response=list[SearchHit], summary="Find releases, artists, tracks, labels and genres by words")
def find(request: HttpRequest, wanted: Query[SearchIn]) -> list[SearchHit]:
    """Best first; at most 50."""
    limit = min(max(wanted.limit, 1), 50)
    text = wanted.q.strip()
    territory = territory_of(request, wanted.country)
    hits = search(text, limit=limit, among=announced, territory=territory) if text else []
    return [_hit(hit, request) for hit in hits]


@router.get("/formats", response=list[FormatOut], summary="The formats a copy may have")
def list_formats(request: HttpRequest) -> list[FormatOut]:
    """Those worth offering. Other bitrates and rates are made too: `mp3-192-44`, `flac-24-96`."""
    return [FormatOut.of(format_) for format_ in OFFERED]


def _of_genre(releases: ReleaseQuerySet, genre: str) -> ReleaseQuerySet:
    # SQLite has no JSON containment, and the databases differ in how they write letters beyond ASCII.
    texts = releases.annotate(genres_text=Cast("edition__genres", TextField()))
    written = Q(genres_text__icontains=json.dumps(genre))
    return texts.filter(written | Q(genres_text__icontains=json.dumps(genre, ensure_ascii=False)))


def _hit(hit: Hit, request: HttpRequest) -> SearchHit:
    return SearchHit(
        kind=hit.kind,
        title=hit.title,
        subtitle=hit.subtitle,
        url=request.build_absolute_uri(hit.url),
        release=hit.release_slug,
        track=hit.track_id,
    )
