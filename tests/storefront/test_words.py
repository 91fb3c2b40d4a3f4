"""How pages write bytes, time and money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel.countries import COUNTRIES
from obbligato.storefront.templatetags.storefront import length_of_music, megabytes, money, wait


@pytest.mark.parametrize(
    ("size_bytes", "is_exact", "words"),
    [
        (12_340_000, True, "12.3 MB"),
        (12_340_000, False, "at most 12.4 MB"),
        (999_999, True, "1.00 MB"),
        (420_001, False, "at most 0.43 MB"),
        (1_234_567_890, True, "1,234.6 MB"),
        (0, True, "0.00 MB"),
    ],
)
def test_sizes_are_in_millions_of_bytes_and_bounds_round_up(size_bytes: int, is_exact: bool, words: str) -> None:
    assert megabytes(size_bytes, is_exact) == words


@given(size_bytes=st.integers(min_value=0, max_value=10**13))
def test_a_bound_never_promises_less_than_it_is(size_bytes: int) -> None:
    text = megabytes(size_bytes, False).removeprefix("at most ").removesuffix(" MB").replace(",", "")
    assert float(text) * 1_000_000 >= size_bytes * (1 - 1e-12)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (59.6, "1:00"), (187, "3:07"), (3_765, "1:02:45")])
def test_music_is_as_long_as_a_sleeve_says(seconds: float, words: str) -> None:
    assert length_of_music(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(0, "at once"), (7.2, "in about 8 s"), (200, "in about 4 min")])
def test_waiting_is_said_as_one_says_it(seconds: float, words: str) -> None:
    assert wait(seconds) == words


def test_money_is_exact() -> None:
    assert money(1_200_000, "EUR") == "€1.20"


def test_countries_are_countries() -> None:
    assert {"FR", "JP", "BR", "ZA"} <= set(COUNTRIES)
    assert not {"EU", "ZZ", "XA"} & set(COUNTRIES)
    assert all(len(code) == 2 and name for code, name in COUNTRIES.items())
