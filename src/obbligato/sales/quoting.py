"""Say what a track or a release costs in a format, and how large it will be. It encodes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from obbligato.audio import sizes
from obbligato.audio.errors import AudioRefused, UnknownFormat
from obbligato.audio.formats import Format, fitted
from obbligato.catalog.models import Edition, Release, Track
from obbligato.encoding import speeds
from obbligato.encoding.known_sizes import known_sizes
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.people.models import Person
from obbligato.rights import licences
from obbligato.sales.models import Purchase
from obbligato.sales.offers import Offer, offer_of
from obbligato.sales.pricing import Rates, difference, track_price, under_album_maximum

NOTHING = Rates(currency=settings.CURRENCY, per_megabyte_micro=0)


class CannotCarry(Refused):
    """The codec cannot carry this master."""


class NoSuchFormat(Invalid):
    """The name is not one of the formats this store makes."""


@dataclass(frozen=True)
class TrackQuote:
    """One track in one format: its bytes (exact, or the most they can be) and its price in micro-units.

    `format` is the format asked for, `fitted` what of it the master can truly give.
    """

    track: Track
    format: Format
    fitted: Format
    size_bytes: int
    is_exact: bool
    list_price_micro: int
    price_micro: int
    owned_bytes: int | None
    seconds_to_ready: float
    sentence: str = ""

    @property
    def is_owned(self) -> bool:
        return self.owned_bytes is not None

    @property
    def costs_nothing_more(self) -> bool:
        """Whether an owner may have it without paying: it is no larger than what she owns, or priced no higher."""
        if self.owned_bytes is None:
            return False
        is_priced_no_higher = self.price_micro == 0 and not self.sentence and self.list_price_micro > 0
        return self.size_bytes <= self.owned_bytes or is_priced_no_higher


@dataclass(frozen=True)
class ReleaseQuote:
    """A whole release in one format; `sentence` is empty when it can be bought."""

    release: Release
    edition: Edition | None
    format: Format
    tracks: list[TrackQuote]
    size_bytes: int
    is_exact: bool
    list_price_micro: int
    price_micro: int
    currency: str
    seconds_to_ready: float
    sentence: str = ""


def format_named(name: str) -> Format:
    """The format of that name. Raises NoSuchFormat with a sentence that lists what exists."""
    try:
        return Format.parse(name)
    except UnknownFormat as refusal:
        raise NoSuchFormat(str(refusal)) from None


def quote_release(
    release: Release, format_: Format, *, person: Person | None = None, territory: str = ""
) -> ReleaseQuote:
    """Quote every track of a release, under its album maximum where only whole releases can reach it."""
    return quote_offer(offer_of(release, territory=territory), format_, person=person)


def quote_track(
    track: Track, format_: Format, *, person: Person | None = None, territory: str = ""
) -> TrackQuote:
    """Quote one track alone. Raises no refusal: an unsellable track carries the sentence that says why."""
    return quote_tracks([track], format_, person=person, territory=territory)[0]


def quote_tracks(
    tracks: list[Track], format_: Format, *, person: Person | None = None, territory: str = ""
) -> list[TrackQuote]:
    """Quote tracks of one release, without its album maximum. Owned tracks of an older edition may be had too."""
    offer = offer_of(tracks[0].edition.release, territory=territory)
    owned = owned_sizes(person, tracks)
    current = {track.pk for track in offer.tracks}
    older = [track for track in tracks if track.pk not in current]
    refused = licences.refusals({track.recording_id for track in older}, territory=territory)
    for track in older:
        if track.pk not in owned:
            offer.refusals[track.pk] = "This track is no longer part of the release."
        elif track.recording_id in refused:
            offer.refusals[track.pk] = refused[track.recording_id]
    return _quote_tracks(offer, format_, owned, tracks)


def quote_offer(offer: Offer, format_: Format, *, person: Person | None = None) -> ReleaseQuote:
    """Quote what an offer already looked up holds, so that a page reads it once."""
    quotes = _quote_tracks(offer, format_, owned_sizes(person, offer.tracks), offer.tracks)
    prices = [quote.price_micro for quote in quotes]
    if offer.rates and not offer.refusals:
        prices = under_album_maximum(prices, offer.rates)
    return ReleaseQuote(
        release=offer.release,
        edition=offer.edition,
        format=format_,
        tracks=quotes,
        size_bytes=sum(quote.size_bytes for quote in quotes),
        is_exact=all(quote.is_exact for quote in quotes),
        list_price_micro=sum(quote.list_price_micro for quote in quotes),
        price_micro=sum(prices),
        currency=offer.rates.currency if offer.rates else "",
        seconds_to_ready=max((quote.seconds_to_ready for quote in quotes), default=0.0),
        sentence=offer.sentence or next(iter(offer.refusals.values()), ""),
    )


def owned_sizes(person: Person | None, tracks: Iterable[Track]) -> dict[int, int]:
    """For each of the tracks the person owns, by track id: the largest size in bytes she paid for.

    The recording is what is owned, so a purchase on an older edition counts.
    """
    if person is None:
        return {}
    tracks = list(tracks)
    largest: dict[int, int] = {}
    bought = Purchase.objects.filter(
        person=person, track__recording_id__in={track.recording_id for track in tracks}
    )
    for recording_id, size in bought.values_list("track__recording_id", "size_bytes"):
        largest[recording_id] = max(size, largest.get(recording_id, 0))
    return {track.pk: largest[track.recording_id] for track in tracks if track.recording_id in largest}


def _quote_tracks(
    offer: Offer, format_: Format, owned: dict[int, int], tracks: list[Track]
) -> list[TrackQuote]:
    known = known_sizes([track.master_id for track in tracks])
    times_realtime = speeds.times_realtime(format_.codec)
    return [
        _quote(track, offer, format_, owned.get(track.pk), known, times_realtime) for track in tracks
    ]


def _quote(
    track: Track,
    offer: Offer,
    format_: Format,
    owned_bytes: int | None,
    known: dict[tuple[int, str], int],
    times_realtime: float,
) -> TrackQuote:
    facts = track.master.facts
    sentence = offer.sentence or offer.refusals.get(track.pk, "")
    try:
        fit = fitted(format_, facts)
        size = copy_size(track, fit, known)
    except AudioRefused as refusal:  # The codec cannot carry this master: shown, never sold.
        fit, size, sentence = format_, CopySize(0, is_exact=True, starts_at_once=True), sentence or str(refusal)
    rates = offer.rates or NOTHING
    return TrackQuote(
        track=track,
        format=format_,
        fitted=fit,
        size_bytes=size.bytes,
        is_exact=size.is_exact,
        list_price_micro=track_price(size.bytes, rates),
        price_micro=difference(size.bytes, owned_bytes, rates),
        owned_bytes=owned_bytes,
        seconds_to_ready=0.0 if size.starts_at_once else facts.duration_seconds / times_realtime,
        sentence=sentence,
    )


def fit_of(track: Track, format_: Format) -> Format:
    """What of a format the track's master can truly give. Raises CannotCarry."""
    try:
        return fitted(format_, track.master.facts)
    except AudioRefused as refusal:
        raise CannotCarry(str(refusal)) from None


@dataclass(frozen=True)
class CopySize:
    """Bytes of a whole copy with tags and cover; exact, or the most it can be."""

    bytes: int
    is_exact: bool
    starts_at_once: bool


def copy_size(track: Track, fit: Format, known: dict[tuple[int, str], int]) -> CopySize:
    """The size of a track's copy in a fitted format: remembered, by arithmetic, or bounded."""
    tag_bytes = int(track.tag_bytes.get(fit.extension, 0))
    computed = sizes.copy_size(fit, track.master.facts, tag_bytes)
    remembered = known.get((track.master_id, fit.name))
    if computed.is_exact or remembered is None:
        return CopySize(computed.bytes, computed.is_exact, starts_at_once=computed.is_exact)
    return CopySize(remembered + tag_bytes, True, starts_at_once=False)
