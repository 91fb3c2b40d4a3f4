"""Files come whole or in slices, in order, and never larger than they may be; what is no picture or PDF is refused."""

from pathlib import Path

import pytest

from obbligato.catalog.booklets import BadBooklet
from obbligato.catalog.models import Booklet
from obbligato.catalog.pictures import BadPicture
from obbligato.kernel.folders import data_folder
from obbligato.sales.editing import receiving
from obbligato.sales.editing.models import Draft
from obbligato.sales.editing.receiving import BadSlice, Slice
from tests.sales.editing.makers import a_draft
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\nnotes\n%%EOF\n"


@pytest.fixture
def draft() -> Draft:
    return a_draft(a_silent_release(tracks=1))


def left() -> list[Path]:
    return list(data_folder("drafts").iterdir())


def test_slices_become_a_file(draft: Draft) -> None:
    assert receiving.take(draft, Slice("booklet", "C:\\Notes\\One.pdf", len(PDF), 0, PDF[:5])) == ""
    assert len(left()) == 1
    sha256 = receiving.take(draft, Slice("booklet", "C:\\Notes\\One.pdf", len(PDF), 5, PDF[5:]))
    booklet = Booklet.objects.get(sha256=sha256)
    assert (booklet.original_name, booklet.file.read_bytes()) == ("One.pdf", PDF)
    assert left() == []
    assert receiving.take_whole(draft, "booklet", "Two.pdf", PDF) == sha256
    assert Booklet.objects.get().original_name == "One.pdf"


def test_a_file_without_a_name_has_one(draft: Draft) -> None:
    receiving.take_whole(draft, "booklet", "", PDF)
    assert Booklet.objects.get().original_name == "booklet.pdf"


def test_slices_out_of_order_are_refused_and_the_first_begins_anew(draft: Draft) -> None:
    for offset in (3, 9):
        with pytest.raises(BadSlice, match="in order"):
            receiving.take(draft, Slice("booklet", "n", len(PDF), offset, PDF[offset:]))
    receiving.take(draft, Slice("booklet", "n", len(PDF), 0, PDF[:9]))
    with pytest.raises(BadSlice, match="in order"):
        receiving.take(draft, Slice("booklet", "n", 10, 9, PDF[9:]))
    receiving.take(draft, Slice("booklet", "n", len(PDF), 0, PDF[:5]))
    assert receiving.take(draft, Slice("booklet", "n", len(PDF), 5, PDF[5:]))


def test_what_is_too_large_or_of_no_kind_is_refused_before_a_byte_is_kept(draft: Draft) -> None:
    with pytest.raises(BadSlice, match="The cover is larger than 20 MB"):
        receiving.take(draft, Slice("cover", "n", 300_000_000, 0, b"x"))
    with pytest.raises(BadSlice, match="The booklet is larger than 200 MB"):
        receiving.take(draft, Slice("booklet", "n", 300_000_000, 0, b"x"))
    with pytest.raises(BadSlice, match="a cover and a booklet"):
        receiving.take(draft, Slice("virus", "n", 1, 0, b"x"))
    assert left() == []


def test_what_is_no_picture_and_no_pdf_is_refused_and_removed(draft: Draft) -> None:
    with pytest.raises(BadPicture):
        receiving.take_whole(draft, "cover", "c.png", b"GIF89a but not")
    with pytest.raises(BadBooklet):
        receiving.take_whole(draft, "booklet", "b.pdf", b"%PDF-1.4 cut")
    assert left() == []
    assert not Booklet.objects.exists()
