"""A difference is explained by a person, with a why, on a page that asks first."""

import pytest
from django.test import Client

from obbligato.ledger.models import Transfer
from obbligato.payments.reconciliation.models import Difference
from tests.backoffice.goods import a_busy_store

pytestmark = pytest.mark.django_db
DESK = "/desk/reconciliation/difference/"


def test_a_difference_is_shown_with_its_age_and_explained_once() -> None:
    client = Client()
    dana = a_busy_store()
    client.force_login(dana)
    one = Difference.objects.create(provider="cards", currency="EUR", theirs_micro=49_000_000, ours_micro=50_000_000)
    listed = client.get(DESK).content.decode()
    assert "€49.00" in listed
    assert "-€1.00" in listed
    page = client.get(f"{DESK}{one.pk}/change/")
    assert "age, in days" in page.content.decode().lower()
    ask = f"{DESK}{one.pk}/explain/"
    key = client.get(ask).context["form"]["key"].value()
    one.refresh_from_db()
    assert one.state == "open"
    said = client.post(ask, {"key": key, "reason": "Fees"}, follow=True).content.decode()
    assert "not shown again" in said
    assert "is explained, and in words" in client.post(ask, {"key": key, "reason": "x"}, follow=True).content.decode()
    one.refresh_from_db()
    assert (one.state, one.closed_by, one.reason) == ("explained", dana.get_username(), "Fees")


def test_a_difference_is_booked_as_what_a_person_says_it_is() -> None:
    client = Client()
    client.force_login(a_busy_store())
    one = Difference.objects.create(provider="cards", currency="EUR", theirs_micro=49_000_000, ours_micro=50_000_000)
    ask = f"{DESK}{one.pk}/book/"
    key = client.get(ask).context["form"]["key"].value()
    said = client.post(ask, {"key": key, "reason": "November", "booking": "fees"}, follow=True).content.decode()
    assert "the books now say what the company says" in said
    one.refresh_from_db()
    assert one.state == "booked"
    moved = Transfer.objects.get(kind="rail_fees")
    assert (moved.source.name, moved.target.name, moved.amount_micro) == ("fees", "clearing:cards", 1_000_000)
