"""Names from other people's disks: what macOS and Windows write, and what leads out of a folder."""

import pytest

from obbligato.catalog.uploads.paths import BadPath, NotForAStore, fold, safe_path


@pytest.mark.parametrize(
    "path",
    [
        "01 Prelude.flac",
        "Album/CD1/01 What's Going On....wav",
        "S.O.S./01: A “Question”?.AIFF",
        "日本語/曲.flac",
        "Album/Release.toml",
        "Album/cover.JPG",
        "Album/booklet.pdf",
        "console/auxiliary.flac",
    ],
)
def test_what_people_call_their_files_is_taken(path: str) -> None:
    assert safe_path(path) == path


def test_a_name_from_macos_is_composed() -> None:
    assert safe_path("Cafe\u0301.flac") == "Café.flac"
    assert fold("CAFE\u0301/ÜBER.flac") == fold("café/über.FLAC")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "no name"),
        ("../01.flac", "leads out"),
        ("a/../../01.flac", "leads out"),
        ("a//01.flac", "leads out"),
        ("a/./01.flac", "leads out"),
        ("a/", "leads out"),
        ("/etc/01.flac", "no path within"),
        ("C:/Music/01.flac", "no path within"),
        ("a\\01.flac", "no path within"),
        ("a\x0001.flac", "cannot be seen"),
        ("a\n01.flac", "cannot be seen"),
        ("\u202egpj.flac", "cannot be seen"),
        ("\ud800.flac", "cannot be seen"),
        (".DS_Store", "hidden"),
        ("Album/._01.flac", "hidden"),
        ("CON.flac", "Windows"),
        ("Album/lpt1/01.flac", "Windows"),
        ("aux.take2.flac", "Windows"),
        ("x" * 401 + ".flac", "too long"),
        ("a/" * 17 + "01.flac", "too long"),
        ("ä" * 121 + ".flac", "Shorten it"),
    ],
)
def test_what_could_do_harm_is_refused_with_its_reason(path: str, words: str) -> None:
    with pytest.raises(BadPath, match=words):
        safe_path(path)


@pytest.mark.parametrize(("path", "words"), [("a.mp3", "lossless"), ("notes.txt", "left out"), ("flac", "left out")])
def test_what_an_import_would_not_look_at_is_not_taken(path: str, words: str) -> None:
    with pytest.raises(NotForAStore, match=words):
        safe_path(path)
