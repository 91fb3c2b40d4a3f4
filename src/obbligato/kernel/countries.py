"""The countries a buyer can choose, by name (CLDR). It knows nothing of taxes or licences."""

from babel import Locale

# Territories of CLDR that are no country anyone buys from: groups, test codes and outlying waters.
NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AQ", "BV", "HM", "CP", "DG", "EA", "IC", "CQ", "TA", "AC"}


def _countries() -> dict[str, str]:
    territories: dict[str, str] = dict(Locale("en").territories)
    named = {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }
    return dict(sorted(named.items(), key=lambda item: item[1]))


COUNTRIES = _countries()
"""English names by ISO 3166-1 alpha-2 code, sorted by name."""
