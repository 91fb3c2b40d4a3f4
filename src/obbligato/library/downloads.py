"""What an owner may fetch, in which formats, at no further price, and how far it is prepared. It charges nothing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.audio.formats import OFFERED, Format
from obbligato.catalog.models import Track
from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
from obbligato.encoding import engine, known_sizes, speeds
from obbligato.encoding.copy_sizes import copy_size, fit_of
from obbligato.encoding.engine import BecameWhole
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.encoding.preparing import prepare
from obbligato.encoding.renditions import LOOK_AHEAD, WHEN_IDLE
from obbligato.kernel.refusals import Busy, Missing, Refused
from obbligato.kernel.sentences import Sentence
from obbligato.library import links
from obbligato.library.shelf import NotOnShelf, ShelfItem, shelf_item, shelf_of
from obbligato.people.models import Person
from obbligato.sales.models import OrderLine, Purchase
from obbligato.sales.offers import offer_of
from obbligato.sales.quoting import QuoteBench, TrackQuote
from obbligato.sales.settling import settle

LINES_A_ROUND = 200
log = logging.getLogger("obbligato.library")


class DifferenceDue(Refused):
    """The format is larger than what was paid for; the difference comes first."""


class NoBooklet(Missing):
    """The edition that somebody owns came without one."""


@dataclass(frozen=True)
class Option:
    """One format of something owned: its size in bytes, and what is left to pay, in micro-units."""

    format: Format
    size_bytes: int
    is_exact: bool
    is_free: bool
    difference_micro: int
    sentence: str = ""


@dataclass(frozen=True)
class Readiness:
    """How much of a download is prepared: tracks done of all, and an estimate of the seconds left."""

    done: int
    total: int
    percent: int
    seconds_left: float

    @property
    def is_ready(self) -> bool:
        return self.done == self.total


def options(person: Person, item: ShelfItem) -> list[Option]:
    """Every format the store offers, for the tracks of this item that are owned."""
    owned_names = _owned_formats(person, item.tracks)
    quote_bench = _bench(person, item.tracks)
    return [_option(quote_bench, format_, owned_names) for format_ in OFFERED]


def free_formats(person: Person, tracks: Sequence[Track], *, also: Sequence[str]) -> list[Format]:
    """The formats offered, and some by name, in which she may fetch all of these tracks without paying.

    Tracks of another edition than she bought count as hers where their recording is, up to the size she paid for.
    """
    if not tracks:
        return []
    wanted = list(tracks)
    owned_names, quote_bench = _owned_formats(person, wanted), _bench(person, wanted)
    formats = dict.fromkeys([*(Format.parse(name) for name in also), *OFFERED])
    return [one for one in formats if not _due(quote_bench, quote_bench.quotes(one), owned_names)]


def refuse_unpaid_tracks(person: Person, tracks: Sequence[Track], format_: Format) -> None:
    """Raise DifferenceDue where she may not fetch these tracks of her recordings without paying."""
    if not free_formats(person, tracks, also=[format_.name]).count(format_):
        raise DifferenceDue(_larger(format_))


def link_for_track(person: Person, track: Track, format_: Format) -> str:
    """A link to the copy of an owned track.

    Raises NotOnShelf, DifferenceDue where it must be paid first, UnavailableForLegalReasons.
    """
    item = shelf_item(person, track.edition.release.slug)
    _refuse_unpaid(person, item, [track], format_)
    if sentence := item.closed.get(track.recording_id):
        raise UnavailableForLegalReasons(sentence)
    return links.track_link(person, track, format_)


def link_for_release(person: Person, item: ShelfItem, format_: Format) -> str:
    """A link to one zip of everything owned of a release that is not closed.

    Raises DifferenceDue where it must be paid first, UnavailableForLegalReasons where all of it is closed.
    """
    _refuse_unpaid(person, item, item.tracks, format_)
    return links.release_link(person, item.edition, _open_tracks(item), format_)


def link_for_booklet(person: Person, item: ShelfItem) -> str:
    """A link to the booklet of the edition she owns. Raises NoBooklet, UnavailableForLegalReasons."""
    if item.edition.booklet is None:
        raise NoBooklet("This release has no booklet.")
    _open_tracks(item)
    return links.booklet_link(person, item.edition)


def link_for_library(person: Person, format_: Format | None = None) -> str:
    """A link to one zip of everything she owns: as bought, or in one format. Raises DifferenceDue, NotOnShelf."""
    last = Purchase.objects.standing().filter(person=person).order_by("-pk").first()
    if last is None:
        raise NotOnShelf("You own nothing yet.")
    if format_ is not None:
        for item in shelf_of(person):
            _refuse_unpaid_item(person, item, format_)
    return links.library_link(person, last_purchase_id=last.pk, format_=format_)


def readiness(person: Person, item: ShelfItem, format_: Format) -> Readiness:
    """How far the download is prepared; what is missing begins to be encoded.

    Formats of exact size are ready at once: their bytes are encoded while they are sent.
    """
    _refuse_unpaid(person, item, item.tracks, format_)
    tracks = _open_tracks(item)
    known = KnownSizes([track.master_id for track in tracks])
    speed = speeds.times_realtime()[format_.codec]
    fractions, seconds = [], 0.0
    for track in tracks:
        fit = fit_of(track, format_)
        if copy_size(track, fit, known).starts_at_once:
            fractions.append(1.0)
            continue
        fractions.append(_done_fraction(track, format_, for_whom=f"person:{person.pk}"))
        seconds += (1.0 - fractions[-1]) * track.master.duration_seconds / speed
    return Readiness(
        done=sum(fraction == 1.0 for fraction in fractions),
        total=len(fractions),
        percent=int(100 * sum(fractions) / len(fractions)),
        seconds_left=seconds,
    )


def _open_tracks(item: ShelfItem) -> list[Track]:
    if not item.open_tracks:
        raise UnavailableForLegalReasons(next(sentence for _, sentence in item.closed_tracks))
    return item.open_tracks


def _done_fraction(track: Track, format_: Format, *, for_whom: str) -> float:
    """How far a track's encode is, begun where it was not; 0 while there is no place for it. Raises its refusal."""
    try:
        preparation = prepare(track.master, format_, priority=LOOK_AHEAD, for_whom=for_whom)
    except Busy:
        return 0.0
    if preparation.refusal is not None:
        raise preparation.refusal
    return preparation.done_fraction


def note_encoded() -> int:
    """Remember sizes and speeds of what was encoded, and return to buyers what was quoted too much.

    Found by rows, so a crash in between only delays it. Returns how many lines were settled.
    """
    for news in engine.finished_since_last_asked():
        try:
            _note(news)
        except Exception:
            log.exception("The size of an encoded track could not be remembered; it is found again when asked for.")
    return _settle_lines()


def _note(news: BecameWhole) -> None:
    known_sizes.remember(news)
    speeds.learn(news.format.codec, music_seconds=news.music_seconds, work_seconds=news.work_seconds)


def _settle_lines() -> int:
    """What was sold at a bound is encoded when nothing else waits, so that its difference is soon returned."""
    unsettled = OrderLine.objects.filter(order__paid_at__isnull=False, settlement__isnull=True, is_exact=False)
    lines = list(unsettled.select_related("track__master", "track__edition__release").order_by("pk")[:LINES_A_ROUND])
    known = KnownSizes([line.track.master_id for line in lines])
    settled = 0
    for line in lines:
        format_ = Format.parse(line.format_name)
        size = copy_size(line.track, fit_of(line.track, format_), known)
        if size.is_exact:
            settle(line, actual_bytes=size.bytes)
            settled += 1
        else:
            _encode_when_idle(line.track, format_)
    return settled


def _encode_when_idle(track: Track, format_: Format) -> None:
    try:
        preparation = prepare(track.master, format_, priority=WHEN_IDLE)
    except Busy:
        return
    except Refused as refusal:
        log.warning("%s cannot be encoded as %s, so its line is not settled: %s", track, format_.name, refusal)
        return
    if preparation.finished.is_set():  # Encoded by a process that ended before its size was remembered.
        known_sizes.remember_essence(preparation.rendition)


def _bench(person: Person, tracks: list[Track]) -> QuoteBench:
    release = tracks[0].edition.release
    return QuoteBench(offer_of(release, territory=person.country), tracks, person=person)


def _option(quote_bench: QuoteBench, format_: Format, owned_names: dict[int, set[str]]) -> Option:
    quotes = quote_bench.quotes(format_)
    due = _due(quote_bench, quotes, owned_names)
    return Option(
        format=format_,
        size_bytes=sum(quote.size_bytes for quote in quotes),
        is_exact=all(quote.is_exact for quote in quotes),
        is_free=not due,
        difference_micro=sum(price for _, price in due),
        sentence=next((quote.sentence for quote, _ in due if quote.sentence), ""),
    )


def _due(
    quote_bench: QuoteBench, quotes: list[TrackQuote], owned_names: dict[int, set[str]]
) -> list[tuple[TrackQuote, int]]:
    """What is not paid for yet, with what it costs; nothing that costs nothing."""
    prices = quote_bench.together(quotes)
    return [
        (quote, price)
        for quote, price in zip(quotes, prices, strict=True)
        if not _is_paid(quote, owned_names) and (price or quote.sentence)
    ]


def _refuse_unpaid(person: Person, item: ShelfItem, tracks: list[Track], format_: Format) -> None:
    """Refuse what is not paid for among these tracks of an item, which counts as a whole where it is one."""
    wanted = {track.pk for track in tracks}
    if not wanted <= {track.pk for track in item.tracks}:
        raise NotOnShelf("You do not own this.")
    quote_bench = _bench(person, item.tracks)
    for quote, _ in _due(quote_bench, quote_bench.quotes(format_), _owned_formats(person, item.tracks)):
        if quote.track.pk in wanted:
            raise DifferenceDue(quote.sentence or _larger(format_))


def _refuse_unpaid_item(person: Person, item: ShelfItem, format_: Format) -> None:
    """Of many releases the one that is not paid for in the format is named."""
    try:
        _refuse_unpaid(person, item, item.tracks, format_)
    except DifferenceDue as refusal:
        raise DifferenceDue("“{title}”: {why}", title=item.edition.title, why=refusal.sentence) from None


def _larger(format_: Format) -> Sentence:
    return Sentence("{label} is larger than what you bought; the difference comes first.", label=format_.label)


def _is_paid(quote: TrackQuote, owned_names: dict[int, set[str]]) -> bool:
    if quote.format.name in owned_names.get(quote.track.pk, ()):
        return True
    return quote.size_bytes > 0 and quote.costs_nothing_more


def _owned_formats(person: Person, tracks: list[Track]) -> dict[int, set[str]]:
    """By track id: the names of the formats bought of its recording."""
    names: dict[int, set[str]] = {}
    recordings = {track.recording_id for track in tracks}
    bought = Purchase.objects.standing().filter(person=person, track__recording_id__in=recordings)
    for recording_id, name in bought.values_list("track__recording_id", "format_name"):
        names.setdefault(recording_id, set()).add(name)
    return {track.pk: names[track.recording_id] for track in tracks if track.recording_id in names}
