"""How templates write money, bytes, time and the links that play. They decide nothing."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from django import template
from django.forms import BoundField
from django.template import Context
from django.utils.translation import gettext

from obbligato.catalog.headings import filing
from obbligato.catalog.models import Release, Track
from obbligato.catalog.places import WORLD
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import sentences
from obbligato.kernel.countries import country_name
from obbligato.kernel.languages import day_text, moment_text, number_text, short_day_text, short_moment_text, spoken
from obbligato.kernel.money import format_money
from obbligato.library.hearing import NOTHING_CLOSED, hearing_of
from obbligato.sales.quoting import format_named
from obbligato.storefront.visitors import person_of, territory_of

register = template.Library()


@register.filter
def money(amount_micro: int, currency: str) -> str:
    """Micro-units as people write them: €1.20."""
    return _money(amount_micro, currency, spoken())


@lru_cache(maxsize=4096)
def _money(amount_micro: int, currency: str, language: str) -> str:
    return format_money(amount_micro, currency, language)


@register.filter
def labelled(field: BoundField) -> str:
    """A field whose label stands above it, without the same words inside it."""
    return field.as_widget(attrs={"placeholder": False})


@register.filter
def translated(text: str) -> str:
    """What a row keeps in English, such as why a payment was refused, in the language of the page."""
    return sentences.in_words(text)


@register.filter
def day(when: date) -> str:
    """3 March 2026."""
    return day_text(when)


@register.filter
def short_day(when: date) -> str:
    """3 Mar 2026."""
    return short_day_text(when)


@register.filter
def moment(when: datetime) -> str:
    """3 March 2026, 14:05; in UTC, as all times are kept."""
    return moment_text(when)


@register.filter
def short_moment(when: datetime) -> str:
    """3 Mar 2026, 14:05; in UTC, as all times are kept."""
    return short_moment_text(when)


@register.filter
def megabytes(size_bytes: int, is_exact: bool = True) -> str:
    """'12.4 MB' for an exact size, 'at most 12.5 MB' for a bound; 1 MB is 1,000,000 bytes.

    A bound is rounded up, so that what it promises is true.
    """
    return _megabytes(size_bytes, is_exact, spoken())


@lru_cache(maxsize=4096)
def _megabytes(size_bytes: int, is_exact: bool, _language: str) -> str:
    size = _size(size_bytes, is_exact)
    return size if is_exact else gettext("at most %(size)s") % {"size": size}


@register.filter
def megabytes_short(size_bytes: int, is_exact: bool = True) -> str:
    """The same where there is little room: '≤ 12.5 MB' for a bound."""
    size = _size(size_bytes, is_exact)
    return size if is_exact else f"≤ {size}"


def _size(size_bytes: int, is_exact: bool) -> str:
    digits = 1 if size_bytes >= 1_000_000 else 2
    scaled = size_bytes / 1_000_000 * 10**digits
    rounded = round(scaled) if is_exact else math.ceil(scaled)
    return gettext("%(number)s MB") % {"number": number_text(f"{rounded / 10**digits:,.{digits}f}")}


@register.filter
def territories(codes: Sequence[str]) -> str:
    """Where a right or a decision holds: everywhere, or countries by name."""
    return gettext("everywhere") if WORLD in codes else ", ".join(country_name(code) for code in codes)


@register.filter
def format_label(name: str) -> str:
    """A format's name for people: 'MP3 320 kbit/s'."""
    return format_named(name).label


@register.filter
def genre_slug(genre: str) -> str:
    """A genre's part of its page's address."""
    return filing.genre_slug(genre)


@register.filter
def length_of_music(seconds: float) -> str:
    """Minutes and seconds of music: 3:07, 1:02:45."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def place_in_music(milliseconds: int) -> str:
    """Where in a track something begins: 1:23."""
    return length_of_music(milliseconds // 1000)


@register.filter
def wait(seconds: float) -> str:
    """How long something takes, as one says it: 'at once', 'in about 8 s', 'in about 3 min'."""
    return _wait(math.ceil(seconds) if seconds >= 1 else 0, spoken())


@lru_cache(maxsize=1024)
def _wait(seconds: int, _language: str) -> str:
    if not seconds:
        return gettext("at once")
    if seconds <= 90:
        return gettext("in about %(count)s s") % {"count": seconds}
    return gettext("in about %(count)s min") % {"count": math.ceil(seconds / 60)}


@register.filter
def said(words: str) -> str:
    """The words in the language of the page, as translate does; looked up once, for what stands in every row."""
    return _said(words, spoken())


@register.filter
def named_in(what: str, words: str) -> str:
    """What is named, put into the one place that translated words leave for it: "Play {title}"."""
    before, _, rest = _said(words, spoken()).partition("{")
    return f"{before}{what}{rest.partition('}')[2]}"


@lru_cache(maxsize=256)
def _said(words: str, _language: str) -> str:
    return gettext(words)


@register.inclusion_tag("fragments/play.html", takes_context=True)
def play_opening(context: Context, release: Release, openings: Mapping[int, Track] | str) -> dict[str, object]:
    """The link that plays how a listed release begins; nothing where the page looked up no openings."""
    track = openings.get(release.edition_id or 0) if isinstance(openings, Mapping) else None
    if track is None or release.edition is None:
        return {"heard": None}
    track.edition = release.edition
    heard = hearing_of(track, release.preview, owner=None, territory=territory_of(context["request"]))
    return {"track": track, "release": release, "heard": heard}


@register.inclusion_tag("fragments/play.html", takes_context=True)
def play(
    context: Context, track: Track, release: Release, is_owned: bool, closed: Mapping[Effect, str] = NOTHING_CLOSED
) -> dict[str, object]:
    """The link that plays a track, with all that the player shows of it; nothing where nothing may be heard.

    `closed` is what decisions and orders in force close of it for who looks at the page.
    """
    request = context["request"]
    owner = person_of(request) if is_owned else None
    heard = hearing_of(track, release.preview, owner=owner, closed=closed, territory=territory_of(request))
    return {"track": track, "release": release, "heard": heard}
