"""Two card companies of one network walk out on a third party's word. The store sells on, asks, sues, and they return.

What the operator does is done at the desk; what the store does by itself, upkeep does.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from obbligato.payments import registry
from obbligato.payments.contract import Capabilities, Method
from obbligato.payments.models import Attempt, RailBlock
from obbligato.payments.providers.bank_transfer.provider import BankTransferProvider
from obbligato.people.models import Person
from obbligato.sales.models import Order
from obbligato.standing import holding
from obbligato.standing.models import Incident, RulingWord
from obbligato.standing.words import Standing, State
from obbligato.storefront.log_words import SENTENCES
from obbligato.transparency.models import Entry
from tests import makers
from tests.payments.bank.makers import IBAN, camt, paid, take
from tests.payments.fakes import Saying, captured
from tests.payments.vouchers.makers import a_batch
from tests.standing.makers import GONE
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import checkout_form, put_in_basket

pytestmark = pytest.mark.django_db
DESK = "/desk/standing/incident"
NEVER = ("declared lawful", "found lawful", "is lawful")


@pytest.fixture
def cards(settings: Any) -> Iterator[tuple[Saying, Saying]]:
    settings.SANDBOX, settings.BANK_IBAN, settings.BANK_NAME = False, IBAN, "Quiet Label"
    able = Capabilities(frozenset({Method.CARD}), domains=("network:one",))
    north, south = Saying("north", GONE, able), Saying("south", GONE, able)
    with clock.stopped(clock.now()), registry.instead(north, south, BankTransferProvider()):
        yield north, south


def desk(name: str) -> Client:
    client = Client()
    client.force_login(
        Person.objects.create_user(name, f"{name}@example.org", "a long password", is_staff=True, is_superuser=True)
    )
    return client


def act(client: Client, address: str, **values: Any) -> str:
    page = client.get(f"{DESK}/{address}/")
    assert page.status_code == 200, (address, page.headers)
    key = page.context["form"]["key"].value()
    answer = client.post(f"{DESK}/{address}/", {"key": key, **values}, follow=True)
    assert "form" not in answer.context or not answer.context["form"].errors, answer.context["form"].errors
    return answer.content.decode()


def day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def an_order(name: str) -> tuple[Client, Order]:
    client, person = Client(), Person.objects.create_user(name, f"{name}@example.org", "a long password", country="FR")
    client.force_login(person)
    put_in_basket(client, a_silent_release().slug)
    client.post("/orders", checkout_form(client, method="card"))
    return client, Order.objects.get(person=person)


def sells_on() -> None:
    """By transfer, by voucher and by what is in a wallet, with no card company left."""
    by_bank, order = an_order("alice")
    assert order.paid_at is None
    upkeep.round_of_upkeep()
    by_bank.post(f"{order.get_absolute_url()}/payment", {"key": "k", "method": "bank_transfer"})
    attempt = Attempt.objects.get(provider="bank_transfer")
    take(camt([paid(attempt, on=clock.today())], on=clock.today()))
    by_voucher, other = an_order("bob")
    form = {"code": a_batch().codes[0], "key": "v", "next": other.get_absolute_url()}
    by_voucher.post("/redeem/redemptions", form)
    person = Person.objects.create_user("carol", "carol@example.org", "a long password", country="FR")
    makers.fill_wallet(person, "10")
    client = Client()
    client.force_login(person)
    put_in_basket(client, a_silent_release().slug)
    client.post("/orders", checkout_form(client))
    upkeep.round_of_upkeep()
    assert list(Order.objects.filter(paid_at=None)) == []
    assert audit().is_clean


def letter() -> dict[str, Any]:
    return {
        "subject": "network:one", "kind": "network_listing", "basis": "allegation", "agreed_days": "60",
        "instructing_party": "A trade body", "received_on": day(0), "effective_on": day(0),
        "cited_text": "<script>alert(1)</script> Rule 5.12.7",
    }  # fmt: skip


def asks_and_sues(dana: Client, at: str) -> None:
    """From the confirmed incident to a ruling that is entered and means nothing yet."""
    act(dana, f"{at}/acts/add-actor", name="A trade body", role="third_party", names_as_decider="The network")
    act(dana, f"{at}/acts/name-items", items="Three Small Pieces\nTheir Song")
    to = {"to_name": "North Payments", "to_email": "legal@north.example", "answer_by": day(14)}
    assert "Please read it" in act(dana, f"{at}/acts/write-request", language="ru", **to)
    sent = Incident.objects.get(pk=at).letters.get()
    act(dana, f"{at}/acts/send-letter", letter=sent.pk, way="mail")
    assert len(mail.outbox) == 1
    assert "is not over" in act(dana, f"{at}/acts/basis-refused", reason="Silence.")
    clock.advance(timedelta(days=12))
    upkeep.round_of_upkeep()
    clock.advance(timedelta(days=3))
    upkeep.round_of_upkeep()
    reminders = mail.outbox[1:]
    assert all("Answer to the request" in one.body for one in reminders)
    assert Counter(address for one in reminders for address in one.to) == {"dana@example.org": 2, "erin@example.org": 2}
    page = dana.get(f"{DESK}/{at}/change/").content.decode()
    assert "5 questions are not answered" in page
    assert "Overdue:" in page
    act(dana, f"{at}/acts/basis-refused", reason="Silence.")
    act(dana, f"{at}/acts/contest", reason="An allegation is no basis.")
    act(dana, f"{at}/acts/sue", case_number="12 O 34/26", reason="Filed.")
    file = SimpleUploadedFile("ruling.svg", b"<svg onload='alert(1)'/>", content_type="image/svg+xml")
    act(dana, f"{at}/acts/add-document", file=file, kind="ruling", title="The ruling")
    document = Incident.objects.get(pk=at).documents.get(kind="ruling")
    act(
        dana, f"{at}/acts/record-ruling", court="District Court", case_number="12 O 34/26", decided_on=day(0),
        outcome="favourable", operative_part="The defendants shall perform the contract.", party="yes",
        addressees="North Payments Ltd = north\nSouth Acquiring Ltd = south", document=document.pk, obligations="",
    )  # fmt: skip


def check(erin: Client, at: str) -> str:
    word = RulingWord.objects.get(checked_at=None)
    return act(erin, f"{at}/acts/check-ruling", word=word.pk, believed="yes", remark="Asked at the registry.")


def test_the_founding_case(cards: tuple[Saying, Saying]) -> None:
    dana, erin = desk("dana"), desk("erin")
    sells_on()
    assert set(Incident.objects.values_list("subject", "state")) == {
        ("rail:north", State.DETECTED), ("rail:south", State.DETECTED),
    }  # fmt: skip
    act(dana, "enter-letter", **letter())
    incident = Incident.objects.get(subject="network:one")
    at = str(incident.pk)
    assert Incident.objects.filter(state=State.DISMISSED).count() == 2
    act(dana, f"{at}/acts/confirm", reason="They said so on the telephone.")
    asks_and_sues(dana, at)
    assert "somebody else" in check(dana, at)
    check(erin, at)
    assert holding.state_of("north") == Standing.SUSPENDED
    incident.refresh_from_db()
    assert incident.state == State.RULED
    found = incident.rulings.get()
    document = incident.documents.get(kind="ruling")
    act(dana, f"{at}/acts/say-of-ruling", ruling=found.pk, state="in_force", on=day(0), document=document.pk)
    assert holding.state_of("north") == Standing.SUSPENDED
    check(erin, at)
    to = {"to_name": "North Payments Ltd", "to_email": "", "answer_by": day(7), "language": "en"}
    act(dana, f"{at}/acts/write-demand", ruling=found.pk, **to)
    act(dana, f"{at}/acts/send-letter", letter=incident.letters.get(sent_at=None).pk, way="other")
    comes_back(dana, at, cards)
    page = dana.get(f"{DESK}/{at}/change/").content.decode()
    assert "<script>alert(1)" not in page
    assert not any(words in page for words in NEVER)
    upkeep.round_of_upkeep()
    told = Entry.objects.filter(subject=f"incident:{incident.number}").order_by("pk")
    kinds = list(told.values_list("kind", flat=True))
    assert kinds[0] == "incident.confirmed"
    assert kinds[-1] == "incident.closed_restored"
    assert set(kinds) <= set(SENTENCES)
    saved = dana.get(f"{DESK}/{at}/documents/{document.pk}/")
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"] == 'attachment; filename="ruling.svg"'
    assert saved.headers["X-Content-Type-Options"] == "nosniff"


def comes_back(dana: Client, at: str, cards: tuple[Saying, Saying]) -> None:
    for one in cards:
        one.fact = captured()
    act(dana, f"{at}/acts/begin", reason="They wrote that the accounts are open.")
    assert not RailBlock.objects.filter(lifted_at=None).exists()
    seen = []
    for _ in range(8):
        clock.advance(timedelta(days=1))
        upkeep.round_of_upkeep()
        seen.append(holding.present()["north"].share_per_mille)
    assert seen == [10, 100, 100, 1_000, 1_000, 1_000, 1_000, 1_000]
    assert holding.state_of("north") == Standing.ACTIVE
    assert Incident.objects.get(pk=at).state == State.CLOSED_RESTORED
