"""Say whose an entry is, by the references in it alone, and move its money. What leaves a doubt is set aside."""

from obbligato.payments.alerting import alert
from obbligato.payments.bank import filling, outgoing
from obbligato.payments.bank.models import RAIL, BankEntry, OutgoingTransfer
from obbligato.payments.models import Attempt

State = BankEntry.State
KIND = "bank_entry"


def place(entry: BankEntry) -> None:
    """Once, when an entry is first seen."""
    names = entry.references
    ours = OutgoingTransfer.objects.select_for_update().filter(end_to_end_id__in=names).first()
    if entry.amount_micro > 0:
        if ours is not None:
            outgoing.note_returned(ours, entry)
        else:
            _incoming(entry, names)
    elif entry.takes_back:
        entry.state = State.WAITING
        entry.save()
    elif ours is not None:
        outgoing.note_booked(ours, entry)
    else:
        _other(entry, names)


def _incoming(entry: BankEntry, names: set[str]) -> None:
    found = list(Attempt.objects.filter(provider=RAIL, provider_reference__in=names).order_by("pk"))
    if not found:
        filling.set_aside(entry, "It bears no reference of ours.")
    elif len(found) > 1:
        filling.set_aside(entry, f"It bears {len(found)} references: {', '.join(one.number for one in found[:5])}.")
        _alert(entry, f"{entry} bears references of {len(found)} payments. Please say whose it is.")
    elif found[0].currency != entry.currency:
        filling.set_aside(entry, f"It came in {entry.currency}; {found[0].number} was to be in {found[0].currency}.")
        _alert(entry, f"{entry} came in another currency than was asked for. Please say whose it is.")
    else:
        filling.fill(entry, found[0])


def _other(entry: BankEntry, names: set[str]) -> None:
    """A debit of the store's own. One that names a payment was not made through the desk, and people must know."""
    entry.state = State.OTHER
    entry.save()
    if Attempt.objects.filter(provider=RAIL, provider_reference__in=names).exists():
        _alert(entry, f"{entry} names a payment, and no transfer of that kind was asked for here.")


def _alert(entry: BankEntry, sentence: str) -> None:
    alert(KIND, entry.identity, sentence)
