"""A release in the format asked for beside the usual ones, as bars of their sizes. It computes no price."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.audio.formats import Format
from obbligato.sales.quoting import ReleaseQuote

USUAL = tuple(Format.parse(name) for name in ("opus-128", "mp3-192", "aac-256", "mp3-320", "flac", "wav"))
"""From small to large, for most music; always these, in this order, so that nothing moves when a knob is turned."""


@dataclass(frozen=True)
class Bar:
    """One format: its quote, and its size in percent of the largest."""

    quote: ReleaseQuote
    width: float
    is_chosen: bool

    @property
    def is_owned(self) -> bool:
        """Whether all of it may be fetched without paying."""
        return all(one.costs_nothing_more for one in self.quote.tracks)


def compared(wanted: Format) -> tuple[Format, ...]:
    """What is to be quoted for the comparison, the format asked for first."""
    return (wanted, *USUAL)


def bars(quotes: Sequence[ReleaseQuote]) -> list[Bar]:
    """One bar for each of the usual formats, of the quotes that compared() asks for; none of what cannot be had."""
    chosen, *usual = quotes
    largest = max((quote.size_bytes for quote in quotes), default=0) or 1
    return [
        Bar(quote, round(100 * quote.size_bytes / largest, 1), quote.format == chosen.format)
        for quote in usual
        if quote.size_bytes
    ]
