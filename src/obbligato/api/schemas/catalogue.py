"""Releases, tracks, artists, formats, search hits and quotes as JSON. They read rows; they never query."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Schema

from obbligato.api.schemas.values import Money, Size, example
from obbligato.audio.formats import Format
from obbligato.catalog.models import Artist, Edition, Release, Track
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel.sentences import in_words
from obbligato.library.hearing import NOTHING_CLOSED, hearing_of
from obbligato.people.models import Person
from obbligato.sales.quoting import ReleaseQuote, TrackQuote


class ArtistOut(Schema):
    """An artist as credited."""

    model_config: ClassVar = example(name="Clara Schumann", slug="clara-schumann")

    name: str
    slug: str

    @classmethod
    def of(cls, artist: Artist) -> "ArtistOut":
        return cls(name=artist.name, slug=artist.slug)


class TrackOut(Schema):
    """A track at its place."""

    model_config: ClassVar = example(
        id=12,
        disc=1,
        position=3,
        title="Prelude in D minor",
        artist="Clara Schumann",
        isrc="",
        duration_seconds=183.4,
        preview="https://store.example/delivery/previews/12.mp3",
        sentence="",
    )

    id: int
    disc: int
    position: int
    title: str
    artist: str
    isrc: str
    duration_seconds: float
    preview: str = Field(
        description="MP3: an excerpt or the whole, as the label chose; all of it for owners; empty: nothing is heard."
    )
    sentence: str = Field("", description="Why it cannot be bought here and now; empty when it can.")

    @classmethod
    def of(
        cls,
        track: Track,
        request: HttpRequest,
        *,
        sentence: str = "",
        owner: Person | None = None,
        closed: Mapping[Effect, str] = NOTHING_CLOSED,
        territory: str = "",
    ) -> "TrackOut":
        preview = track.edition.release.preview
        heard = hearing_of(track, preview, owner=owner, closed=closed, territory=territory)
        return cls(
            id=track.pk,
            disc=track.disc,
            position=track.position,
            title=track.title,
            artist=track.artist_credit,
            isrc=track.recording.isrc,
            duration_seconds=round(track.master.duration_seconds, 3),
            preview=request.build_absolute_uri(heard.url) if heard else "",
            sentence=in_words(sentence),
        )


class ReleaseCard(Schema):
    """A release in a list."""

    model_config: ClassVar = example(
        slug="clavier-pieces",
        title="Clavier pieces",
        artist={"name": "Clara Schumann", "slug": "clara-schumann"},
        label="Harbour Street",
        date="2026-05-01",
        genres=["Romantic"],
        cover="https://store.example/delivery/covers/9f2c…-page.jpg",
        edition=1,
    )

    slug: str
    title: str
    artist: ArtistOut
    label: str
    date: date | None
    genres: list[str]
    cover: str | None = Field(description="A JPEG of the cover, or null.")
    edition: int = Field(description="Which version of the release; a purchase pins it.")

    @classmethod
    def of(cls, release: Release, request: HttpRequest) -> "ReleaseCard":
        assert release.edition is not None
        return cls(**card_values(release, release.edition, request))


class ReleaseOut(ReleaseCard):
    """A release with its tracks."""

    model_config: ClassVar = {}

    upc: str
    description: str
    copyright: str
    credits: list[dict[str, object]]
    booklet_bytes: int | None = Field(description="Size of the PDF that comes with it, or null.")
    tracks: list[TrackOut]
    sentence: str = Field(description="Why none of it can be bought here and now; empty when it can.")


class ArtistPage(ArtistOut):
    """An artist with what there is to buy."""

    model_config: ClassVar = {}

    also_known_as: list[str] = Field(description="Other spellings and names, under which search finds the artist too.")
    releases: list[ReleaseCard]


class ReleasePage(Schema):
    """One page of releases, newest first."""

    items: list[ReleaseCard]
    count: int = Field(description="How many there are on all pages.")
    page: int
    per_page: int


class SearchHit(Schema):
    """Something found by words, best first."""

    model_config: ClassVar = example(
        kind="track",
        title="Prelude in D minor",
        subtitle="Clara Schumann",
        url="https://store.example/releases/clavier-pieces",
        release="clavier-pieces",
        track=12,
    )

    kind: Literal["release", "artist", "track", "label", "genre"]
    title: str
    subtitle: str
    url: str = Field(description="The store's page.")
    release: str | None = Field(description="Slug of the release, where there is one.")
    track: int | None = Field(description="Id of the track, where it is one.")


class FormatOut(Schema):
    """A format the store makes."""

    model_config: ClassVar = example(
        name="mp3-320", label="MP3 320 kbit/s", codec="mp3", lossless=False, extension="mp3", media_type="audio/mpeg"
    )

    name: str = Field(description="What every other address takes as `format`.")
    label: str
    codec: str
    lossless: bool
    extension: str
    media_type: str

    @classmethod
    def of(cls, format_: Format) -> "FormatOut":
        return cls(
            name=format_.name,
            label=format_.label,
            codec=format_.codec,
            lossless=format_.is_lossless,
            extension=format_.extension,
            media_type=format_.media_type,
        )


class TrackQuoteOut(Schema):
    """What one track costs in a format, and how large it will be."""

    model_config: ClassVar = example(
        track=12,
        title="Prelude in D minor",
        format="mp3-320-44",
        size={"bytes": 7_340_113, "exact": True},
        list_price={"amount": "0.29", "currency": "EUR", "micro": 290_000},
        price={"amount": "0.00", "currency": "EUR", "micro": 0},
        owned=True,
        seconds_to_ready=0.0,
        sentence="",
    )

    track: int
    title: str
    format: str = Field(description="As it will truly be: never more than the master has.")
    size: Size
    list_price: Money
    price: Money = Field(description="What you pay: the difference, where you own a smaller one.")
    owned: bool
    seconds_to_ready: float = Field(description="About how long the first download waits.")
    sentence: str = Field(description="Why it cannot be bought; empty when it can.")

    @classmethod
    def of(cls, quote: TrackQuote, currency: str) -> "TrackQuoteOut":
        return cls(
            track=quote.track.pk,
            title=quote.track.title,
            format=quote.fitted.name,
            size=Size(bytes=quote.size_bytes, exact=quote.is_exact),
            list_price=Money.of(quote.list_price_micro, currency),
            price=Money.of(quote.price_micro, currency),
            owned=quote.is_owned,
            seconds_to_ready=round(quote.seconds_to_ready, 1),
            sentence=in_words(quote.sentence),
        )


class ReleaseQuoteOut(Schema):
    """What a whole release costs in a format: `price` is what POST /orders wants as `expected_total`."""

    model_config: ClassVar = example(
        release="clavier-pieces",
        format="mp3-320",
        size={"bytes": 88_213_004, "exact": True},
        list_price={"amount": "3.51", "currency": "EUR", "micro": 3_510_000},
        price={"amount": "3.00", "currency": "EUR", "micro": 3_000_000},
        seconds_to_ready=4.5,
        sentence="",
        tracks=[],
    )

    release: str
    format: str
    size: Size
    list_price: Money
    price: Money = Field(description="Under the album's maximum, less what you own already.")
    seconds_to_ready: float
    sentence: str = Field(description="Why it cannot be bought; empty when it can.")
    comes_out_at: datetime | None = Field(
        None, description="Where it is yet to come out: an order of it is held until then, and can be given up."
    )
    tracks: list[TrackQuoteOut]

    @classmethod
    def of(cls, quote: ReleaseQuote) -> "ReleaseQuoteOut":
        currency = quote.currency or settings.CURRENCY
        return cls(
            release=quote.release.slug,
            format=quote.format.name,
            size=Size(bytes=quote.size_bytes, exact=quote.is_exact),
            list_price=Money.of(quote.list_price_micro, currency),
            price=Money.of(quote.price_micro, currency),
            seconds_to_ready=round(quote.seconds_to_ready, 1),
            sentence=in_words(quote.sentence),
            comes_out_at=quote.announcement.at if quote.announcement else None,
            tracks=[TrackQuoteOut.of(one, currency) for one in quote.tracks],
        )


def card_values(release: Release, edition: Edition, request: HttpRequest) -> dict[str, Any]:
    """What a card says of one edition of a release."""
    cover = None
    if edition.cover is not None:
        cover = request.build_absolute_uri(f"/delivery/covers/{edition.cover.sha256}-page.jpg")
    return {
        "slug": release.slug,
        "title": edition.title,
        "artist": ArtistOut.of(release.artist),
        "label": release.label.name,
        "date": edition.date,
        "genres": edition.genres,
        "cover": cover,
        "edition": edition.number,
    }
