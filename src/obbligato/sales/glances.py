"""Quotes as every visitor sees them, at most a moment old: for pages alone, never for a basket or an order."""

import time
from functools import lru_cache

from django.conf import settings

from obbligato.audio.formats import Format
from obbligato.people.models import Person
from obbligato.sales.offers import known_release
from obbligato.sales.quoting import ReleaseQuote, quote_release

KEPT = 256


def glance(slug: str, format_: Format, *, person: Person | None, territory: str) -> ReleaseQuote:
    """A published release quoted for a page. Raises NoSuchRelease.

    Who is signed in sees what is true now; what all visitors see alike is looked up once in PAGE_AGE_SECONDS.
    """
    if person is None and settings.PAGE_AGE_SECONDS:
        return _kept(slug, format_, territory, int(time.monotonic() / settings.PAGE_AGE_SECONDS))
    return _quoted(slug, format_, person, territory)


@lru_cache(maxsize=KEPT)
def _kept(slug: str, format_: Format, territory: str, _moment: int) -> ReleaseQuote:
    return _quoted(slug, format_, None, territory)


def _quoted(slug: str, format_: Format, person: Person | None, territory: str) -> ReleaseQuote:
    return quote_release(known_release(slug), format_, person=person, territory=territory)
