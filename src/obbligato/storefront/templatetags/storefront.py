"""How templates write money, bytes, time and waveforms. Each is a pure function of what it is given."""

import math
from functools import lru_cache

from django import template

from obbligato.catalog.headings import filing
from obbligato.kernel.money import format_money
from obbligato.sales.quoting import format_named

register = template.Library()

WAVE_COLUMNS = 160
WAVE_HEIGHT = 24


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
def wait(seconds: float) -> str:
    """How long something takes, as one says it: 'at once', 'in about 8 s', 'in about 3 min'."""
    if seconds < 1:
        return "at once"
    return f"in about {math.ceil(seconds)} s" if seconds < 90 else f"in about {math.ceil(seconds / 60)} min"


@register.filter
def wave(peaks: bytes | memoryview) -> str:
    """The path data of a waveform, `WAVE_COLUMNS` upright strokes in a box of 160 × 24."""
    return _wave(bytes(peaks))


@lru_cache(maxsize=4096)
def _wave(peaks: bytes) -> str:
    if not peaks:
        return ""
    strokes = []
    for column in range(WAVE_COLUMNS):
        first = column * len(peaks) // WAVE_COLUMNS
        after = max(first + 1, (column + 1) * len(peaks) // WAVE_COLUMNS)
        half = max(1, round(max(peaks[first:after]) * WAVE_HEIGHT / 2 / 255))
        strokes.append(f"M{column} {WAVE_HEIGHT // 2 - half}v{2 * half}")
    return "".join(strokes)
