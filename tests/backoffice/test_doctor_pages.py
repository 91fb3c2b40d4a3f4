"""The desk shows what the doctor found about a release and a master, and always says why something is missing."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from obbligato.catalog.models import HEARD, Master, Release
from obbligato.people.models import Person
from tests import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return makers.signed_in(makers.dana())


def page(client: Client, address: str) -> str:
    answer = client.get(f"/desk/catalog/{address}")
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_release_is_shown_with_its_tracks(staff: Client) -> None:
    release = makers.a_release(has_licence=False)
    words = page(staff, f"release/{release.pk}/doctor/")
    assert "3 of 3 recordings are not for sale: No licence basis is recorded for this recording." in words
    assert "None of its tracks has an ISRC." in words
    assert words.count("/doctor/") >= 3
    assert "Doctor" in page(staff, f"release/{release.pk}/change/")


def test_a_release_without_an_edition_says_so(staff: Client) -> None:
    release = makers.a_release()
    Release.objects.filter(pk=release.pk).update(edition=None)
    assert "no published edition" in page(staff, f"release/{release.pk}/doctor/")


def test_a_master_is_shown_with_its_spectrogram(staff: Client) -> None:
    makers.a_release(tracks=1)
    master = Master.objects.get()
    assert staff.get(f"/desk/catalog/master/{master.pk}/spectrogram.png").status_code == 404
    words = page(staff, f"master/{master.pk}/doctor/")
    address = f"/desk/catalog/master/{master.pk}/spectrogram.png"
    assert f'src="{address}"' in words
    assert "Loudness" in words
    picture = staff.get(address)
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert staff.get("/desk/catalog/master/99999/spectrogram.png").status_code == 404


def test_without_its_file_a_master_has_a_reason_instead_of_a_picture(staff: Client) -> None:
    makers.a_release(tracks=1)
    master = Master.objects.get()
    master.sha256 = "0" * 64
    master.save()
    words = page(staff, f"master/{master.pk}/doctor/")
    assert "There is no picture. The master&#x27;s file is not in the data folder." in words
    assert "<img src" not in words


def test_a_master_from_before_is_examined_when_somebody_asks(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    master = Master.objects.get()
    heard = master.facts_json.pop(HEARD)
    master.save()
    assert "did not listen for this. Its page examines it." in page(staff, f"release/{release.pk}/doctor/")
    assert "did not listen for this." in page(staff, f"master/{master.pk}/doctor/")
    asking = f"/desk/catalog/master/{master.pk}/examine/"
    staff.get(asking)
    assert HEARD not in Master.objects.get().facts_json
    words = staff.post(asking, {"key": "k"}, follow=True).content.decode()
    assert f"{master.original_name} was examined." in words
    assert Master.objects.get().facts_json[HEARD] == heard


def test_who_may_not_see_masters_sees_no_picture() -> None:
    makers.a_release(tracks=1)
    master = Master.objects.get()
    person = Person.objects.create_user("erin", password="a long password", is_staff=True)
    client = Client()
    client.force_login(person)
    for address in ("spectrogram.png", "doctor/", "examine/"):
        assert client.get(f"/desk/catalog/master/{master.pk}/{address}").status_code == 403, address
    person.user_permissions.add(Permission.objects.get(codename="view_master"))
    assert client.get(f"/desk/catalog/master/{master.pk}/doctor/").status_code == 200
    assert client.get(f"/desk/catalog/master/{master.pk}/spectrogram.png").status_code == 200
    assert client.get(f"/desk/catalog/master/{master.pk}/examine/").status_code == 403
