"""File names are safe everywhere and never leave their folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.library.naming import disposition, safe


@given(st.text(max_size=300))
def test_any_title_becomes_a_safe_name(title: str) -> None:
    name = safe(title)
    assert name
    assert len(name.encode()) <= 130
    assert not set('<>:"/\\|?*') & set(name)
    assert not any(ord(letter) < 32 for letter in name)
    assert name == name.strip(" .")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("..", "untitled"),
        ("a/b\\c", "a_b_c"),
        ("CON", "_CON"),
        ("nul.flac", "_nul.flac"),
        ("  Für Elise. ", "Für Elise"),
    ],
)
def test_dangerous_titles_are_tamed(title: str, name: str) -> None:
    assert safe(title) == name


def test_a_name_is_given_twice_for_old_and_new_browsers() -> None:
    header = disposition('01 Für "Elise".mp3')
    assert header == "attachment; filename=\"01 Fur Elise.mp3\"; filename*=UTF-8''01%20F%C3%BCr%20%22Elise%22.mp3"
