"""Numbers, amounts, days and countries are written as the language that is spoken does."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from obbligato.kernel import languages, money
from obbligato.kernel.countries import COUNTRIES, countries, country_name

THIN, HARD = "\u202f", "\u00a0"
DAY, MOMENT = date(2026, 9, 3), datetime(2026, 9, 3, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "number", "amount", "fine"),
    [
        ("en", "1,234.5", "€1,234.50", "€1.2345"),
        ("fr", f"1{THIN}234,5", f"1{THIN}234,50{HARD}€", f"1,2345{HARD}€"),
        ("ru", f"1{HARD}234,5", f"1{HARD}234,50{HARD}€", f"1,2345{HARD}€"),
    ],
)
def test_numbers_and_amounts(language: str, number: str, amount: str, fine: str) -> None:
    with translation.override(language):
        assert languages.number_text("1,234.5") == number
        assert money.format_money(1_234_500_000, "EUR") == amount
        assert money.format_money(1_234_500, "EUR") == fine
    assert money.format_money(1_234_500_000, "EUR", language) == amount


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "3 September 2026", "3 Sep 2026"),
        ("fr", "3 septembre 2026", "3 sept. 2026"),
        ("ru", f"3 сентября 2026{THIN}г.", f"3 сент. 2026{THIN}г."),
    ],
)
def test_days_and_moments(language: str, long: str, short: str) -> None:
    with translation.override(language):
        assert (languages.day_text(DAY), languages.short_day_text(DAY)) == (long, short)
        assert languages.moment_text(MOMENT) == f"{long}, 14:05"
        assert languages.short_moment_text(MOMENT) == f"{short}, 14:05"


def test_countries_are_named_and_sorted_as_one_looks_them_up() -> None:
    assert countries() is countries()
    assert list(countries().items()) == list(COUNTRIES.items())
    with translation.override("fr"):
        names = list(countries().values())
        assert country_name("DE") == "Allemagne"
        assert names.index("Équateur") < names.index("Espagne") < names.index("Fidji")
    with translation.override("ru"):
        assert country_name("FR") == "Франция"
        assert country_name("??") == "??"
    assert set(COUNTRIES) == set(countries())


def test_where_no_language_is_spoken_it_is_the_one_all_is_written_in() -> None:
    with translation.override(None):
        assert languages.spoken() == "en"
