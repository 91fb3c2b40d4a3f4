"""Quotes as every visitor sees them, at most a moment old: for pages alone, never for a basket or an order."""

import time
from functools import lru_cache

from django.conf import settings

from obbligato.audio.formats import Format
from obbligato.catalog.models import Release
from obbligato.kernel.refusals import Missing
from obbligato.people.models import Person
from obbligato.sales.quoting import ReleaseQuote, quote_release

KEPT = 256


class NoSuchRelease(Missing):
    """There is no such release, or it was never published."""


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
    known = Release.objects.select_related("artist", "label", "edition__cover", "withdrawal")
    release = known.filter(slug=slug, edition__isnull=False).first()
    if release is None:
        raise NoSuchRelease("There is no such release.")
    return quote_release(release, format_, person=person, territory=territory)
