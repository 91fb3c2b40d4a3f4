"""Say what a track or a release costs in a format, and how large it will be. It encodes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings

from obbligato.audio.errors import UnknownFormat
from obbligato.audio.formats import Format
from obbligato.catalog.models import Edition, Release, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.in_effect import Closed
from obbligato.catalog.restrictions.models import Effect
from obbligato.encoding import speeds
from obbligato.encoding.copy_sizes import CannotCarry, CopySize, copy_size, fit_of
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.kernel.refusals import Invalid
from obbligato.kernel.sentences import Sentence
from obbligato.people.models import Person
from obbligato.rights import licences
from obbligato.sales.offers import Offer, closed_to_sale, offer_of
from obbligato.sales.owning import NOT_OWNED, owned_by
from obbligato.sales.pricing import Rates, difference, track_price, whole_release

UNKNOWN_YET = Sentence(
    "The true size of what you bought is just being found, by encoding it. Please try again in a minute."
)
NOTHING = Rates(currency=settings.CURRENCY, per_megabyte_micro=0)


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
    closed: Mapping[Effect, str] = field(default_factory=dict)
    """What decisions and orders in force close, each with its sentence."""

    @property
    def may_be_heard(self) -> bool:
        """Whether anyone may hear what its label lets be heard: an order about its sale alone silences nothing."""
        return Effect.PREVIEW not in self.closed and self.sentence in {"", self.closed.get(Effect.SELL)}

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
    """A whole release in one format; `sentence` is empty when it can be bought, `bases` are its licence bases."""

    release: Release
    edition: Edition | None
    format: Format
    tracks: list[TrackQuote]
    size_bytes: int
    is_exact: bool
    list_price_micro: int
    price_micro: int
    prices_micro: list[int]
    currency: str
    seconds_to_ready: float
    bases: list[str]
    sentence: str = ""
    rates: Rates | None = None
    known: KnownSizes = field(default_factory=lambda: KnownSizes([]), compare=False, repr=False)
    """What is known of the sizes of its tracks, so that nobody asks again."""
    closed: Closed = field(default_factory=dict, compare=False, repr=False)
    territory: str = ""

    @property
    def takes_more(self) -> bool:
        """Whether a buyer may name a higher price."""
        return self.rates is not None and self.rates.takes_more


def format_named(name: str) -> Format:
    """The format of that name. Raises NoSuchFormat with a sentence that lists what exists."""
    try:
        return Format.parse(name)
    except UnknownFormat as refusal:
        raise NoSuchFormat(refusal.template, **refusal.values) from None


def quote_release(
    release: Release, format_: Format, *, person: Person | None = None, territory: str = ""
) -> ReleaseQuote:
    """Quote every track of a release, under its album maximum where only whole releases can reach it."""
    return quote_release_as(release, [format_], person=person, territory=territory)[0]


def quote_release_as(
    release: Release, formats: Sequence[Format], *, person: Person | None = None, territory: str = ""
) -> list[ReleaseQuote]:
    """The same in several formats from one look into the database."""
    offer = offer_of(release, territory=territory)
    quote_bench = QuoteBench(offer, offer.tracks, person=person)
    return [whole_quote(quote_bench, format_) for format_ in formats]


def quote_track(track: Track, format_: Format, *, person: Person | None = None, territory: str = "") -> TrackQuote:
    """Quote one track alone. Raises no refusal: an unsellable track carries the sentence that says why."""
    offer = offer_of(track.edition.release, territory=territory)
    return QuoteBench(offer, [track], person=person).quotes(format_)[0]


class QuoteBench:
    """Quotes for some tracks of a release, in any number of formats from one look into the database.

    Tracks of an older edition can be had by who owns them already.
    """

    def __init__(self, offer: Offer, tracks: list[Track], *, person: Person | None) -> None:
        self.offer = offer
        self._tracks = tracks
        self._owned = owned_by(person, tracks)
        self.known = KnownSizes([track.master_id for track in tracks])
        self._refuse_older_tracks()

    def quotes(self, format_: Format) -> list[TrackQuote]:
        """One for each track, in their order."""
        return [self._quote(track, format_) for track in self._tracks]

    def together(self, quotes: list[TrackQuote]) -> list[int]:
        """The price of each of these quotes when all are had at once: under the maximum where it is the release."""
        is_whole = {track.pk for track in self._tracks} >= {track.pk for track in self.offer.tracks}
        if self.offer.rates is None or self.offer.refusals or not is_whole:
            return [quote.price_micro for quote in quotes]
        sizes, owned = [quote.size_bytes for quote in quotes], [quote.owned_bytes for quote in quotes]
        return whole_release(sizes, owned, self.offer.rates)

    def _refuse_older_tracks(self) -> None:
        current = {track.pk for track in self.offer.tracks}
        older = [track for track in self._tracks if track.pk not in current]
        declared = licences.declared(track.recording_id for track in older) if older else {}
        if older:
            recordings = [track.recording_id for track in older]
            self.offer.closed |= in_effect.found(recordings, territory=self.offer.territory)
        closed = closed_to_sale(older, self.offer.closed)
        for track in older:
            reason: str = Sentence("This track is no longer part of the release.")
            if track.pk in self._owned:
                reason = licences.refusal(declared.get(track.recording_id), territory=self.offer.territory)
                reason = reason or closed.get(track.pk, "")
            if reason:
                self.offer.refusals[track.pk] = reason

    def _quote(self, track: Track, format_: Format) -> TrackQuote:
        sentence = self.offer.sentence or self.offer.refusals.get(track.pk, "")
        try:
            fit = fit_of(track, format_)
            size = copy_size(track, fit, self.known)
        except CannotCarry as refusal:  # Shown with its reason, and never sold.
            fit, size, sentence = format_, CopySize(0, is_exact=True, starts_at_once=True), sentence or refusal.sentence
        rates, owned = self.offer.rates or NOTHING, self._owned.get(track.pk, NOT_OWNED)
        owned_bytes = owned.bytes_for(format_, size.bytes)
        if owned.is_unknown_for(format_, size.bytes):
            sentence = sentence or UNKNOWN_YET
        return TrackQuote(
            track=track,
            format=format_,
            fitted=fit,
            size_bytes=size.bytes,
            is_exact=size.is_exact,
            list_price_micro=track_price(size.bytes, rates),
            price_micro=difference(size.bytes, owned_bytes, rates),
            owned_bytes=owned_bytes,
            seconds_to_ready=0.0 if size.starts_at_once else self._seconds(track, format_),
            sentence=sentence,
            closed=self.offer.closed.get(track.recording_id, {}),
        )

    def _seconds(self, track: Track, format_: Format) -> float:
        return track.master.duration_seconds / self._speeds[format_.codec]

    @cached_property
    def _speeds(self) -> dict[str, float]:
        return speeds.times_realtime()


def whole_quote(quote_bench: QuoteBench, format_: Format) -> ReleaseQuote:
    """The quotes of a bench together, as one release."""
    offer, quotes = quote_bench.offer, quote_bench.quotes(format_)
    prices = quote_bench.together(quotes)
    return ReleaseQuote(
        release=offer.release,
        edition=offer.edition,
        format=format_,
        tracks=quotes,
        size_bytes=sum(quote.size_bytes for quote in quotes),
        is_exact=all(quote.is_exact for quote in quotes),
        list_price_micro=sum(quote.list_price_micro for quote in quotes),
        price_micro=sum(prices),
        prices_micro=prices,
        currency=offer.rates.currency if offer.rates else "",
        seconds_to_ready=max((quote.seconds_to_ready for quote in quotes), default=0.0),
        bases=offer.bases,
        sentence=offer.sentence or next(iter(offer.refusals.values()), ""),
        rates=offer.rates,
        known=quote_bench.known,
        closed=offer.closed,
        territory=offer.territory,
    )
