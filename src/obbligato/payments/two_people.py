"""What one operator may do with money by herself: small sums, few of them a day. The rest takes two people."""

from datetime import timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from obbligato.kernel import clock
from obbligato.kernel.refusals import Forbidden
from obbligato.payments.models import SoleDecision
from obbligato.people import turns
from obbligato.people.models import Person

DAY = timedelta(hours=24)


class SecondPersonNeeded(Forbidden):
    """Who asked for it cannot approve it."""


class Proposable(Protocol):
    """A row that keeps what the first of two people said of it, until a second one says the same."""

    proposal: str
    proposed_by: str

    def save(self) -> None: ...


@transaction.atomic
def may_alone(by: str, amount_micro: int, currency: str, *, reference: str) -> bool:
    """Whether her word is enough for this amount; if so, it counts towards what she decides alone in these 24 hours."""
    if amount_micro > settings.TWO_PERSON_LIMIT_MICRO:
        return False
    _wait_for(by)
    today = SoleDecision.objects.filter(by=by[:150], currency=currency, decided_at__gt=clock.now() - DAY)
    decided_micro = today.aggregate(total=Sum("amount_micro"))["total"] or 0
    if decided_micro + amount_micro > settings.TWO_PERSON_DAY_LIMIT_MICRO:
        return False
    SoleDecision.objects.create(by=by[:150], amount_micro=amount_micro, currency=currency, reference=reference[:80])
    return True


def refuse_the_same(by: str, asked_by: str, what: str) -> None:
    """Raises SecondPersonNeeded where who approves this (“refund”, “credit”) is who asked for it."""
    if by[:150] == asked_by:
        raise SecondPersonNeeded(f"You asked for this {what}; somebody else has to approve it.")


def is_agreed(row: Proposable, proposal: str, amount_micro: int, currency: str, *, by: str, reference: str) -> bool:
    """Whether nothing more is needed: she is the second to say this of the row, or her word alone is enough.

    If not, her word waits in the row, in the place of any other. Raises SecondPersonNeeded where it waits already.
    """
    is_same = row.proposal == proposal
    if is_same and row.proposed_by != by[:150]:
        return True
    if may_alone(by, amount_micro, currency, reference=reference):
        row.proposal, row.proposed_by = "", ""
        return True
    if is_same:
        raise SecondPersonNeeded("You proposed this; somebody else has to say the same.")
    row.proposal, row.proposed_by = proposal, by[:150]
    row.save()
    return False


def _wait_for(by: str) -> None:
    """Her clicks are counted one after the other; a word from the command line is of nobody with an account."""
    person = Person.objects.filter(username=by[:150]).only("pk").first()
    if person is not None:
        turns.wait_for(person.pk)
