"""How the language that is spoken just now writes numbers and days (CLDR). It translates no words."""

from datetime import date, datetime
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date
from django.conf import settings
from django.utils.translation import get_language, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

WRITTEN_IN = "en"
"""What all words are written in first."""
DAYS = {WRITTEN_IN: ("d MMMM y", "d MMM y")}
"""Long and short: the English of this store puts the day first; the others do as CLDR has it."""
CLDR_DAYS = ("long", "medium")


def spoken() -> str:
    """The language of the page or mail that is being made, as ISO 639-1."""
    return (get_language() or WRITTEN_IN).partition("-")[0]


def wanted(cookie: str, accepted: str) -> str:
    """One of the store's languages: that of a cookie, else the first it has of Accept-Language (RFC 9110, 12.5.4)."""
    if cookie in dict(settings.LANGUAGES):
        return cookie
    for code, _ in parse_accept_lang_header(accepted):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


def number_text(plain: str) -> str:
    """A number written as "1,234.5", as the language writes it."""
    return plain.translate(_signs(spoken()))


def day_text(day: date) -> str:
    """3 March 2026, 3 mars 2026, 3 марта 2026 г."""
    return _day_text(day.year, day.month, day.day, 0, spoken())


def short_day_text(day: date) -> str:
    """3 Mar 2026."""
    return _day_text(day.year, day.month, day.day, 1, spoken())


def moment_text(moment: datetime) -> str:
    """3 March 2026, 14:05; in the time zone that the moment has."""
    return f"{day_text(moment)}, {moment:%H:%M}"


def short_moment_text(moment: datetime) -> str:
    """3 Mar 2026, 14:05; in the time zone that the moment has."""
    return f"{short_day_text(moment)}, {moment:%H:%M}"


@cache
def _signs(language: str) -> dict[int, str]:
    signs = Locale(language).number_symbols["latn"]
    return {ord(","): signs["group"], ord("."): signs["decimal"]}


@lru_cache(maxsize=4096)
def _day_text(year: int, month: int, day: int, place: int, language: str) -> str:
    form = DAYS.get(language, CLDR_DAYS)[place]
    return str(format_date(date(year, month, day), form, locale=language))
