"""How templates write money, bytes, time and the links that play. They decide nothing."""

import math
from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.template import Context

from obbligato.catalog.headings import filing
from obbligato.catalog.models import Release, Track
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel.money import format_money
from obbligato.library.hearing import NOTHING_CLOSED, hearing_of
from obbligato.sales.quoting import format_named
from obbligato.storefront.visitors import person_of, territory_of

register = template.Library()


@register.filter
@lru_cache(maxsize=4096)
def money(amount_micro: int, currency: str) -> str:
    """Micro-units as people write them: €1.20."""
    return format_money(amount_micro, currency)


@register.filter
def megabytes(size_bytes: int, is_exact: bool = True) -> str:
    """'12.4 MB' for an exact size, 'at most 12.5 MB' for a bound; 1 MB is 1,000,000 bytes.

    A bound is rounded up, so that what it promises is true.
    """
    digits = 1 if size_bytes >= 1_000_000 else 2
    scaled = size_bytes / 1_000_000 * 10**digits
    rounded = round(scaled) if is_exact else math.ceil(scaled)
    text = f"{rounded / 10**digits:,.{digits}f} MB"
    return text if is_exact else f"at most {text}"


@register.filter
def megabytes_short(size_bytes: int, is_exact: bool = True) -> str:
    """The same where there is little room: '≤ 12.5 MB' for a bound."""
    return megabytes(size_bytes, is_exact).replace("at most", "≤")


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
    if seconds < 1:
        return "at once"
    return f"in about {math.ceil(seconds)} s" if seconds < 90 else f"in about {math.ceil(seconds / 60)} min"


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
