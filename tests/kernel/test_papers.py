"""A paper is the same bytes for the same data, and data is never markup."""

import io
from pathlib import Path

import pypdf
import pytest
import typst
from PIL import Image

from obbligato.kernel.papers import pdf, printable

HOSTILE = 'a #import "x": * \\ *b* $x$ <a> @r #eval("1") `raw` = h // c'
SHEET = """
#let d = json(bytes(sys.inputs.data))
#set document(date: datetime(year: 2026, month: 3, day: 1))
#d.title
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.typ"
    path.write_text(SHEET)
    return path


def words(content: bytes) -> str:
    return pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()


def test_the_same_data_is_the_same_bytes(sheet: Path) -> None:
    assert pdf(sheet, {"title": "One"}, standards=["a-3b"]) == pdf(sheet, {"title": "One"}, standards=["a-3b"])
    assert pdf(sheet, {"title": "One"}) != pdf(sheet, {"title": "Two"})


def test_what_looks_like_markup_is_printed_as_it_is(sheet: Path) -> None:
    assert words(pdf(sheet, {"title": HOSTILE}, standards=["a-3b"])).strip() == HOSTILE


@pytest.mark.parametrize(("text", "seen"), [("a 🎵 b", "a □ b"), ("日本", "□□"), ("a\ufffeb", "a□b")])
def test_what_no_font_has_is_a_square(sheet: Path, text: str, seen: str) -> None:
    assert words(pdf(sheet, {"title": text}, standards=["a-3b"])).strip() in {seen, text}  # A machine may have fonts.


def test_hebrew_and_greek_are_there(sheet: Path) -> None:
    assert "Ελληνικά" in words(pdf(sheet, {"title": "Ελληνικά עברית"}, standards=["a-3b"]))


def test_nothing_turns_the_direction_of_what_follows() -> None:
    assert printable({"a": ["x\u202ey\x00\x07", ("\u2066z",)], "n": 1}) == {"a": ["xy", ["z"]], "n": 1}
    assert printable("two\nlines") == "two\nlines"


def test_an_image_stands_beside_the_template(sheet: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 0, 0)).save(picture, "png")
    sheet.write_text(SHEET + '#image("dot.png", width: 1cm)')
    made = pdf(sheet, {"title": "One"}, images={"../dot.png": picture.getvalue()})
    assert len(pypdf.PdfReader(io.BytesIO(made)).pages[0].images) == 1


def test_a_broken_template_is_a_fault_and_no_empty_page(sheet: Path) -> None:
    sheet.write_text("#nonsense")
    with pytest.raises(typst.TypstError):
        pdf(sheet, {})
