"""Move what came in: to the wallet of whose attempt it is, or to the account of what nobody can name; once each."""

from django.db.models import F

from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import attempts
from obbligato.payments.bank.models import RAIL, BankEntry
from obbligato.payments.contract import Fact
from obbligato.payments.models import Attempt

State = BankEntry.State


def fill(entry: BankEntry, attempt: Attempt) -> None:
    """All of an entry is the buyer's, whatever was asked for.

    The first entry of an attempt is what its provider says of it, and settles it. Each later one is a transfer of its
    own, and counts as captured too, so that it can be sent back.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.settled_at is None:
        reference = attempt.provider_reference or f"bank:{entry.identity[:40]}"
        country = entry.payer_iban[:2]
        fact = Fact(Attempt.State.SUCCEEDED, reference, entry.amount_micro, entry.currency, country=country)
        attempt = attempts.note_fact(attempt, fact)
        assert attempt.settled_at is not None, f"{attempt} did not take {entry}"
    else:
        wallet = accounts.wallet_of(attempt.person_id, entry.currency)
        _move(entry, "wallet", accounts.clearing_of(RAIL, entry.currency), wallet)
        Attempt.objects.filter(pk=attempt.pk).update(reported_micro=F("reported_micro") + entry.amount_micro)
    entry.attempt, entry.state, entry.reason = attempt, State.MATCHED, ""
    entry.save()


def set_aside(entry: BankEntry, reason: str) -> None:
    """Nobody can say whose it is: a person has to."""
    _move(entry, "unidentified", accounts.clearing_of(RAIL, entry.currency), unidentified(entry.currency))
    entry.state, entry.reason = State.UNIDENTIFIED, reason[:200]
    entry.save()


def take_out(entry: BankEntry, act: str) -> None:
    """What was set aside is so no more; where it goes from clearing, `act` names and the caller says."""
    _move(entry, act, unidentified(entry.currency), accounts.clearing_of(RAIL, entry.currency))


def pay_out(entry: BankEntry, provider: str) -> None:
    """It is what a payment company took for the store, and no longer holds."""
    _move(entry, "payout", unidentified(entry.currency), accounts.clearing_of(provider, entry.currency))
    entry.state, entry.reason = State.PAYOUT, f"Paid out by {provider}."
    entry.save()


def unidentified(currency: str) -> Account:
    """What came in and nobody can name."""
    return accounts.open_account("bank_unidentified", currency=currency, kind=Account.Kind.UNIDENTIFIED)


def _move(entry: BankEntry, act: str, source: Account, target: Account) -> None:
    reference = f"bank:{entry.identity}"
    transfer(Move(f"{reference}:{act}", source, target, entry.amount_micro, "bank_transfer", reference))
