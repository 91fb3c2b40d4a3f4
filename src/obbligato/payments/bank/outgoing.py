"""Transfers that an operator sends at her bank: listed, cancelled, and done only when a statement says so."""

import csv
import io

from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.money import plain_amount
from obbligato.kernel.refusals import Refused
from obbligato.kernel.spreadsheets import safe_text
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import disputes, refunds
from obbligato.payments.alerting import alert
from obbligato.payments.bank import filling, references
from obbligato.payments.bank.models import RAIL, BankEntry, OutgoingTransfer
from obbligato.payments.contract import DisputeFact, RefundFact
from obbligato.payments.models import Refund

State = OutgoingTransfer.State
COLUMNS = ("end_to_end_id", "name", "iban", "amount", "currency", "text")


class AlreadySent(Refused):
    """The transfer is no longer one that is still to be sent."""


def send_back(key: str, entry: BankEntry, by: str) -> OutgoingTransfer:
    """A transfer back of an entry that nobody can name. It leaves the account of such, for what is on its way."""
    made = OutgoingTransfer.objects.create(
        key=key,
        end_to_end_id=references.of_key(f"out:{key}"),
        entry=entry,
        amount_micro=entry.amount_micro,
        currency=entry.currency,
        iban=entry.payer_iban,
        name=entry.payer_name,
        by=by[:150],
    )
    _move(made, "due", filling.unidentified(made.currency), on_its_way(made.currency))
    return made


@transaction.atomic
def cancel(made: OutgoingTransfer, *, by: str) -> OutgoingTransfer:
    """It was never sent, and is not going to be. Raises AlreadySent."""
    made = OutgoingTransfer.objects.select_for_update().get(pk=made.pk)
    if made.state != State.TO_SEND:
        raise AlreadySent(f"This transfer cannot be cancelled: {made.get_state_display().lower()}.")
    _failed(made, State.CANCELLED, f"Cancelled by {by}.")
    return made


def note_booked(made: OutgoingTransfer, entry: BankEntry) -> None:
    """The bank booked a debit that bears its id. One too many, or of another amount, is put before people."""
    is_first = not made.entries.filter(amount_micro__lt=0).exists()
    entry.state, entry.outgoing = BankEntry.State.REFUND, made
    entry.save()
    if -entry.amount_micro != made.amount_micro or entry.currency != made.currency or not is_first:
        _alert(made, entry, f"{entry} was booked, and {made} is what was to be sent, once.")
    elif made.state == State.CANCELLED:
        _sent_nevertheless(made, entry)
    elif made.state == State.TO_SEND:
        made.state, made.settled_at = State.DONE, clock.now()
        made.save()
        if made.entry is None:
            _tell_refund(made, RefundFact(Refund.State.DONE, reference=made.end_to_end_id))
        else:
            _move(made, "done", on_its_way(made.currency), accounts.clearing_of(RAIL, made.currency))


def note_returned(made: OutgoingTransfer, entry: BankEntry) -> None:
    """Money came in that bears its id: it came back. What cannot be that is set aside for people."""
    is_whole = (entry.amount_micro, entry.currency) == (made.amount_micro, made.currency)
    if not is_whole or made.state in {State.CANCELLED, State.RETURNED}:
        filling.set_aside(entry, f"It names our transfer {made.end_to_end_id}, and is not simply that one come back.")
        _alert(made, entry, f"{entry} names our transfer of {made}, and is not simply that one come back.")
        return
    entry.state, entry.outgoing = BankEntry.State.RETURNED, made
    entry.save()
    _failed(made, State.RETURNED, "The bank sent it back.")


def on_its_way(currency: str) -> Account:
    """What is to leave the account, or has left and was not booked yet."""
    return accounts.refund_due_of(RAIL, currency)


def as_csv(transfers: list[OutgoingTransfer]) -> str:
    """What is to be sent, for a spreadsheet: no cell of it is taken for a formula (CWE-1236)."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in transfers:
        amount = plain_amount(one.amount_micro, one.currency)
        cells = (one.end_to_end_id, one.name, one.iban, amount, one.currency, one.end_to_end_id)
        writer.writerow([safe_text(cell) for cell in cells])
    return file.getvalue()


def _failed(made: OutgoingTransfer, state: OutgoingTransfer.State, reason: str) -> None:
    """It did not leave, or did not stay away: the money is again where it was before."""
    before, made.state = made.state, state
    made.reason, made.settled_at = reason[:200], clock.now()
    made.save()
    if made.entry is None:
        _tell_refund(made, RefundFact(Refund.State.FAILED, reference=made.end_to_end_id, reason=reason))
        return
    source = accounts.clearing_of(RAIL, made.currency) if before == State.DONE else on_its_way(made.currency)
    _move(made, "back", source, filling.unidentified(made.currency))
    BankEntry.objects.filter(pk=made.entry.pk).update(state=BankEntry.State.UNIDENTIFIED, reason=reason[:200])


def _sent_nevertheless(made: OutgoingTransfer, entry: BankEntry) -> None:
    """It was cancelled here and left the bank: as if its payer had taken it back, as far as the wallet reaches.

    What was taken back before, and so went out twice, is the store's loss until people get it again.
    """
    origin = made.entry
    attempt = made.attempt if origin is None else origin.attempt
    if origin is not None and origin.state == BankEntry.State.UNIDENTIFIED:
        _move(made, "nevertheless", filling.unidentified(made.currency), accounts.clearing_of(RAIL, made.currency))
        BankEntry.objects.filter(pk=origin.pk).update(state=BankEntry.State.SENT_BACK)
    elif attempt is not None:
        lost = DisputeFact("lost", f"bank:{entry.identity[:40]}", made.amount_micro, "Sent although it was cancelled.")
        disputes.note_fact(attempt, lost)
    else:
        _move(made, "nevertheless", accounts.chargeback_loss(made.currency), accounts.clearing_of(RAIL, made.currency))
    _alert(made, entry, f"{made} was cancelled and left the bank nevertheless.")


def _tell_refund(made: OutgoingTransfer, fact: RefundFact) -> None:
    for one in Refund.objects.filter(key=made.key):
        refunds.note_fact(one, fact)


def _alert(made: OutgoingTransfer, entry: BankEntry, sentence: str) -> None:
    alert("bank_transfer_out", f"{made.end_to_end_id} {entry.identity[:40]}", sentence)


def _move(made: OutgoingTransfer, act: str, source: Account, target: Account) -> None:
    reference = f"bank-out:{made.end_to_end_id}"
    transfer(Move(f"{reference}:{act}", source, target, made.amount_micro, "bank_transfer", reference))
