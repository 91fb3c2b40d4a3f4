"""The countries of ISO 3166-1, from CLDR's list. It never says where something may be sold."""

from functools import cache

from babel import Locale

WORLD = "WORLD"
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
"""Codes that CLDR lists and ISO 3166-1 only reserves or leaves to users."""


def is_territory(code: str) -> bool:
    """Whether this is an officially assigned alpha-2 code, in capitals, or WORLD."""
    return code == WORLD or code in _countries()


@cache
def _countries() -> frozenset[str]:
    codes = [str(code) for code in Locale("en").territories]
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES
