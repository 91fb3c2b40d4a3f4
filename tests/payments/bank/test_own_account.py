"""Another bank account in the settings is told to no buyer before a second person has confirmed it."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments.bank import instructions, own_account
from obbligato.payments.bank.instructions import Instructions
from obbligato.payments.bank.models import OwnAccount
from obbligato.payments.models import Alert, Attempt
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.bank.makers import IBAN, begin, camt, paid, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
OTHER_IBAN = "NL91ABNA0417164300"


def shown(attempt: Attempt) -> Instructions:
    found = instructions.instructions_of(attempt)
    assert found is not None
    return found


def test_the_first_account_needs_nobodys_word() -> None:
    wanted = shown(begin(alice()))
    assert (wanted.iban, wanted.holder) == (IBAN, "Test Label")
    assert wanted.code_svg
    assert OwnAccount.objects.get().confirmed_by == ""


def test_another_one_is_told_when_a_person_has_typed_it_in_and_not_before(settings: Any) -> None:
    person = alice()
    attempt = begin(person)
    shown(attempt)
    settings.BANK_IBAN = OTHER_IBAN
    wanted = shown(attempt)
    assert (wanted.iban, wanted.holder, wanted.bic, wanted.code_svg) == ("", "", "", "")
    assert (wanted.amount_micro, wanted.reference) == (10 * MICRO, attempt.provider_reference)
    assert "Buyers are told of it when somebody confirms it" in Alert.objects.get().sentence
    account = OwnAccount.objects.get(iban=OTHER_IBAN)
    with pytest.raises(own_account.NotThatAccount):
        own_account.confirm(account, iban=IBAN, by="dana")
    assert shown(attempt).iban == ""
    confirmed = own_account.confirm(account, iban="nl91 abna 0417 1643 00", by="dana")
    assert confirmed.confirmed_by == "dana"
    assert own_account.confirm(account, iban=OTHER_IBAN, by="erin").confirmed_by == "dana"
    assert shown(attempt).iban == OTHER_IBAN
    take(camt([paid(attempt)]))
    assert wallets.balance(person, "EUR") == 10 * MICRO


def test_one_that_was_confirmed_before_needs_no_other_word(settings: Any) -> None:
    attempt = begin(alice())
    shown(attempt)
    with clock.stopped(clock.now()):
        for iban, told in ((OTHER_IBAN, ""), (IBAN, IBAN), (OTHER_IBAN, "")):
            settings.BANK_IBAN = iban
            assert shown(attempt).iban == told
            clock.advance(timedelta(seconds=1))
    assert OwnAccount.objects.filter(confirmed_at__isnull=True, iban=OTHER_IBAN).count() == 2
    sentences = Alert.objects.order_by("pk").values_list("sentence", flat=True)
    assert ["somebody confirms it" in one for one in sentences] == [True, False, True]


def test_accounts_that_buyers_were_told_of_already_are_confirmed() -> None:
    OwnAccount.objects.create(iban=IBAN)
    migration = import_module("obbligato.payments.bank.migrations.0003_a_confirmed_account")
    migration.confirm_those_that_were_told(apps, connection.schema_editor())
    assert own_account.told() == own_account.holder()
