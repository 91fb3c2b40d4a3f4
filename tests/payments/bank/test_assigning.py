"""What no reference names is given by a person's word, once, and a large sum by two people's."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.payments import refunds
from obbligato.payments.bank import assigning
from obbligato.payments.bank.models import BankEntry, OutgoingTransfer
from obbligato.payments.models import Attempt
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.bank.makers import Line, begin, camt, paid, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def an_entry(amount: str = "5.00", **other: Any) -> BankEntry:
    take(camt([Line(amount, "?", **other)]))
    return BankEntry.objects.order_by("-pk")[0]


def unidentified_micro() -> int:
    return accounts.balance_micro(Account.objects.get(name="bank_unidentified", currency="EUR"))


def test_to_an_attempt_it_is_as_if_it_had_borne_its_reference() -> None:
    attempt = begin(alice())
    entry = assigning.to_attempt(an_entry(), f" {attempt.number} ", by="dana")
    assert (entry.state, entry.decided_by, unidentified_micro()) == ("matched", "dana", 0)
    assert wallets.balance(attempt.person, "EUR") == 5 * MICRO
    take(camt([paid(attempt)], number="2", opening="105.00"))
    assert refunds.refundable_micro(Attempt.objects.get()) == 15 * MICRO
    assert audit().is_clean


def test_to_a_person_it_is_a_payment_that_can_be_sent_back() -> None:
    person = alice()
    assigning.to_person(an_entry(), person, by="dana")
    attempt = Attempt.objects.get()
    assert (attempt.state, wallets.balance(person, "EUR")) == ("succeeded", 5 * MICRO)
    assert refunds.ask(attempt, amount_micro=2 * MICRO, key="r", by="alice").state == "dispatched"
    assert OutgoingTransfer.objects.get().amount_micro == 2 * MICRO
    assert audit().is_clean


def test_of_another_currency_it_can_be_a_persons_and_no_attempts() -> None:
    attempt = begin(alice())
    entry = an_entry(currency="USD")
    with pytest.raises(assigning.OtherCurrency, match="That payment is in EUR"):
        assigning.to_attempt(entry, attempt.number, by="dana")
    assigning.to_person(entry, attempt.person, by="dana")
    assert wallets.balance(attempt.person, "USD") == 5 * MICRO


def test_it_is_decided_once() -> None:
    person = alice()
    entry = assigning.to_person(an_entry(), person, by="dana")
    for again in (
        lambda: assigning.to_person(entry, person, by="dana"),
        lambda: assigning.to_attempt(entry, "x", by="dana"),
        lambda: assigning.send_back(entry, by="dana"),
    ):
        with pytest.raises(assigning.AlreadyDecided, match="in a wallet"):
            again()
    assert wallets.balance(person, "EUR") == 5 * MICRO


def test_a_number_that_no_transfer_has_is_refused() -> None:
    with pytest.raises(assigning.NoSuchPayment):
        assigning.to_attempt(an_entry(), "nothing", by="dana")


def test_above_the_limit_two_people_say_the_same(settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 4 * MICRO
    person = alice()
    attempt = begin(person)
    entry = an_entry()
    assert assigning.to_person(entry, person, by="dana").state == "unidentified"
    with pytest.raises(SecondPersonNeeded, match="somebody else"):
        assigning.to_person(entry, person, by="dana")
    assert assigning.send_back(entry, by="erin").state == "unidentified"  # She says something else.
    assert assigning.to_attempt(entry, attempt.number, by="dana").state == "unidentified"
    decided = assigning.to_attempt(entry, attempt.number, by="erin")
    assert (decided.state, decided.proposed_by, decided.decided_by) == ("matched", "dana", "erin")
    assert wallets.balance(person, "EUR") == 5 * MICRO


def test_the_database_refuses_what_no_verb_would_do() -> None:
    entry = an_entry()
    for wrong in (
        {"amount_micro": 0},
        {"state": "matched"},
        {"amount_micro": -1},
        {"proposed_by": "dana", "decided_by": "dana"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            BankEntry.objects.filter(pk=entry.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(entry.statement).objects.update(closing_micro=1)


def test_a_payout_of_a_company_leaves_what_it_holds(settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 4 * MICRO
    entry = an_entry()
    for nobody in ("cards", "bank_transfer"):
        with pytest.raises(assigning.NoSuchPayment, match="was ever made by"):
            assigning.to_rail(entry, nobody, by="dana")
    cards = accounts.clearing_of("cards", "EUR")
    assert assigning.to_rail(entry, "cards", by="dana").state == "unidentified"
    paid_out = assigning.to_rail(entry, "cards", by="erin")
    assert (paid_out.state, paid_out.decided_by, unidentified_micro()) == ("payout", "erin", 0)
    assert accounts.balance_micro(cards) == 5 * MICRO
    assert audit().is_clean
