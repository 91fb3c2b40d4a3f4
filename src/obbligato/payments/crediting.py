"""An operator puts money into a wallet: cash taken at a table, or goodwill. Above a limit it takes two people."""

from django.db import transaction

from obbligato.kernel import chance, clock
from obbligato.kernel.money import LARGEST_MICRO, minor_unit_micro
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import two_people
from obbligato.payments.keys import own_key
from obbligato.payments.models import Credit
from obbligato.people.models import Person

State = Credit.State
SOURCES = {
    Credit.Kind.CASH: ("cash", Account.Kind.CASH),
    Credit.Kind.GOODWILL: ("goodwill", Account.Kind.MARKETING),
}


class BadCredit(Invalid):
    """The credit makes no sense."""


@transaction.atomic
def give(
    person: Person, *, amount_micro: int, currency: str, kind: Credit.Kind, key: str, by: str, reason: str
) -> Credit:
    """Credit a wallet at once, or propose to where it takes two people. The same key gives the same credit.

    `reason` is the receipt's number or why; it is needed. Raises BadCredit, KeyUsedOtherwise.
    """
    if not 0 < amount_micro <= LARGEST_MICRO or amount_micro % minor_unit_micro(currency):
        raise BadCredit("{currency} has no such amount to credit.", currency=currency)
    if not reason.strip():
        raise BadCredit("A credit needs a reason: the number of the receipt, or why it is given.")
    credit, is_new = Credit.objects.get_or_create(
        key=own_key(person.pk, key),
        defaults={
            "number": chance.token(8),
            "person": person,
            "kind": kind,
            "amount_micro": amount_micro,
            "currency": currency,
            "asked_by": by[:150],
            "reason": reason[:300],
        },
    )
    if (credit.amount_micro, credit.currency, credit.kind) != (amount_micro, currency, kind):
        raise KeyUsedOtherwise("This was sent before, for {amount}.", amount=credit.amount)
    if is_new and two_people.may_alone(by, amount_micro, currency, reference=f"credit:{credit.number}"):
        return _given(credit)
    return credit


@transaction.atomic
def approve(credit: Credit, *, by: str) -> Credit:
    """The second person's word: the money is in the wallet. Raises SecondPersonNeeded."""
    credit = Credit.objects.select_for_update().get(pk=credit.pk)
    two_people.refuse_the_same(by, credit.asked_by, "credit")
    if credit.state == State.PROPOSED:
        credit.approved_by = by[:150]
        _given(credit)
    return credit


@transaction.atomic
def reject(credit: Credit, *, by: str) -> Credit:
    """A proposed credit is not given."""
    credit = Credit.objects.select_for_update().get(pk=credit.pk)
    if credit.state == State.PROPOSED:
        credit.state, credit.approved_by, credit.settled_at = State.REJECTED, "", clock.now()
        credit.reason = f"{credit.reason[:200]} (rejected by {by[:80]})"
        credit.save()
    return credit


def _given(credit: Credit) -> Credit:
    name, kind = SOURCES[Credit.Kind(credit.kind)]
    transfer(
        Move(
            key=f"credit:{credit.number}",
            source=accounts.open_account(name, currency=credit.currency, kind=kind),
            target=accounts.wallet_of(credit.person_id, credit.currency),
            amount_micro=credit.amount_micro,
            kind=credit.kind,
            reference=f"credit:{credit.number}",
        )
    )
    credit.state, credit.settled_at = State.GIVEN, clock.now()
    credit.save()
    return credit
