"""How releases, artists and labels are described to other programs: schema.org, Open Graph, oEmbed's links.

It reads only, and says nothing of the person who looks: a shared page is the same for everyone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from obbligato.catalog.models import Alias, Artist, Edition, Label, Picture, Release
from obbligato.catalog.pictures import SIDES
from obbligato.kernel.money import plain_amount
from obbligato.sales.glances import least_glance
from obbligato.sales.least_prices import LeastPrices
from obbligato.sales.pricing import Rates
from obbligato.sales.quoting import ReleaseQuote, TrackQuote
from obbligato.storefront.markup import json_for_script

CONTEXT = "https://schema.org"
MEGABYTE_CODE = "4L"
"""UN/CEFACT Recommendation 20: megabyte, 10⁶ bytes."""
LONGEST_DESCRIPTION = 300
RELEASES_TOLD = 50
Data = dict[str, object]


@dataclass(frozen=True)
class Image:
    """A picture as pages show it: at most so many pixels wide and high."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Shared:
    """What the head of a page says of it to other programs. `data` is JSON-LD, ready for its script element."""

    url: str
    title: str
    description: str
    image: Image | None
    data: SafeString
    audio_url: str = ""
    oembed_url: str = ""
    date: str = ""
    musician_url: str = ""


def absolute(path: str) -> str:
    """An address of this store as others have to write it."""
    return f"{settings.SITE_URL}{path}"


def shared_release(quote: ReleaseQuote) -> Shared:
    """What a release's page says, with the least prices for which it is sold."""
    assert quote.edition is not None, "what is announced has an edition"
    release, edition = quote.release, quote.edition
    playable = next((one.track.pk for one in quote.tracks if one.may_be_heard), None)
    url = absolute(release.get_absolute_url())
    return Shared(
        url=url,
        title=gettext("%(title)s by %(name)s") % {"title": edition.title, "name": release.artist.name},
        description=_description(release, edition, len(quote.tracks)),
        image=image_of(edition.cover, "page"),
        data=json_for_script(_album(quote, edition, least_glance(quote))),
        audio_url=preview_url(playable) if playable else "",
        oembed_url=f"{absolute(reverse('oembed'))}?{urlencode({'url': url})}",
        date=edition.date.isoformat() if edition.date else "",
        musician_url=absolute(release.artist.get_absolute_url()),
    )


def shared_artist(artist: Artist, releases: Sequence[Release], aliases: Sequence[Alias] = ()) -> Shared:
    """What an artist's page says, with the releases and the other names it shows."""
    others = {"alternateName": [alias.name for alias in aliases]} if aliases else {}
    data = {"@context": CONTEXT, "@type": "MusicGroup", **_named(artist), **others, "album": _albums(releases)}
    return _shared_name(artist, releases, data)


def shared_label(label: Label, releases: Sequence[Release]) -> Shared:
    """What a label's page says. schema.org's only name for a label is an organisation."""
    return _shared_name(label, releases, {"@context": CONTEXT, "@type": "Organization", **_named(label)})


def image_of(cover: Picture | None, size: str) -> Image | None:
    """The cover in one of its sizes, as it was made smaller when it was imported: never larger than delivered."""
    if cover is None:
        return None
    share = min(1, SIDES[size] / max(cover.width, cover.height))
    url = absolute(f"/delivery/covers/{cover.sha256}-{size}.jpg")
    return Image(url, round(cover.width * share), round(cover.height * share))


def preview_url(track_id: int) -> str:
    """Where a track is heard without paying."""
    return absolute(f"/delivery/previews/{track_id}.mp3")


def _shared_name(whose: Artist | Label, releases: Sequence[Release], data: Data) -> Shared:
    titles = ", ".join(str(release) for release in releases[:5])
    here = gettext("At %(store)s.") % {"store": settings.SITE_NAME}
    covers = (release.edition.cover for release in releases if release.edition and release.edition.cover)
    return Shared(
        url=absolute(whose.get_absolute_url()),
        title=whose.name,
        description=_shortened(f"{titles}. {here}" if titles else here),
        image=image_of(next(covers, None), "page"),
        data=json_for_script(data),
    )


def _description(release: Release, edition: Edition, tracks: int) -> str:
    words = ngettext("%(title)s: %(count)s track, %(label)s.", "%(title)s: %(count)s tracks, %(label)s.", tracks)
    facts = words % {"title": edition.title, "count": tracks, "label": release.label.name}
    return _shortened(edition.description) or _shortened(facts)


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_DESCRIPTION else f"{flat[: LONGEST_DESCRIPTION - 1].rstrip()}…"


def _album(quote: ReleaseQuote, edition: Edition, least: LeastPrices) -> Data:
    release = quote.release
    artist = {"@type": "MusicGroup", **_named(release.artist)}
    cover = image_of(edition.cover, "page")
    return _without_nothing(
        {
            "@context": CONTEXT,
            "@type": "MusicAlbum",
            "@id": absolute(release.get_absolute_url()),
            "url": absolute(release.get_absolute_url()),
            "name": edition.title,
            "byArtist": artist,
            "publisher": {"@type": "Organization", **_named(release.label)},
            "datePublished": edition.date.isoformat() if edition.date else None,
            "genre": list(edition.genres),
            "description": _shortened(edition.description),
            "copyrightNotice": edition.copyright,
            "image": cover.url if cover else None,
            "numTracks": len(quote.tracks),
            "offers": _album_offer(quote, edition, least),
            "track": [
                _recording(one, release, {} if quote.announcement else least.tracks_micro, least.currency)
                for one in quote.tracks
            ],
        }
    )


def _albums(releases: Sequence[Release]) -> list[Data]:
    told = ((release, release.edition) for release in releases[:RELEASES_TOLD])
    return [
        _without_nothing(
            {
                "@type": "MusicAlbum",
                "@id": absolute(release.get_absolute_url()),
                "url": absolute(release.get_absolute_url()),
                "name": edition.title,
                "datePublished": edition.date.isoformat() if edition.date else None,
            }
        )
        for release, edition in told
        if edition
    ]


def _recording(one: TrackQuote, release: Release, least_micro: Mapping[int, int], currency: str) -> Data:
    """What is yet to come out has no prices of single tracks."""
    track = one.track
    price_micro = least_micro.get(track.pk)
    is_hers = track.artist_credit == release.artist.name
    return _without_nothing(
        {
            "@type": "MusicRecording",
            "name": track.title,
            "position": track.position,
            "duration": _duration(track.master.duration_seconds),
            "isrcCode": track.recording.isrc,
            "byArtist": None if is_hers else {"@type": "MusicGroup", "name": track.artist_credit},
            "audio": preview_url(track.pk) if one.may_be_heard else None,
            "offers": None if price_micro is None else _offer(price_micro, currency),
        }
    )


def _album_offer(quote: ReleaseQuote, edition: Edition, least: LeastPrices) -> Data:
    """The whole release at its least price, and what a megabyte costs; or only that it is not to be had."""
    url = absolute(quote.release.get_absolute_url())
    about = {"url": url, "gtin": edition.upc or None}
    if least.release_micro is None or quote.rates is None:
        is_over = hasattr(quote.release, "withdrawal")
        state = f"{CONTEXT}/{'Discontinued' if is_over else 'OutOfStock'}"
        return _without_nothing({"@type": "Offer", "availability": state, **about})
    offer = _offer(least.release_micro, least.currency)
    if quote.announcement is not None:
        starts = quote.announcement.at.isoformat()
        offer |= {"availability": f"{CONTEXT}/PreOrder", "availabilityStarts": starts}
    return _without_nothing({**offer, **about, "priceSpecification": _price_of_a_megabyte(quote.rates)})


def _offer(amount_micro: int, currency: str) -> Data:
    return {
        "@type": "Offer",
        "price": plain_amount(amount_micro, currency),
        "priceCurrency": currency,
        "availability": f"{CONTEXT}/InStock",
    }


def _price_of_a_megabyte(rates: Rates) -> Data:
    return {
        "@type": "UnitPriceSpecification",
        "price": plain_amount(rates.per_megabyte_micro, rates.currency),
        "priceCurrency": rates.currency,
        "valueAddedTaxIncluded": settings.TAX_MODE == "eu",
        "referenceQuantity": {"@type": "QuantitativeValue", "value": 1, "unitCode": MEGABYTE_CODE},
    }


def _named(whose: Artist | Label) -> Data:
    return {"name": whose.name, "url": absolute(whose.get_absolute_url())}


def _duration(seconds: float) -> str:
    """ISO 8601: PT3M7S."""
    minutes, rest = divmod(round(seconds), 60)
    return f"PT{minutes}M{rest}S"


def _without_nothing(data: Data) -> Data:
    return {name: value for name, value in data.items() if value not in (None, "", [])}
