"""What an operator sees first."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from obbligato.claims.awards.models import Award
from obbligato.claims.models import Claim
from obbligato.claims.orders.models import Paper
from obbligato.kernel import clock
from obbligato.ledger.models import Account
from obbligato.payments import top_ups
from obbligato.payments.bank.models import BankEntry, OutgoingTransfer
from obbligato.payments.models import Alert, Attempt
from obbligato.rights.models import Licence
from obbligato.sales.documents.models import LocationDoubt
from obbligato.sales.models import Tariff
from obbligato.standing.models import Incident
from tests import makers
from tests.backoffice.goods import a_busy_store
from tests.standing.makers import a_ruling, an_incident, before_a_court, rails

pytestmark = pytest.mark.django_db


def test_sales_books_and_disk_are_told() -> None:
    page = _page_of_dana()
    assert "€0.30" in page
    assert "1 order;" in page
    assert "transfers add up" in page
    assert "GB free" in page
    assert "Nothing is under way." in page
    assert "1 of 1 usable" in page
    assert "Without processor:sandbox nothing would carry EUR." in page
    assert "Refunds, credits, vouchers, alerts and bank transfers that wait for a person: 3." in page
    assert "Refunds of orders and location doubts that wait for a person: 1." in page
    assert "Claims of rights-holders that a person has to decide" in page
    assert "To be verified by a second person; the oldest was served on 2 November." in page
    assert page.count("Please look:") == 5


def test_when_everything_was_seen_to_nobody_is_called() -> None:
    dana = a_busy_store()
    Alert.objects.update(seen_at=clock.now())
    BankEntry.objects.update(state="other")
    OutgoingTransfer.objects.update(state="done")
    LocationDoubt.objects.update(seen_at=clock.now())
    Claim.objects.update(state="retracted")
    Paper.objects.update(rejected_at=clock.now())
    Award.objects.update(state="rejected", decided_at=clock.now())
    Incident.objects.update(state="settled")
    assert "Please look:" not in _page(dana)


def test_incidents_papers_and_terms_of_claims_call_for_a_person_before_they_are_over() -> None:
    dana, now = a_busy_store(), clock.now()
    Claim.objects.update(state="hearing", deadline=now + timedelta(days=4))
    Paper.objects.update(rejected_at=now)
    Incident.objects.update(state="settled")
    Award.objects.update(state="rejected", decided_at=now)
    page = _page(dana)
    for words in ("No claim waits for a decision.", "No paper of a court", "No incident at a payment company is open."):
        assert words in page
    Claim.objects.update(deadline=now + timedelta(days=2))
    Award.objects.create(claim=Claim.objects.first(), winner="Carol", ground="order O-1", reason="x", asked_by="dana")
    with rails():
        an_incident()
        a_ruling(before_a_court())
    page = _page(dana)
    for words in (
        f"Claims whose term ends within 3 days: {Claim.objects.count()}.",
        "Awards of shares that wait for a second person: 1.",
        "Open incidents at payment companies. To be confirmed or dismissed: 1.",
        "Words about rulings to be checked by a second person: 1.",
    ):
        assert words in page


def test_books_that_are_not_true_call_for_a_person() -> None:
    dana = a_busy_store()
    Account.objects.filter(kind=Account.Kind.WALLET).update(balance_micro=1)
    page = _page(dana)
    assert "Out of balance" in page
    assert "Please look:" in page


def test_an_open_payment_is_counted_and_a_mismatch_calls_for_a_person() -> None:
    dana = a_busy_store()
    top_ups.start(
        makers.bob(),
        provider="sandbox",
        amount_micro=5_000_000,
        currency="EUR",
        key="b",
        return_url="http://testserver/",
    )
    assert "The oldest is from" in _page(dana)
    Attempt.objects.filter(person__username="bob").update(state=Attempt.State.MISMATCH)
    assert "a person must decide" in _page(dana)


def test_drafts_are_listed_with_the_reason_they_cannot_be_bought() -> None:
    makers.a_release("Without A Basis", upc="", tracks=1, seconds=1.5, has_licence=False)
    unpriced = makers.a_release("Without A Price", upc="", tracks=1)
    Tariff.objects.filter(release=unpriced).delete()
    page = _page_of_dana()
    assert "Without A Basis" in page
    assert "No licence basis is recorded for this recording." in page
    assert "The label has not named a price yet." in page
    assert "Three Small Pieces ·" not in page


def test_an_ended_licence_makes_a_release_a_draft() -> None:
    dana = a_busy_store()
    Licence.objects.update(valid_until="2024-01-01", valid_from="2023-01-01")
    assert "Its licence ended on 1 January 2024." in _page(dana)


def test_an_empty_store_has_a_first_page_too() -> None:
    assert "€0.00" in _page(makers.dana())


def _page_of_dana() -> str:
    return _page(a_busy_store())


def _page(person: object) -> str:
    cache.clear()  # The books' state is kept for some minutes.
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == 200
    return answer.content.decode()
