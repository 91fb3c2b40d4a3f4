"""What was uploaded becomes a cover or a booklet once, by its own name; what is none, or not whole, leaves nothing."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from obbligato.catalog.booklets import BadBooklet
from obbligato.catalog.models import Booklet
from obbligato.catalog.pictures import BadPicture
from obbligato.catalog.uploads import adding, removing
from obbligato.catalog.uploads.handing_over import NotAllHere
from obbligato.catalog.uploads.models import FOLDER, Upload
from obbligato.catalog.uploads.paths import NotForAStore
from obbligato.kernel.folders import data_folder
from obbligato.sales.editing import keeping
from tests.catalog.uploads.makers import an_upload, send
from tests.makers import bob

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\nnotes\n%%EOF\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    """In the folder of all tests lies what others left."""
    settings.DATA_FOLDER = tmp_path


def is_nothing_left() -> bool:
    return not Upload.objects.exists() and not list(data_folder(FOLDER).iterdir())


def test_an_uploaded_booklet_has_the_name_it_was_sent_by() -> None:
    upload = an_upload()
    send(upload, "One.pdf", PDF)
    sha256 = keeping.take(upload, "booklet")
    booklet = Booklet.objects.get(sha256=sha256)
    assert (booklet.original_name, booklet.file.read_bytes()) == ("One.pdf", PDF)
    assert is_nothing_left()
    again = keeping.take_whole(upload.person, "booklet", name="Two.pdf", size_bytes=len(PDF), pieces=[PDF])
    assert again == sha256 == hashlib.sha256(PDF).hexdigest()
    assert Booklet.objects.get().original_name == "One.pdf"
    assert is_nothing_left()


def test_a_batch_without_a_file_with_two_or_with_half_of_one_is_left_as_it_is() -> None:
    upload = an_upload()
    with pytest.raises(NotAllHere):
        keeping.take(upload, "booklet")
    adding.add(upload, "One.pdf", size_bytes=len(PDF))
    with pytest.raises(NotAllHere):
        keeping.take(upload, "booklet")
    send(upload, "Two.pdf", PDF)
    with pytest.raises(NotAllHere):
        keeping.take(upload, "booklet")
    assert upload.files.count() == 2
    removing.discard(upload)


def test_what_is_no_picture_no_pdf_or_of_no_use_is_refused_and_removed() -> None:
    person = bob()
    for kind, name, wrong in (
        ("cover", "c.png", BadPicture),
        ("booklet", "b.pdf", BadBooklet),
        ("booklet", "b.exe", NotForAStore),
    ):
        with pytest.raises(wrong):
            keeping.take_whole(person, kind, name=name, size_bytes=2, pieces=[b"no"])
    assert is_nothing_left()
    assert not Booklet.objects.exists()
