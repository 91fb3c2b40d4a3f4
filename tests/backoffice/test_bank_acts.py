"""The bank account at the desk: a file is taken in, what nobody can name is decided, what is to be sent is listed."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.ledger.models import Transfer
from obbligato.payments.bank import own_account
from obbligato.payments.bank.models import BankEntry, OutgoingTransfer, OwnAccount, StatementFile
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.backoffice import acting
from tests.backoffice.goods import a_busy_store
from tests.makers import erin, signed_in
from tests.payments.bank.makers import IBAN, Line, begin, camt, paid

pytestmark = pytest.mark.django_db
DESK = "/desk/bank"


@pytest.fixture
def staff(settings: Any) -> Client:
    client = Client()
    client.force_login(a_busy_store())
    settings.BANK_IBAN, settings.BANK_NAME = IBAN, "Test Label"
    return client


def act(client: Client, address: str, **values: Any) -> str:
    return acting.act(client, f"{DESK}/{address}", **values)


def upload(client: Client, content: bytes) -> str:
    return act(client, "statementfile/import", file=SimpleUploadedFile("may.xml", content))


def an_entry() -> BankEntry:
    return BankEntry.objects.get(state="unidentified")


def test_a_statement_is_taken_in_by_a_form(staff: Client) -> None:
    person = Person.objects.get(username="alice")
    attempt, before = begin(person, key="bank"), wallets.balance(person, "EUR")
    content = camt([paid(attempt, on=Line("1").on.replace(day=9))])
    assert 'enctype="multipart/form-data"' in staff.get(f"{DESK}/statementfile/import/").content.decode()
    assert "may.xml: 1 in a wallet." in upload(staff, content)
    assert "nothing changed" in upload(staff, content)
    assert "a notification" in upload(staff, camt([Line("1.00")], kind="054"))
    assert "maps no heading" in act(
        staff, "statementfile/import", file=SimpleUploadedFile("a.csv", b"x"), headings="colour=Farbe"
    )
    assert staff.post(f"{DESK}/statementfile/import/", {"key": "k"}).status_code == 200
    assert wallets.balance(person, "EUR") == before + 10_000_000
    assert StatementFile.objects.get(name="may.xml").by == "dana"


def test_what_nobody_could_name_is_given_to_a_person(staff: Client) -> None:
    person = Person.objects.get(username="alice")
    before = wallets.balance(person, "EUR")
    entry = an_entry()
    assert "For the music" in staff.get(f"{DESK}/bankentry/{entry.pk}/person/").content.decode()
    assert "Nobody here is called" in act(staff, f"bankentry/{entry.pk}/person", person="nobody")
    assert "In a wallet." in act(staff, f"bankentry/{entry.pk}/person", person="alice@example.org")
    assert wallets.balance(person, "EUR") == before + 7_000_000
    assert "decided already" in act(staff, f"bankentry/{entry.pk}/back")


def test_or_to_a_payment_and_above_the_limit_by_two(staff: Client, settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 1_000_000
    attempt = begin(Person.objects.get(username="alice"), key="bank")
    entry = an_entry()
    assert "It takes two" in act(staff, f"bankentry/{entry.pk}/payment", number=attempt.number)
    assert "You proposed this" in act(staff, f"bankentry/{entry.pk}/payment", number=attempt.number)
    assert "In a wallet." in act(signed_in(erin()), f"bankentry/{entry.pk}/payment", number=attempt.number)


def test_or_is_a_payout_of_a_company(staff: Client) -> None:
    upload(staff, camt([Line("7.00", "PAYOUT 1")]))
    assert "Paid out by a payment company" in act(staff, f"bankentry/{an_entry().pk}/payout", rail="sandbox")


def test_or_sent_back_and_listed_for_the_bank_without_formulas(staff: Client) -> None:
    act(staff, f"bankentry/{an_entry().pk}/back")
    BankEntry.objects.update(payer_name="x")
    made = OutgoingTransfer.objects.order_by("-pk")[0]
    OutgoingTransfer.objects.filter(pk=made.pk).update(name="=cmd|' /C calc'!A0")
    answer = staff.get(f"{DESK}/outgoingtransfer/download/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="transfers.csv"'
    rows = answer.content.decode().splitlines()
    assert len(rows) == 3
    assert ",'=cmd|' /C calc'!A0," in rows[2]
    assert "Cancelled before it was sent." in act(staff, f"outgoingtransfer/{made.pk}/cancel")
    assert len(staff.get(f"{DESK}/outgoingtransfer/download/").content.decode().splitlines()) == 2


def test_another_account_is_confirmed_by_typing_it_in(staff: Client, settings: Any) -> None:
    settings.BANK_IBAN = "NL91ABNA0417164300"
    own_account.remember()
    made = OwnAccount.objects.order_by("-pk")[0]
    assert "not the IBAN of the settings" in act(staff, f"ownaccount/{made.pk}/confirm", iban=IBAN)
    assert "Confirmed by dana." in act(staff, f"ownaccount/{made.pk}/confirm", iban=made.iban)
    first = OwnAccount.objects.order_by("pk")[0]
    assert "as it was the first" in act(staff, f"ownaccount/{first.pk}/confirm", iban=first.iban)


def test_a_transfer_of_the_ledger_leads_to_its_entry(staff: Client) -> None:
    for one in Transfer.objects.filter(kind="bank_transfer"):
        page = staff.get(f"/desk/ledger/transfer/{one.pk}/change/").content.decode()
        assert "/desk/bank/" in page


def test_staff_without_the_right_may_do_none_of_it(staff: Client) -> None:
    client = Client()
    client.force_login(Person.objects.create_user("newcomer", password="a long password", is_staff=True))
    made = OutgoingTransfer.objects.get()
    for address in (
        "statementfile/import",
        f"bankentry/{an_entry().pk}/person",
        f"outgoingtransfer/{made.pk}/cancel",
        "outgoingtransfer/download",
        f"ownaccount/{OwnAccount.objects.get().pk}/confirm",
    ):
        assert client.post(f"{DESK}/{address}/", {"key": "k"}).status_code == 403, address
