"""The desk's page of an upload: files with and without a script, what is wrong with each, taking in, discarding."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.catalog.models import Release
from obbligato.catalog.uploads import adding, handing_over, receiving
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.people.models import Person
from obbligato.sales.examining_uploads import an_examiner, examine_next
from obbligato.sales.taking_in_uploads import take_in_next
from tests import makers
from tests.backoffice.test_tus import seller
from tests.catalog.makers import put_album, sound
from tests.catalog.uploads.makers import an_upload, send, send_folder
from tests.makers import signed_in

pytestmark = pytest.mark.django_db
HOME = "/desk/uploads/upload/"


@pytest.fixture
def bob() -> Client:
    return signed_in(seller())


def of_bob() -> Upload:
    return an_upload(Person.objects.get(username="bob"))


def page(client: Client, upload: Upload, part: str = "change") -> str:
    answer = client.get(f"{HOME}{upload.pk}/{part}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_found_from_the_desk_and_from_the_releases(bob: Client) -> None:
    assert f'href="{HOME}add/"' in bob.get(HOME).content.decode()
    assert bob.get(HOME + "add/").status_code == 200
    assert not Upload.objects.exists()
    dana = signed_in(makers.dana())
    assert "/desk/catalog/release/upload" in dana.get("/desk/catalog/release/").content.decode()
    assert dana.get("/desk/catalog/release/upload/").headers["Location"] == HOME + "add/"
    assert "Uploads" in dana.get("/desk/").content.decode()


def test_without_a_script_a_form_brings_files(bob: Client) -> None:
    files = [SimpleUploadedFile(name, content) for name, content in (("01.flac", sound(1, 0.5)), ("a.txt", b"x"))]
    shown = bob.post(HOME + "add/", {"files": files}, follow=True).content.decode()
    assert "01.flac" in shown
    assert "“a.txt” is left out" in shown
    upload = Upload.objects.get()
    more = bob.post(f"{HOME}{upload.pk}/change/", {"files": [SimpleUploadedFile("02.flac", b"")]}, follow=True)
    assert "02.flac" in more.content.decode()
    assert "No file was chosen." in bob.post(f"{HOME}{upload.pk}/change/", {}, follow=True).content.decode()
    file = upload.files.get(path="02.flac")
    assert bob.get(f"{HOME}files/{file.pk}/remove/").status_code == 302
    assert "“02.flac” was removed." in bob.post(f"{HOME}files/{file.pk}/remove/", follow=True).content.decode()
    assert [one.path for one in upload.files.all()] == ["01.flac"]


def test_a_script_begins_a_batch_and_hears_its_addresses(bob: Client) -> None:
    made = bob.post(HOME + "add/", headers={"Accept": "application/json"}).json()
    upload = Upload.objects.get()
    assert made["page"] == f"{HOME}{upload.pk}/change/"
    assert bob.get(made["listing"]).status_code == 200
    assert bob.get(made["known"]).json()["files"] == []


def test_each_file_says_how_it_stands(bob: Client) -> None:
    upload = of_bob()
    send(upload, "01.flac", sound(1, 0.5))
    send(upload, "02.flac", b"damaged")
    send(upload, "03.flac", sound(3, 0.5))
    adding.add(upload, "04.flac", size_bytes=2_000_000)
    file = adding.add(upload, "05.flac", size_bytes=2_000_000)
    receiving.receive(file, [b"x" * 1_000_000])
    words = page(bob, upload, "listing")
    assert "Is examined next." in words
    assert "Waits for 1 other to be examined." in words
    assert "Waits for 2 others to be examined." in words
    assert "Not here whole: 0.00 MB of 2.00 MB." in words
    assert "Is being sent: 1.00 MB of 2.00 MB." in words
    assert 'data-moving="yes"' in words
    assert "Take in …" not in words
    with an_examiner() as examiner:
        assert examine_next(examiner)
        assert examine_next(examiner)
    UploadedFile.objects.filter(path="03.flac").update(state="examining")
    words = page(bob, upload)
    assert "Examined." in words
    assert "0:00, 44.1 kHz, 16 bit," in words
    assert "<strong>Refused</strong>" in words
    assert "Is being examined." in words


def test_a_file_can_be_looked_at_before_it_is_taken_in(bob: Client) -> None:
    upload = of_bob()
    send(upload, "01.flac", sound(1, 0.5))
    send(upload, "cover.jpg", b"no picture")
    file = upload.files.get(path="01.flac")
    address = f"{HOME}files/{file.pk}/spectrogram.png"
    assert address not in page(bob, upload)
    assert bob.get(address).status_code == 409
    with an_examiner() as examiner:
        while examine_next(examiner):
            pass
    assert page(bob, upload).count("spectrogram.png") == 1
    assert "<strong>Warning</strong> No licence basis is named" in page(bob, upload)
    assert address in page(bob, upload)
    picture = bob.get(address)
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert signed_in(makers.alice()).get(address).status_code != 200


def test_take_in_asks_first_and_then_shows_what_came_of_it(bob: Client, tmp_path: Path) -> None:
    upload = of_bob()
    send_folder(upload, put_album(tmp_path / "Album"))
    send_folder(upload, put_album(tmp_path / "Other", title="Others", tone=4, tracks=1))
    send(upload, "Other/02.flac", b"damaged")
    assert "Take in …" in page(bob, upload)
    asking = f"{HOME}{upload.pk}/take-in/"
    assert "obbligato import" in bob.get(asking).content.decode()
    assert Upload.objects.get().state == Upload.State.OPEN
    bob.post(asking, {"key": "k"})
    assert "Is taken in next." in page(bob, upload, "listing")
    Upload.objects.update(state=Upload.State.TAKING)
    assert "its files are looked through" in page(bob, upload, "listing")
    Upload.objects.update(done_files=1, all_files=4)
    assert "1 of 4 recordings are done" in page(bob, upload, "listing")
    assert "taken in already, or just now" in bob.post(asking, {"key": "l"}, follow=True).content.decode()
    assert take_in_next()
    words = page(bob, upload)
    for release in Release.objects.all():
        assert f"/desk/catalog/release/{release.pk}/change/" in words
        assert f"/desk/catalog/release/{release.pk}/doctor/" in words
    assert "Taken in." in words
    assert "Other/02.flac" in words
    assert "Taken in; the file stays" in words
    assert "<strong>Draft</strong>" in words
    assert "Take in …" in words  # The corrected file may come.


def test_others_wait_their_turn(bob: Client) -> None:
    first, second = of_bob(), of_bob()
    for upload in (first, second):
        send(upload, "01.flac", sound(1, 0.5))
        handing_over.hand_over(upload, by="bob")
    assert "Waits for 1 other upload to be taken in." in page(bob, second, "listing")


def test_discarding_asks_first(bob: Client) -> None:
    upload = of_bob()
    file = send(upload, "01.flac")
    assert bob.get(f"{HOME}{upload.pk}/discard/").status_code == 200
    assert file.file.exists()
    assert "was discarded" in bob.post(f"{HOME}{upload.pk}/discard/", {"key": "k"}, follow=True).content.decode()
    assert not Upload.objects.exists()


def test_nobody_sees_a_batch_of_somebody_else(bob: Client) -> None:
    upload = of_bob()
    send(upload, "secret.flac")
    erin = signed_in(seller("erin"))
    for part in ("change", "listing", "take-in", "discard"):
        assert erin.get(f"{HOME}{upload.pk}/{part}/").status_code == 404
        assert erin.post(f"{HOME}{upload.pk}/{part}/", {"key": "k"}).status_code == 404
    assert "bob" not in erin.get(HOME).content.decode()
    assert erin.post(f"{HOME}files/{upload.files.get().pk}/remove/").status_code == 404
    assert "bob" in bob.get(HOME).content.decode()


def test_ten_thousand_files_make_no_page_of_ten_thousand_rows(bob: Client) -> None:
    upload = of_bob()
    UploadedFile.objects.bulk_create(
        UploadedFile(upload=upload, path=f"{n:05}.flac", path_folded=f"{n:05}.flac", size_bytes=1, state="waiting")
        for n in range(10_000)
    )
    words = page(bob, upload, "listing")
    assert words.count("<li") == 200
    assert "9800 more files are not shown" in words
    assert "Waits to be examined: 10,000 (0.01 MB)" in words
    assert len(bob.get(f"{HOME}{upload.pk}/known/").json()["files"]) == 10_000
