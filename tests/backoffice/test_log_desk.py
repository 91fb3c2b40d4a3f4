"""An operator finds what the log only committed to, and forgets it; she sees whether it begins as it was signed."""

import pytest
from django.test import Client

from obbligato.transparency import verifying
from obbligato.transparency.models import Sealed
from tests import makers
from tests.transparency.making import a_log, altered

pytestmark = pytest.mark.django_db
DESK = "/desk/transparency"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(makers.dana())
    return client


def test_a_value_is_found_and_forgotten_once(staff: Client) -> None:
    a_log(4)
    sealed = Sealed.objects.get(value="carol 3")
    assert "carol 3" in staff.get(f"{DESK}/sealed/?q=claim:C-1").content.decode()
    assert sealed.salt not in staff.get(f"{DESK}/sealed/{sealed.pk}/change/").content.decode()
    page = staff.get(f"{DESK}/sealed/{sealed.pk}/forget/")
    assert "Nobody can bring it back" in page.content.decode()
    form = {"key": page.context["form"]["key"].value()}
    first = staff.post(f"{DESK}/sealed/{sealed.pk}/forget/", form, follow=True).content.decode()
    assert "It is forgotten, in 1 places." in first
    second = staff.post(f"{DESK}/sealed/{sealed.pk}/forget/", form, follow=True).content.decode()
    assert "It is forgotten already." in second
    assert [one.value for one in Sealed.objects.all()] == ["carol 0"]
    assert verifying.verify().is_clean


def test_a_checkpoint_that_the_log_does_not_begin_with_is_told(staff: Client) -> None:
    a_log(2, 4)
    assert "two histories" not in staff.get(f"{DESK}/checkpoint/").content.decode()
    altered("UPDATE transparency_entry SET leaf_hash = %s WHERE kind = 'decision.made'", bytes(32))
    assert "there are two histories" in staff.get(f"{DESK}/checkpoint/4/change/").content.decode()
