"""Let the bank take back what it booked: an entry that undoes another one finds it, whichever is heard of first."""

from django.db import transaction
from django.db.models import Q

from obbligato.payments import disputes
from obbligato.payments.alerting import alert
from obbligato.payments.bank import alerts, filling, holding
from obbligato.payments.bank.models import BankEntry
from obbligato.payments.contract import DisputeFact

State = BankEntry.State
KIND = "bank_reversal"
REACHABLE = (State.MATCHED, State.UNIDENTIFIED)


def settle_waiting() -> None:
    """Look for what each entry undoes that has not found it yet; what is not found is put before people.

    Each by itself, outside of any transaction, so that what one of them holds keeps no buyer from another.
    """
    waiting = BankEntry.objects.filter(state=State.WAITING).order_by("booked_on", "pk")
    for pk in list(waiting.values_list("pk", flat=True)):
        _settle(pk)


@transaction.atomic
def _settle(pk: int) -> None:
    holding.desk()
    one = BankEntry.objects.filter(pk=pk, state=State.WAITING).select_related("statement").first()
    if one is None:
        return  # Another file was faster.
    origin = _origin(one)
    if origin is None:
        alert(KIND, one.identity, f"{one} undoes an entry that is not known, or is being sent back.")
    else:
        _take_back(origin, one)
        alerts.settle(KIND, one.identity)


def _origin(one: BankEntry) -> BankEntry | None:
    """The entry it undoes: as much, of the same account, by a reference they share, else from the same payer."""
    alike = BankEntry.objects.select_for_update().filter(
        statement__account_iban=one.statement.account_iban,
        amount_micro=-one.amount_micro,
        currency=one.currency,
        state__in=REACHABLE,
        booked_on__lte=one.booked_on,
    )
    is_same_payer = Q(payer_iban=one.payer_iban) & ~Q(payer_iban="")
    names = _names(one)
    by_name = [found for found in alike.order_by("booked_on", "pk") if names & _names(found)]
    return by_name[0] if by_name else alike.filter(is_same_payer).order_by("booked_on", "pk").first()


def _names(entry: BankEntry) -> set[str]:
    """What tells an entry from all others: its references, whoever gave them."""
    return {one for one in (*entry.references, entry.end_to_end_id, entry.bank_reference) if one}


def _take_back(origin: BankEntry, one: BankEntry) -> None:
    """Out of the wallet as far as it reaches, the rest is the store's loss; or out of what nobody could name."""
    if origin.state == State.UNIDENTIFIED:
        filling.take_out(origin, "returned")
    else:
        assert origin.attempt is not None
        reference = f"bank:{one.identity[:40]}"
        fact = DisputeFact("lost", reference, origin.amount_micro, "The bank took the transfer back.")
        disputes.note_fact(origin.attempt, fact)
    origin.state = State.TAKEN_BACK
    origin.save()
    one.state, one.undoes = State.REVERSAL, origin
    one.save()
