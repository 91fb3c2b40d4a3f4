"""Files are sent by the letter of the tus protocol 1.0.0, by who may, and by nobody else."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client

from obbligato.catalog.uploads import adding, receiving
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.kernel import clock
from obbligato.people.models import Person
from tests import makers
from tests.catalog.uploads.makers import an_upload, send
from tests.catalog.uploads.test_receiving import full_disk
from tests.makers import signed_in

pytestmark = pytest.mark.django_db
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


def seller(name: str = "bob") -> Person:
    """Somebody of the desk who may add releases, and nothing else."""
    person = Person.objects.create_user(name, f"{name}@example.org", "a long password", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="add_release"))
    return person


@pytest.fixture
def bob() -> Client:
    return signed_in(seller())


@pytest.fixture
def upload(bob: Client) -> Upload:
    return an_upload(Person.objects.get(username="bob"))


def words(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def create(client: Client, upload: Upload, name: str = "01.flac", size: object = 6, **headers: str) -> HttpResponse:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": words(filename=name), **headers}
    return client.post(f"/desk/uploads/upload/{upload.pk}/files/", headers=headers)  # type: ignore[return-value]


def patch(client: Client, address: str, data: bytes, offset: object, **headers: str) -> Any:
    headers = {**TUS, "Upload-Offset": str(offset), **headers}
    kind = headers.pop("Content-Type", BYTES)
    return client.generic("PATCH", address, data, content_type=kind, headers=headers)


def test_a_file_is_made_sent_in_two_pieces_and_known_in_between(bob: Client, upload: Upload) -> None:
    made = create(
        bob, upload, **{"Upload-Metadata": words(filename="x", relativePath="Album/01.flac", lastModified="7")}
    )
    assert (made.status_code, made.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert "GMT" in made.headers["Upload-Expires"]
    address = made.headers["Location"]
    first = patch(bob, address, b"abc", 0)
    assert (first.status_code, first.headers["Upload-Offset"], first.content) == (204, "3", b"")
    asked = bob.head(address, headers=TUS)
    assert asked.status_code == 200
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("3", "6")
    assert asked.headers["Cache-Control"] == "no-store"
    assert asked.headers["Upload-Metadata"] == words(filename="x", relativePath="Album/01.flac", lastModified="7")
    assert patch(bob, address, b"def", 3).headers["Upload-Offset"] == "6"
    file = UploadedFile.objects.get()
    assert (file.path, file.modified_ms, file.state) == ("Album/01.flac", 7, "waiting")
    assert file.file.read_bytes() == b"abcdef"
    known = bob.get(f"/desk/uploads/upload/{upload.pk}/known/").json()
    assert known["files"] == [
        {"path": "Album/01.flac", "size": 6, "modified": 7, "address": address, "state": "waiting"}
    ]


def test_the_store_says_what_it_can(upload: Upload) -> None:
    answer = Client().options(f"/desk/uploads/upload/{upload.pk}/files/")
    assert (answer.status_code, answer.headers["Tus-Version"]) == (204, "1.0.0")
    assert answer.headers["Tus-Extension"] == "creation,termination,expiration"
    assert answer.headers["Tus-Max-Size"] == str(adding.LARGEST_FILE_BYTES)


def test_another_version_is_refused_with_the_right_one(bob: Client, upload: Upload) -> None:
    answer = create(bob, upload, **{"Tus-Resumable": "0.2.2"})
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Upload-Length": "many"}, 400, "Upload-Length"),
        ({"Upload-Length": "-1"}, 400, "Upload-Length"),
        ({"Upload-Length": "²"}, 400, "Upload-Length"),
        ({"Upload-Length": str(adding.LARGEST_FILE_BYTES + 1)}, 413, "8 GB"),
        ({"Upload-Defer-Length": "1"}, 400, "must be known"),
        ({"Upload-Metadata": "filename !"}, 400, "base64"),
        ({"Upload-Metadata": "filename /w=="}, 400, "UTF-8"),
        ({"Upload-Metadata": words(filename="a.flac") + "," + words(filename="b.flac")}, 400, "twice"),
        ({"Upload-Metadata": "x" * 4001}, 400, "longer"),
        ({"Upload-Metadata": words(filename="../a.flac")}, 422, "leads out"),
        ({"Upload-Metadata": words(filename="a\0.flac")}, 422, "cannot be seen"),
        ({"Upload-Metadata": words(filename="notes.txt")}, 422, "left out"),
        ({"Upload-Metadata": ""}, 422, "no name"),
    ],
)
def test_an_announcement_that_makes_no_sense(
    bob: Client, upload: Upload, headers: dict[str, str], status: int, said: str
) -> None:
    answer = create(bob, upload, **headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert said in answer.content.decode()
    assert not UploadedFile.objects.exists()


def test_programs_that_know_no_folder_are_understood(bob: Client, upload: Upload) -> None:
    assert create(bob, upload, **{"Upload-Metadata": words(relativePath="null", name="01.flac")}).status_code == 201
    assert create(bob, upload, **{"Upload-Metadata": words(name="02.flac") + ",is_it"}).status_code == 201
    assert create(bob, upload, "03.flac", 0).status_code == 201
    assert UploadedFile.objects.get(path="03.flac").state == "waiting"


@pytest.mark.parametrize(
    ("data", "offset", "headers", "status"),
    [
        (b"abc", 1, {}, 409),
        (b"abc", "x", {}, 400),
        (b"abcdefg", 0, {}, 413),
        (b"a", 7, {}, 413),
        (b"abc", 0, {"Content-Type": "application/octet-stream"}, 415),
        (b"abc", 0, {"Tus-Resumable": "2.0.0"}, 412),
    ],
)
def test_bytes_that_cannot_be_put_there_change_nothing(
    bob: Client, upload: Upload, data: bytes, offset: object, headers: dict[str, str], status: int
) -> None:
    address = create(bob, upload).headers["Location"]
    assert patch(bob, address, data, offset, **headers).status_code == status
    assert bob.head(address, headers=TUS).headers["Upload-Offset"] == "0"


def test_a_second_tab_is_told_to_wait(bob: Client, upload: Upload) -> None:
    address = create(bob, upload).headers["Location"]
    assert create(bob, upload).status_code == 409
    reception = receiving.Reception(UploadedFile.objects.get(), offset_bytes=0)
    assert patch(bob, address, b"abc", 0).status_code == 423
    reception.write(b"ab")
    reception.close()
    assert patch(bob, address, b"abc", 0).status_code == 409
    assert patch(bob, address, b"cdef", 2).headers["Upload-Offset"] == "6"


def test_a_full_disk_leaves_the_rest_to_be_gone_on_with(
    bob: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = create(bob, upload).headers["Location"]
    with monkeypatch.context() as patched:
        full_disk(patched)
        answer = patch(bob, address, b"abc", 0)
        assert (answer.status_code, b"disk" in answer.content) == (507, True)
        assert create(bob, upload, "02.flac").status_code == 507
    assert patch(bob, address, b"abcdef", 0).headers["Upload-Offset"] == "6"


def test_a_file_is_removed(bob: Client, upload: Upload) -> None:
    address = create(bob, upload).headers["Location"]
    assert bob.delete(address, headers=TUS).status_code == 204
    for method in (bob.head, bob.delete):
        assert method(address, headers=TUS).status_code == 404  # type: ignore[operator]
    assert patch(bob, address, b"abc", 0).status_code == 404


def test_post_may_mean_another_method_and_get_may_not(bob: Client, upload: Upload) -> None:
    address = create(bob, upload).headers["Location"]
    override = {**TUS, "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    answer = bob.post(address, b"abcdef", content_type=BYTES, headers=override)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "6")
    assert bob.get(address, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 405
    assert bob.get(f"/desk/uploads/upload/{upload.pk}/files/", headers=TUS).status_code == 405


def test_a_piece_longer_than_one_reading_comes_whole(bob: Client, upload: Upload) -> None:
    data = bytes(range(256)) * 8_000
    address = create(bob, upload, size=len(data)).headers["Location"]
    assert patch(bob, address, data, 0).headers["Upload-Offset"] == str(len(data))
    assert UploadedFile.objects.get().file.read_bytes() == data


def test_an_honest_length_is_not_needed_to_refuse_more(bob: Client, upload: Upload) -> None:
    address = create(bob, upload).headers["Location"]
    answer = patch(bob, address, b"abcdefghi", 0, **{"Content-Length": "3"})
    assert answer.status_code in {204, 413}
    assert int(bob.head(address, headers=TUS).headers["Upload-Offset"]) <= 6


def ways(upload: Upload, address: str) -> list[Callable[[Client], Any]]:
    return [
        lambda client: create(client, upload, "02.flac"),
        lambda client: client.head(address, headers=TUS),
        lambda client: patch(client, address, b"abc", 0),
        lambda client: client.delete(address, headers=TUS),
        lambda client: client.get(f"/desk/uploads/upload/{upload.pk}/known/"),
    ]


def test_strangers_buyers_and_other_people_of_the_desk_have_no_part_in_it(bob: Client, upload: Upload) -> None:
    address = create(bob, upload).headers["Location"]
    without = Person.objects.create_user("carol", "carol@example.org", "a long password", is_staff=True)
    for client, status in (
        (Client(), 401),
        (signed_in(makers.alice()), 403),
        (signed_in(without), 403),
        (signed_in(seller("erin")), 404),
    ):
        for way in ways(upload, address):
            answer = way(client)
            assert answer.status_code == status, answer
    assert create(signed_in(makers.dana()), upload, "03.flac").status_code == 201
    assert UploadedFile.objects.count() == 2


def test_a_session_that_ended_is_heard_and_what_came_is_kept(bob: Client, upload: Upload) -> None:
    address = create(bob, upload).headers["Location"]
    patch(bob, address, b"abc", 0)
    bob.logout()
    assert patch(bob, address, b"def", 3).status_code == 401
    bob.force_login(upload.person)
    assert bob.head(address, headers=TUS).headers["Upload-Offset"] == "3"


def test_without_its_token_nothing_is_changed(upload: Upload) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(upload.person)
    assert create(client, upload).status_code == 403
    address = create(signed_in(upload.person), upload).headers["Location"]
    assert patch(client, address, b"abc", 0).status_code == 403
    assert client.delete(address, headers=TUS).status_code == 403
    client.get("/desk/uploads/upload/add/")
    token = client.cookies["csrftoken"].value
    assert patch(client, address, b"abc", 0, **{"X-CSRFToken": token}).status_code == 204


def test_what_expired_is_gone(bob: Client, upload: Upload) -> None:
    from obbligato.catalog.uploads import removing

    with clock.stopped(clock.now()):
        address = create(bob, upload).headers["Location"]
        clock.advance(timedelta(days=8))
        removing.sweep()
    assert bob.head(address, headers=TUS).status_code == 404


def test_a_batch_that_is_taken_in_takes_no_more(bob: Client, upload: Upload) -> None:
    file = send(upload, "01.flac")
    Upload.objects.update(state=Upload.State.TAKING)
    assert create(bob, upload, "02.flac").status_code == 409
    assert bob.delete(f"/desk/uploads/upload/files/{file.pk}/", headers=TUS).status_code == 409
