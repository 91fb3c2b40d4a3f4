"""Settings kept in a file come back as they were, or not at all."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.kernel import kept_settings
from obbligato.kernel.kept_settings import BadKeptSettings

NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(values=st.dictionaries(NAMES, TEXTS, max_size=4))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]) -> None:
    file = tmp_path_factory.mktemp("store") / "store.toml"
    kept_settings.write(file, values)
    assert kept_settings.read(file) == values


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "store.toml"
    kept_settings.write(file, {"MAIL_URL": "smtps://user:secret@mail.example"})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["store.toml"]


def test_no_file_is_nothing_kept(tmp_path: Path) -> None:
    assert kept_settings.read(tmp_path / "store.toml") == {}


@pytest.mark.parametrize("text", ["CURRENCY = 1", "CURRENCY", "[store]\nCURRENCY = 'EUR'", "\0", "PORT = true"])
def test_a_file_that_is_no_such_file_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "store.toml"
    file.write_text(text)
    with pytest.raises(BadKeptSettings, match=r"store\.toml"):
        kept_settings.read(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadKeptSettings, match="cannot be read"):
        kept_settings.read(tmp_path)
