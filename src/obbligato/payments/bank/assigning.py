"""A person says whose money is that the references did not: an attempt's, someone's, or whoever sent it. Once.

Above the limit two people must say the same.
"""

from django.db import transaction

from obbligato.kernel import chance
from obbligato.kernel.refusals import Missing, Refused
from obbligato.ledger.models import Account
from obbligato.payments import attempts, two_people
from obbligato.payments.bank import filling, holding, outgoing, own_account, taking_back
from obbligato.payments.bank.models import RAIL, BankEntry, OutgoingTransfer
from obbligato.payments.contract import Method
from obbligato.payments.keys import own_key
from obbligato.payments.models import Attempt, Intent
from obbligato.people.models import Person

State = BankEntry.State


class AlreadyDecided(Refused):
    """It is no longer one of those that nobody can name."""


class OtherCurrency(Refused):
    """The payment was to be made in another currency than came."""


class NoWayBack(Refused):
    """The bank did not say from which account it came."""


class NoSuchPayment(Missing):
    """There is no bank transfer of that number."""


@transaction.atomic
def to_attempt(entry: BankEntry, number: str, *, by: str) -> BankEntry:
    """It is of the attempt with this number.

    Raises AlreadyDecided, NoSuchPayment, OtherCurrency, SecondPersonNeeded.
    """
    entry = _undecided(entry)
    attempt = Attempt.objects.filter(provider=RAIL, number=number.strip()[:32]).first()
    if attempt is None:
        raise NoSuchPayment("There is no payment by bank transfer of that number.")
    if attempt.currency != entry.currency:
        raise OtherCurrency(f"That payment is in {attempt.currency}. Give the money to the person instead.")
    return _given(entry, attempt, by) if _is_agreed(entry, f"attempt {attempt.number}", by) else entry


@transaction.atomic
def to_person(entry: BankEntry, person: Person, *, by: str) -> BankEntry:
    """It is this person's, who began no payment for it: one is made. Raises AlreadyDecided, SecondPersonNeeded."""
    entry = _undecided(entry)
    if not _is_agreed(entry, f"person {person.pk}", by):
        return entry
    intent = Intent.objects.create(
        number=chance.token(8),
        key=own_key(person.pk, f"bank:{entry.identity}"),
        person=person,
        amount_micro=entry.amount_micro,
        currency=entry.currency,
        method=Method.BANK_TRANSFER,
        wanted=RAIL,
    )
    attempt, _ = attempts.prepare(intent, RAIL)
    return _given(entry, attempt, by)


@transaction.atomic
def to_rail(entry: BankEntry, provider: str, *, by: str) -> BankEntry:
    """It is a payout of the company behind this rail. Raises AlreadyDecided, NoSuchPayment, SecondPersonNeeded."""
    entry = _undecided(entry)
    held = Account.objects.filter(name=f"clearing:{provider}", currency=entry.currency)
    if provider == RAIL or not held.exists():
        raise NoSuchPayment(f"No payment in {entry.currency} was ever made by {provider[:32]}.")
    if not _is_agreed(entry, f"payout {provider}", by):
        return entry
    entry.decided_by = by[:150]
    filling.pay_out(entry, provider)
    return entry


@transaction.atomic
def send_back(entry: BankEntry, *, by: str) -> BankEntry:
    """It goes back to where it came from: a transfer for an operator to send. Raises AlreadyDecided, NoWayBack."""
    entry = _undecided(entry)
    if not entry.payer_iban:
        raise NoWayBack("The bank did not say from which account it came.")
    if not _is_agreed(entry, "back", by):
        return entry
    outgoing.send_back(chance.token(32), entry, by)
    entry.state, entry.decided_by, entry.reason = State.SENT_BACK, by[:150], ""
    entry.save()
    return entry


def keep(made: OutgoingTransfer, *, by: str) -> OutgoingTransfer:
    """A transfer is not sent after all; what the bank meanwhile took back is looked for again. Raises AlreadySent."""
    cancelled = outgoing.cancel(made, by=by)
    taking_back.settle_waiting()
    return cancelled


def _undecided(entry: BankEntry) -> BankEntry:
    own_account.holder()
    holding.desk()
    entry = BankEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.state != State.UNIDENTIFIED:
        raise AlreadyDecided(f"This was decided already: {entry.get_state_display().lower()}.")
    return entry


def _is_agreed(entry: BankEntry, proposal: str, by: str) -> bool:
    reference = f"bank entry:{entry.pk}"
    return two_people.is_agreed(entry, proposal, entry.amount_micro, entry.currency, by=by, reference=reference)


def _given(entry: BankEntry, attempt: Attempt, by: str) -> BankEntry:
    filling.take_out(entry, "identified")
    entry.decided_by = by[:150]
    filling.fill(entry, attempt)
    return entry
