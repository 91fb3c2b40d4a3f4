"""Quotes as every visitor sees them, at most a moment old: for pages alone, never for a basket or an order."""

import time
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings

from obbligato.audio.formats import Format
from obbligato.people.models import Person
from obbligato.sales.least_prices import LeastPrices, least_prices
from obbligato.sales.offers import known_release
from obbligato.sales.quoting import ReleaseQuote, quote_release

KEPT = 256


def glance(slug: str, format_: Format, *, person: Person | None, territory: str) -> ReleaseQuote:
    """A published release quoted for a page. Raises NoSuchRelease.

    Who is signed in sees what is true now; what all visitors see alike is looked up once in PAGE_AGE_SECONDS.
    """
    if person is None and settings.PAGE_AGE_SECONDS:
        return _kept(slug, format_, territory, _moment())
    return _quoted(slug, format_, person, territory)


@lru_cache(maxsize=KEPT)
def _kept(slug: str, format_: Format, territory: str, _moment: int) -> ReleaseQuote:
    return _quoted(slug, format_, None, territory)


def least_glance(quote: ReleaseQuote) -> LeastPrices:
    """The least prices of a release that was quoted for a page; they are everyone's, and looked up as seldom."""
    if not settings.PAGE_AGE_SECONDS:
        return least_prices(quote)
    sold = tuple(one.track.pk for one in quote.tracks if not one.sentence)
    return _kept_least(_Seen((quote.release.pk, quote.rates, quote.sentence, sold), quote), _moment())


@dataclass(frozen=True)
class _Seen:
    """A quote, the same as another where all is the same that least prices follow from."""

    key: tuple[object, ...]
    quote: ReleaseQuote = field(compare=False)


@lru_cache(maxsize=KEPT)
def _kept_least(seen: _Seen, _moment: int) -> LeastPrices:
    return least_prices(seen.quote)


def _moment() -> int:
    return int(time.monotonic() / settings.PAGE_AGE_SECONDS)


def _quoted(slug: str, format_: Format, person: Person | None, territory: str) -> ReleaseQuote:
    return quote_release(known_release(slug), format_, person=person, territory=territory)
