"""Covers, booklets and long lists of tracks on the pages of a draft: what is too large or no number is told."""

import hashlib

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.catalog.models import Edition, Release
from obbligato.catalog.uploads.models import FOLDER, Upload
from obbligato.kernel.folders import data_folder
from obbligato.people.models import Person
from obbligato.sales.editing import drafting
from tests import makers
from tests.backoffice.draft_pages import a_cover, at, page, send
from tests.backoffice.test_tus import create, patch
from tests.sales.editing.makers import a_draft
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def staff() -> Client:
    return makers.signed_in(makers.dana())


def begun(client: Client, release: Release) -> Upload:
    """A batch for one file of a draft, begun as its page does."""
    return Upload.objects.get(pk=client.post(at(release, "files")).json()["batch"])


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


def test_a_file_is_sent_as_uploads_are_and_taken_in_with_the_form(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    data = a_cover("blue")
    upload, sent = begun(staff, release), {"cover": "", "booklet": ""}
    address = create(staff, upload, "c.png", len(data)).headers["Location"]
    assert patch(staff, address, data[:10], 0).status_code == 204
    words = send(staff, release, "release", {"sent_cover": upload.pk, **sent})
    assert "The file is not here whole. Please choose it again." in words
    assert patch(staff, address, data[10:], 10).status_code == 204
    words = send(staff, release, "release", {"sent_cover": upload.pk, **sent})
    kept = hashlib.sha256(data).hexdigest()
    assert f"/delivery/covers/{kept}-thumb.jpg" in words
    assert drafting.draft_of(release).content.cover == kept
    assert not Upload.objects.exists()
    assert upload.key not in {one.name for one in data_folder(FOLDER).iterdir()}


def test_what_is_sent_and_cannot_be_kept_is_told_and_removed(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    before = a_draft(release).content.cover
    upload = begun(staff, release)
    patch(staff, create(staff, upload, "c.png", 2).headers["Location"], b"no", 0)
    words = send(staff, release, "release", {"sent_cover": upload.pk})
    assert "The cover is broken, or not JPEG, PNG, WebP or GIF." in words
    assert "There is no such upload." in send(staff, release, "release", {"sent_booklet": upload.pk})
    words = send(staff, release, "release", {"booklet": SimpleUploadedFile("song.mp3", b"no")})
    assert "“song.mp3” is a compressed copy." in words
    assert not Upload.objects.exists()
    assert drafting.draft_of(release).content.cover == before
    assert staff.get(at(release, "files")).status_code == 405


def test_who_only_edits_releases_sends_a_cover_and_brings_in_nothing(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    editor = Person.objects.create_user("bob", "bob@example.org", "a long password", is_staff=True)
    editor.user_permissions.add(Permission.objects.get(codename="change_release"))
    bob = makers.signed_in(editor)
    upload = begun(bob, release)
    assert create(bob, upload, "c.png", 2).status_code == 201
    assert bob.get(f"/desk/uploads/upload/{upload.pk}/known/").json()["files"][0]["path"] == "c.png"
    assert bob.post("/desk/uploads/upload/add/").status_code == 403
    assert bob.get(f"/desk/uploads/upload/{upload.pk}/take-in/").status_code == 403
    assert Upload.objects.get().person == editor


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
