"""Covers, booklets and long lists of tracks on the pages of a draft: what is too large or no number is told."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.catalog.models import Edition
from obbligato.sales.editing import drafting
from tests import makers
from tests.backoffice.draft_pages import a_cover, at, page, send
from tests.sales.editing.makers import a_draft
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def staff() -> Client:
    return makers.signed_in(makers.dana())


def test_covers_and_booklets_are_uploaded_and_removed(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    before = a_draft(release).content.cover
    cover = SimpleUploadedFile("cover.png", a_cover(), "image/png")
    send(staff, release, "release", {"cover": cover, "booklet": SimpleUploadedFile("../Notes.pdf", PDF)})
    content = drafting.draft_of(release).content
    assert content.cover not in {"", before}
    words = page(staff, at(release, "release"))
    assert f"/delivery/covers/{content.cover}-thumb.jpg" in words
    assert "Notes.pdf, 0.00 MB" in words
    bad = {
        "cover": SimpleUploadedFile("cover.png", b"no"),
        "booklet": SimpleUploadedFile("b.pdf", b"no"),
        "title": "New",
    }
    words = send(staff, release, "release", bad)
    assert "The cover is broken, or not JPEG, PNG, WebP or GIF." in words
    assert "The booklet is not a PDF." in words
    now = drafting.draft_of(release).content
    assert (now.title, now.cover, now.booklet) == ("New", content.cover, content.booklet)
    send(staff, release, "publish", {"key": "k"})
    edition = Edition.objects.get(number=2)
    assert edition.cover is not None
    assert edition.booklet is not None
    assert (edition.cover.sha256, edition.booklet.original_name) == (content.cover, "Notes.pdf")
    a_draft(release)
    send(staff, release, "release", {"remove_cover": "on", "remove_booklet": "on"})
    assert "–" in page(staff, at(release, "changes"))
    send(staff, release, "publish", {"key": "k"})
    last = Edition.objects.get(number=3)
    assert (last.cover, last.booklet) == (None, None)


def test_a_large_file_comes_in_slices(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    data = a_cover("blue")

    def part(offset: int, content: bytes, **more: object) -> tuple[int, dict[str, str]]:
        values = {"kind": "cover", "name": "c.png", "total_bytes": len(data), "offset_bytes": offset, **more}
        answer = staff.post(at(release, "files"), {**values, "slice": SimpleUploadedFile("slice", content)})
        return answer.status_code, answer.json()

    assert part(0, data[:10]) == (200, {"sha256": ""})
    assert part(20, data[20:])[0] == 422
    status, told = part(10, data[10:])
    assert status == 200
    send(staff, release, "release", {"kept_cover": told["sha256"], "cover": "", "booklet": ""})
    assert drafting.draft_of(release).content.cover == told["sha256"]
    assert "not told" not in page(staff, at(release, "changes"))
    assert part(0, b"x", total_bytes=300_000_000) == (422, {"sentence": "The cover is larger than 20 MB."})
    assert part(0, b"x", kind="virus")[0] == part(0, b"x", total_bytes="many")[0] == 422
    assert part(0, b"x", total_bytes=1) == (422, {"sentence": "The cover is broken, or not JPEG, PNG, WebP or GIF."})
    assert staff.get(at(release, "files")).status_code == 422


def test_five_hundred_tracks_are_one_page_and_one_form(staff: Client) -> None:
    release = a_silent_release(tracks=500)
    a_draft(release)
    words = page(staff, at(release, "tracks"))
    assert words.count("data-line>") == 500
    lines = drafting.draft_of(release).content.lines
    values: dict[str, object] = {}
    for line in lines:
        name = f"line.{line.key}"
        values |= {f"{name}.disc": line.disc, f"{name}.position": 501 - line.position, f"{name}.title": line.title}
        values |= {f"{name}.artist": line.artist, f"{name}.isrc": line.isrc}
    send(staff, release, "tracks", values)
    assert drafting.draft_of(release).content.lines[0].title == "Piece 500"
    send(staff, release, "tracks", {"out": [line.key for line in lines]})
    words = page(staff, at(release, "changes"))
    assert "A release has at least one track." in words


def test_a_number_that_is_none_leaves_a_track_where_it_is(staff: Client) -> None:
    release = makers.a_release(tracks=2)
    key = a_draft(release).content.lines[0].key
    for nonsense in ("0", "-1", "one", "1000", "٣", "9" * 50):
        words = send(staff, release, "tracks", {f"line.{key}.position": nonsense})
        assert "numbered from 1 to 999" in words, nonsense
    assert drafting.draft_of(release).version == 1
