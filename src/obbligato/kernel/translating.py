"""How the active language says a template, and writes a number or a day inside it. It knows no sentence.

Only `sentences` uses it, and only once something is said otherwise than in English: whoever loads refusals alone, as an
encoder process does, loads neither Django nor Babel.
"""

from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils import translation


def template_in(language: str, template: str, plural: str, count: object) -> str:
    """The catalogue's template; the English one where the catalogue has none."""
    with translation.override(language):
        if plural and isinstance(count, int):
            return translation.ngettext(template, plural, count)
        return translation.gettext(template)


def number_in(language: str, number: float) -> str:
    """A number with the language's own signs, and at most three decimals."""
    return str(format_decimal(number, locale=language))


def day_in(language: str, day: date) -> str:
    """3 March 2026, 3 mars 2026, 3 марта 2026: as it stands inside a sentence, without a point of its own."""
    return str(format_date(day, "d MMMM y", locale=language))
