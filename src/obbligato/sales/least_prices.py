"""The least that a release and its tracks cost, for those who show one price before a format is chosen. It reads only.

Price follows from bytes, so the least price is that of the smallest format a form offers. It is what a visitor pays
who owns nothing of it yet.
"""

from dataclasses import dataclass

from obbligato.audio.formats import Format
from obbligato.encoding.copy_sizes import CannotCarry, copy_size, fit_of
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.sales.pricing import Rates, track_price, whole_release
from obbligato.sales.quoting import ReleaseQuote, TrackQuote

SMALLEST = tuple(Format.parse(name) for name in ("opus-64", "mp3-64", "vorbis-q2", "aac-96", "flac"))
"""Of each codec that loses something, the smallest that is offered; FLAC for masters too long for those."""


@dataclass(frozen=True)
class LeastPrices:
    """In micro-units of `currency`, tax included; None where the whole release is not sold. `tracks` by their key."""

    currency: str
    release_micro: int | None
    tracks_micro: dict[int, int]


def least_prices(quote: ReleaseQuote) -> LeastPrices:
    """Of a release that was quoted in any format, for anyone."""
    rates, sold = quote.rates, [one for one in quote.tracks if not one.sentence]
    if rates is None or not sold:
        return LeastPrices(quote.currency, None, {})
    sizes = [found for format_ in SMALLEST if (found := _sizes(sold, format_, quote.known)) is not None]
    tracks = {one.track.pk: _least(place, sizes, rates) for place, one in enumerate(sold)} if sizes else {}
    wholes = [sum(whole_release(found, [None] * len(found), rates)) for found in sizes]
    is_whole = not quote.sentence and len(sold) == len(quote.tracks)
    return LeastPrices(quote.currency, min(wholes) if wholes and is_whole else None, tracks)


def _sizes(sold: list[TrackQuote], format_: Format, known: KnownSizes) -> list[int] | None:
    """Bytes of each track in a format, or None where its codec cannot carry one of them."""
    try:
        return [copy_size(one.track, fit_of(one.track, format_), known).bytes for one in sold]
    except CannotCarry:
        return None


def _least(place: int, sizes: list[list[int]], rates: Rates) -> int:
    return min(track_price(found[place], rates) for found in sizes)
