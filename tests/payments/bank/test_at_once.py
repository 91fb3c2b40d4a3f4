"""Files that are imported at the same moment count an entry once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection

from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import refunds
from obbligato.payments.bank import assigning, own_account, taking_back
from obbligato.payments.bank.models import BankEntry, OutgoingTransfer
from obbligato.sales import wallets
from tests.makers import alice
from tests.meanwhile import meanwhile
from tests.payments.bank.makers import DAY, Line, begin, camt, paid, take

LATER = DAY + timedelta(days=1)


@pytest.mark.usefixtures("account", "open_books")
def test_overlapping_files_at_the_same_moment_count_each_entry_once() -> None:
    person = alice()
    lines = [paid(begin(person, key=str(number)), reference=f"B{number}") for number in range(4)]
    own_account.remember()
    files = [camt([*lines, Line("1.00", f"file {number}")]) for number in range(4)] * 2

    def work(content: bytes) -> None:
        try:
            take(content)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, files))
    assert wallets.balance(person, "EUR") == 40 * MICRO
    assert BankEntry.objects.count() == 8
    assert audit().is_clean


@pytest.mark.usefixtures("account", "open_books")
def test_a_file_and_a_refund_of_a_payment_in_it_do_not_wait_for_one_another() -> None:
    person = alice()
    first, second = (begin(person, key=key) for key in ("a", "b"))
    take(camt([paid(second)]))

    def ask() -> None:
        refunds.ask(second, amount_micro=10 * MICRO, key="r", by="alice")

    with meanwhile(ask, after='UPDATE "ledger_account"'):
        take(camt([paid(first, on=LATER), paid(second, "5.00", on=LATER)], number="2", on=LATER))
    assert wallets.balance(person, "EUR") == 15 * MICRO
    assert audit().is_clean


@pytest.mark.usefixtures("account", "open_books")
def test_a_file_and_who_says_whose_an_entry_is_do_not_wait_for_one_another() -> None:
    person = alice()
    attempt = begin(person)
    take(camt([Line("7.00", "Happy birthday")]))
    unnamed = BankEntry.objects.get()
    with meanwhile(lambda: assigning.to_person(unnamed, person, by="dana"), after='UPDATE "ledger_account"'):
        take(camt([paid(attempt, on=LATER), Line("8.00", "And again", on=LATER)], number="2", on=LATER))
    assert wallets.balance(person, "EUR") == 17 * MICRO
    assert audit().is_clean


@pytest.mark.usefixtures("account", "open_books")
def test_a_file_that_takes_back_and_a_refund_of_what_is_taken_back_do_not_wait_for_one_another() -> None:
    person = alice()
    first, second = (begin(person, key=key) for key in ("a", "b"))
    take(camt([paid(second)]))

    def ask() -> None:
        with suppress(refunds.NothingToRefund):
            refunds.ask(second, amount_micro=10 * MICRO, key="r", by="alice")

    taken_back = paid(second, "-10.00", on=LATER, is_reversal=True)
    with meanwhile(ask, after='UPDATE "ledger_account"'):
        take(camt([paid(first, on=LATER), taken_back], number="2", on=LATER))
    was_sent = OutgoingTransfer.objects.exists()
    assert wallets.balance(person, "EUR") == (0 if was_sent else 10 * MICRO)
    assert audit().is_clean


@pytest.mark.usefixtures("account", "open_books")
def test_what_two_files_wait_for_at_the_same_moment_is_taken_back_once() -> None:
    person = alice()
    attempt = begin(person)
    take(camt([paid(attempt, "-10.00", on=LATER, is_reversal=True)], number="2", on=LATER))
    with meanwhile(taking_back.settle_waiting, after='SELECT "bank_bankentry"."id" AS "pk" FROM "bank_bankentry"'):
        take(camt([paid(attempt)]))
    assert sorted(BankEntry.objects.values_list("state", flat=True)) == ["reversal", "taken_back"]
    assert wallets.balance(person, "EUR") == 0
    assert audit().is_clean
