"""Names from anywhere become clean text, stable addresses and comparable words."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.catalog.arranging import PlannedRelease
from obbligato.catalog.models import Artist
from obbligato.catalog.naming import clean, folded, free_slug, printable, slug_of
from obbligato.catalog.publishing import digest_of
from obbligato.catalog.reports import FileReport
from obbligato.catalog.scanning import natural_order

WORDS: dict[str, Any] = {
    "title": "T", "artist": "A", "label": "L", "upc": "", "date": date(2026, 1, 1), "date_text": "2026",
    "genres": ("g",), "description": "", "copyright": "", "credits": (), "tracks": (),
}  # fmt: skip


@given(text=st.text())
def test_a_cleaned_text_is_one_line_without_controls_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text, limit=50)
    assert len(cleaned) <= 50
    assert "\n" not in cleaned
    assert "\x00" not in cleaned
    assert clean(cleaned, limit=50) == cleaned
    cleaned.encode()


@given(text=st.text())
def test_a_slug_is_plain_ascii_never_empty_and_always_the_same(text: str) -> None:
    slug = slug_of(text)
    assert 0 < len(slug) <= 60
    assert slug.isascii()
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert slug == slug_of(text)


@given(text=st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(text=st.text())
def test_what_is_printed_cannot_move_the_cursor(text: str) -> None:
    assert all(letter.isprintable() or letter.isspace() for letter in printable(text) if ord(letter) < 0x80)
    assert "\x1b" not in printable(text)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Gymnopédie n° 1", "gymnopedie-n-1"), ("Øresund", "oresund"), ("Straße", "strasse"), ("Don’t", "dont")],
)
def test_accents_are_folded_in_addresses(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_a_name_in_another_script_has_an_address_of_its_own() -> None:
    assert slug_of("Чайковский") != slug_of("Мусоргский")


def test_two_artists_of_one_slug_get_two_addresses(store: Path) -> None:
    slugs = []
    for name in ("Ana", "Aña", "ANA!", "Ana-2"):
        slugs.append(Artist.objects.create(name=name, slug=free_slug(Artist, name)).slug)
    assert slugs == ["ana", "ana-2", "ana-3", "ana-2-2"]


@given(
    key=st.sampled_from(sorted(set(WORDS) - {"date", "genres", "credits", "tracks", "date_text"})),
    word=st.text(min_size=2),
)
def test_any_change_of_words_changes_the_digest(key: str, word: str) -> None:
    plan = PlannedRelease(**WORDS)
    other = PlannedRelease(**{**WORDS, key: word.encode("utf-8", "ignore").decode() + "!"})
    assert digest_of(plan, [], "") == digest_of(PlannedRelease(**WORDS), [], "")
    assert digest_of(plan, [], "") != digest_of(other, [], "")


def test_another_cover_changes_the_digest() -> None:
    assert digest_of(PlannedRelease(**WORDS), [], "a") != digest_of(PlannedRelease(**WORDS), [], "b")


def test_a_booklet_changes_the_digest_and_none_leaves_it_as_it_was_before_there_were_any() -> None:
    plan = PlannedRelease(**WORDS)
    assert digest_of(plan, [], "a") == "a1fdb7244bc0bfc482fa23b6aa9023633cbd6695a84b4d5458c797b655223568"
    assert len({digest_of(plan, [], "a", booklet) for booklet in ("", "a", "b")}) == 3


def test_two_comes_before_ten() -> None:
    assert sorted(["10", "2", "b", "a 10", "a 2"], key=natural_order) == ["2", "10", "a 2", "a 10", "b"]


def test_a_report_line_says_everything_about_a_file() -> None:
    line = FileReport(
        "imported", "Bach/01 Prelude.flac", duration_seconds=182.2, sample_rate=44_100, bits=16,
        integrated_lufs=-17.2, true_peak_dbtp=-1.1,
    ).line()  # fmt: skip
    assert line == "imported  Bach/01 Prelude.flac  3:02  44.1 kHz/16 bit  -17.2 LUFS  -1.1 dBTP"


def test_a_refusal_is_one_sentence() -> None:
    line = FileReport("refused", "a\nb.flac", "The file is empty.").line()
    assert line == "refused   a\\nb.flac  because the file is empty."
