"""A case file is built from an incident's page, saved as a file, and built again to see that it is the same."""

import pytest
from django.test import Client

from obbligato.casefiles.models import CaseFile
from obbligato.people.models import Person
from tests import makers
from tests.standing.makers import confirmed, rails

pytestmark = pytest.mark.django_db
DESK = "/desk/casefiles/casefile"


def asked(client: Client, address: str, **values: str) -> str:
    """Ask for an act, send it, and give the words one comes back to."""
    key = client.get(address).context["form"]["key"].value()
    return client.post(address, {"key": key, **values}, follow=True).content.decode()


def test_it_is_built_listed_saved_and_compared() -> None:
    staff = Client()
    staff.force_login(makers.dana())
    with rails():
        incident = confirmed("rail:north")
        page = staff.get(f"/desk/standing/incident/{incident.pk}/change/").content.decode()
        assert f"{DESK}/build/{incident.pk}/" in page
        words = asked(staff, f"{DESK}/build/{incident.pk}/", profile="public")
    case = CaseFile.objects.get()
    assert (case.built_by, case.profile, case.sha256 in words) == ("dana", "public", True)
    assert f"{DESK}/{case.pk}/archive/" in words
    saved = staff.get(f"{DESK}/{case.pk}/archive/")
    assert b"".join(saved.streaming_content) == case.file.read_bytes()  # type: ignore[attr-defined]
    assert saved["Content-Disposition"] == f'attachment; filename="{case.number}-public.zip"'
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert saved["Cache-Control"].startswith("private, no-store")
    again = staff.get(f"{DESK}/{case.pk}/save/", follow=True)
    assert again["Content-Type"] == "application/zip"
    assert b"".join(again.streaming_content)  # type: ignore[attr-defined]
    assert "the same to the byte" in asked(staff, f"{DESK}/{case.pk}/again/")
    case.file.write_bytes(b"altered")
    assert "was altered" in staff.get(f"{DESK}/{case.pk}/archive/", follow=True).content.decode()
    for address in ("build/999999999/", "999999999/archive/"):
        assert staff.get(f"{DESK}/{address}").status_code == 404
    helper = Client()
    helper.force_login(Person.objects.create_user("hal", password="a long password", is_staff=True))
    for address in (f"build/{incident.pk}/", f"{case.pk}/archive/"):
        assert helper.get(f"{DESK}/{address}").status_code == 403
