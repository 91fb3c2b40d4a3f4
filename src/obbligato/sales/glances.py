"""Quotes as every visitor sees them, at most a moment old: for pages alone, never for a basket or an order."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings

from obbligato.audio.formats import Format
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.in_effect import Closed
from obbligato.kernel.languages import spoken
from obbligato.people.models import Person
from obbligato.sales.least_prices import LeastPrices, least_prices
from obbligato.sales.offers import known_release
from obbligato.sales.quoting import ReleaseQuote, quote_release_as

KEPT = 256


def glance(slug: str, format_: Format, *, person: Person | None, territory: str) -> ReleaseQuote:
    """A published release quoted for a page. Raises NoSuchRelease.

    Who is signed in sees what is true now; what all visitors see alike is looked up once in PAGE_AGE_SECONDS,
    and once in each language: a quote has sentences. What decisions and orders close is true now for everyone.
    """
    return glances(slug, (format_,), person=person, territory=territory)[0]


def glances(slug: str, formats: tuple[Format, ...], *, person: Person | None, territory: str) -> Sequence[ReleaseQuote]:
    """The same in several formats, in their order, for as many questions as one takes. Raises NoSuchRelease."""
    if person is None and settings.PAGE_AGE_SECONDS:
        kept = _kept(slug, formats, territory, spoken(), _moment())
        if _closed_now(kept[0]) == kept[0].closed:
            return kept
    return _quoted(slug, formats, person, territory)


@lru_cache(maxsize=KEPT)
def _kept(
    slug: str, formats: tuple[Format, ...], territory: str, _language: str, _moment: int
) -> Sequence[ReleaseQuote]:
    return _quoted(slug, formats, None, territory)


def _closed_now(quote: ReleaseQuote) -> Closed:
    return in_effect.found((one.track.recording_id for one in quote.tracks), territory=quote.territory)


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


def _quoted(slug: str, formats: tuple[Format, ...], person: Person | None, territory: str) -> Sequence[ReleaseQuote]:
    return quote_release_as(known_release(slug), formats, person=person, territory=territory)
