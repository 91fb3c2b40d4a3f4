"""The countries a buyer can choose, by name (CLDR). It knows nothing of taxes or licences."""

import unicodedata
from functools import cache

from babel import Locale

from obbligato.kernel.languages import WRITTEN_IN, spoken

# Territories of CLDR that are no country anyone buys from: groups, test codes and outlying waters.
NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AQ", "BV", "HM", "CP", "DG", "EA", "IC", "CQ", "TA", "AC"}


def countries() -> dict[str, str]:
    """Names by ISO 3166-1 alpha-2 code in the language that is spoken now, sorted by name."""
    return _countries(spoken())


def country_name(code: str) -> str:
    """A country in the language that is spoken now; what is none by its code."""
    return countries().get(code, code)


@cache
def _countries(language: str) -> dict[str, str]:
    territories: dict[str, str] = dict(Locale(language).territories)
    named = {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }
    return dict(sorted(named.items(), key=lambda item: _sorted_by(item[1], language)))


def _sorted_by(name: str, language: str) -> str:
    """English as it stands; elsewhere É goes with E, and Ё with Е."""
    if language == WRITTEN_IN:
        return name
    bare = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in bare if letter == "\u0306" or not unicodedata.combining(letter))


COUNTRIES = _countries(WRITTEN_IN)
"""English names by code, sorted by name: what a code is checked against, and what papers say."""
