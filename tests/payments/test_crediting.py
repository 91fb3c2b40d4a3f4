"""An operator's credit is given once, for a reason, and above a limit only by two people."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import KeyUsedOtherwise
from obbligato.ledger.audit import audit
from obbligato.payments import crediting
from obbligato.payments.models import Credit
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice

pytestmark = pytest.mark.django_db


def give(person: Person, euros: int = 5, **changed: Any) -> Credit:
    words = {"amount_micro": euros * MICRO, "currency": "EUR", "kind": Credit.Kind.CASH, "key": "k", "by": "dana"}
    return crediting.give(person, **{**words, "reason": "Receipt 17", **changed})


def test_cash_fills_the_wallet_once() -> None:
    person = alice()
    assert give(person).pk == give(person).pk
    assert wallets.balance(person, "EUR") == 5 * MICRO
    assert str(Credit.objects.get()) == "Cash taken: €5.00 to alice"
    assert audit().is_clean


def test_the_same_key_for_another_credit_is_refused() -> None:
    person = alice()
    give(person)
    with pytest.raises(KeyUsedOtherwise):
        give(person, 6)
    with pytest.raises(KeyUsedOtherwise):
        give(person, kind=Credit.Kind.GOODWILL)


SENSELESS = [*({"amount_micro": micro} for micro in (0, -MICRO, 1, 10**16)), {"reason": " "}]


@pytest.mark.parametrize("changed", SENSELESS)
def test_a_senseless_credit_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(crediting.BadCredit):
        give(alice(), **changed)
    assert not Credit.objects.exists()


def test_a_large_one_waits_for_a_second_person(settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 10 * MICRO
    person = alice()
    credit = give(person, 11)
    assert wallets.balance(person, "EUR") == 0
    with pytest.raises(SecondPersonNeeded):
        crediting.approve(credit, by="dana")
    with pytest.raises(IntegrityError), transaction.atomic():
        Credit.objects.update(approved_by="dana")
    assert crediting.approve(credit, by="erin").state == "given"
    assert crediting.approve(credit, by="erin").state == "given"
    assert crediting.reject(credit, by="erin").state == "given"
    assert wallets.balance(person, "EUR") == 11 * MICRO


def test_a_rejected_one_is_never_given(settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 10 * MICRO
    person = alice()
    credit = crediting.reject(give(person, 11), by="erin")
    assert (credit.state, credit.reason) == ("rejected", "Receipt 17 (rejected by erin)")
    assert crediting.approve(credit, by="erin").state == "rejected"
    assert wallets.balance(person, "EUR") == 0
