"""Send money back to where it came from: out of the wallet at once, to the provider once, never more than came in.

A bonus that a payment brought leaves the wallet first, as much of it as of the payment; what was spent of it is lost.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from obbligato.kernel import chance, clock
from obbligato.kernel.money import Money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise, Refused
from obbligato.kernel.sentences import ENGLISH, Sentence
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, NotEnoughMoney, transfer
from obbligato.payments import pausing, registry, two_people
from obbligato.payments.alerting import alert
from obbligato.payments.asking_order import longest_due
from obbligato.payments.attempts import next_time
from obbligato.payments.contract import NoAnswer, NotSent, Provider, RefundFact, RefundRequest
from obbligato.payments.keys import own_key
from obbligato.payments.models import UNFINISHED, Attempt, Refund
from obbligato.payments.pots import Pot, pots
from obbligato.payments.vouchers import bonuses
from obbligato.people.models import Person

State = Refund.State
RANK = {
    State.PROPOSED: 0,
    State.PREPARED: 1,
    State.DISPATCHED: 2,
    State.UNKNOWN: 3,
    State.DONE: 4,
    State.FAILED: 5,
}
"""A chain: a refund that was done and then bounced has failed, whichever of the two is heard first."""


class NothingToRefund(Refused):
    """The payment has no such amount left to send back."""


class RefundUnderWay(Refused):
    """Another refund of the same payment is not finished."""


@dataclass(frozen=True)
class Refundable:
    """A captured payment, what of it could still be sent back, and what bonus would go with it, in micro-units."""

    attempt: Attempt
    amount_micro: int
    bonus_micro: int = 0


def refundable_micro(attempt: Attempt) -> int:
    """What of a captured payment was not sent back yet; refunds in doubt count as sent."""
    if attempt.state != Attempt.State.SUCCEEDED or attempt.settled_at is None:
        return 0
    gone = attempt.refunds.exclude(state=State.FAILED).aggregate(total=Sum("amount_micro"))["total"] or 0
    disputed = attempt.disputes.exclude(state="won").aggregate(total=Sum("amount_micro"))["total"] or 0
    return max(0, attempt.captured_micro - gone - disputed)


def remainder(person: Person, currency: str) -> list[Refundable]:
    """What a person could have back of her wallet, by the payments it came in by, the newest first.

    Cash, vouchers, goodwill and bonuses came by no payment.
    """
    held = pots(person.pk, currency)
    left, bonus_left = held[Pot.PAID], held[Pot.BONUS]
    found = []
    captured = Attempt.objects.filter(person=person, currency=currency, state=Attempt.State.SUCCEEDED)
    for attempt in captured.order_by("-settled_at", "-pk"):
        whole = refundable_micro(attempt)
        amount = min(left, whole)
        amount -= amount % minor_unit_micro(currency)
        if amount > 0:
            gone = attempt.captured_micro - whole + amount
            bonus = bonuses.due_micro(attempt, gone_micro=gone, most_micro=bonus_left)
            found.append(Refundable(attempt, amount, bonus))
            left, bonus_left = left - amount, bonus_left - bonus
    return found


def ask(attempt: Attempt, *, amount_micro: int, key: str, by: str, reason: str = "") -> Refund:
    """Send an amount back, or propose to where it takes two people. The same key gives the same refund.

    `by` names who asks. Raises NothingToRefund, RefundUnderWay, NotEnoughMoney, Invalid, KeyUsedOtherwise.
    """
    refund, is_new = _prepared(attempt, amount_micro, key, by, reason)
    return _dispatched(refund) if is_new and refund.state == State.PREPARED else refund


def ask_all(person: Person, currency: str, *, key: str) -> list[Refund]:
    """Send back all of a person's own that can go back, each part to where it came from. The same key does it once.

    A payment of which another refund is not finished is left out.
    """
    by = person.get_username()
    free = [one for one in remainder(person, currency) if not one.attempt.refunds.filter(state__in=UNFINISHED).exists()]
    return [ask(one.attempt, amount_micro=one.amount_micro, key=key, by=by) for one in free]


def approve(refund: Refund, *, by: str) -> Refund:
    """The second person's word for a proposed refund: it goes out. Raises SecondPersonNeeded."""
    two_people.refuse_the_same(by, refund.asked_by, "refund")
    is_ours = Refund.objects.filter(pk=refund.pk, state=State.PROPOSED).update(state=State.PREPARED, approved_by=by)
    refund.refresh_from_db()
    return _dispatched(refund) if is_ours else refund


@transaction.atomic
def reject(refund: Refund, *, by: str) -> Refund:
    """A proposed refund is not made; the money is in the wallet again. Who approves it at that moment has to wait."""
    refund = _locked(refund)
    if refund.state != State.PROPOSED:
        return refund
    return note_fact(refund, RefundFact(State.FAILED, reason=f"Rejected by {by}."))


def refresh(refund: Refund) -> Refund:
    """Ask what became of a refund that is not finished; one that was never sent is sent."""
    refund.refresh_from_db()
    if not refund.is_open or refund.state == State.PROPOSED:
        return refund
    now = clock.now()
    Refund.objects.filter(pk=refund.pk).update(
        asked_times=refund.asked_times + 1, ask_next_at=next_time(refund.asked_times, now)
    )
    if refund.state == State.PREPARED:
        return _dispatched(refund)
    try:
        rail = registry.provider(refund.attempt.provider)
        fact = rail.lookup_refund(_request(refund))
    except (NotSent, NoAnswer, registry.NoSuchProvider):
        return refund
    if fact.state == Attempt.State.NOT_SENT:
        is_settled = refund.dispatched_at is None or now >= refund.dispatched_at + rail.capabilities.settling
        return (
            note_fact(refund, RefundFact(State.FAILED, reason=Sentence("It never reached the provider.")))
            if is_settled
            else refund
        )
    return note_fact(refund, fact)


def look_again(refund: Refund, rail: Provider) -> Refund:
    """What its provider now says of a refund that was done: it may have bounced. Raises NotSent, NoAnswer."""
    fact = rail.lookup_refund(_request(refund))
    return refund if fact.state == Attempt.State.NOT_SENT else note_fact(refund, fact)


def to_be_taken(person: Person) -> list[Refund]:
    """Refunds that wait for the person to say where they should go, at their own pages."""
    waiting = Refund.objects.filter(attempt__person=person, state__in=UNFINISHED).exclude(next_url="")
    return list(waiting.select_related("attempt").order_by("pk"))


def due_for_asking(limit: int) -> list[Refund]:
    """Refunds whose time to be asked after has come: so many of each provider."""
    states = (State.PREPARED, State.DISPATCHED, State.UNKNOWN)
    due = Refund.objects.filter(state__in=states).select_related("attempt")
    return longest_due(due, limit, rail="attempt__provider")


@transaction.atomic
def note_fact(refund: Refund, fact: RefundFact) -> Refund:
    """Take in what the provider says of a refund, in any order, to the same result."""
    refund = _locked(refund)
    said = State(fact.state)
    refund.provider_reference = refund.provider_reference or fact.reference
    refund.next_url = refund.next_url or fact.next_url
    before, attempt = State(refund.state), refund.attempt
    if RANK[said] <= RANK[before]:
        refund.save(update_fields=["provider_reference", "next_url"])
        return refund
    refund.state, refund.said = said, fact.reason[:200]
    if said == State.DONE:
        _move(refund, "done", source=_due(attempt), target=_clearing(attempt))
    elif said == State.FAILED:
        source = _clearing(attempt) if before == State.DONE else _due(attempt)
        _move(refund, "back", source=source, target=_wallet(attempt))
        bonuses.give_again(_bonus_key(refund))
        if before != State.PROPOSED and not attempt.person.is_active:
            _tell_of_a_closed_wallet(refund)
    if not refund.is_open:
        refund.settled_at, refund.ask_next_at = clock.now(), None
    refund.save()
    return refund


@transaction.atomic
def _prepared(attempt: Attempt, amount_micro: int, key: str, by: str, reason: str) -> tuple[Refund, bool]:
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    key = own_key(attempt.pk, key)
    before = Refund.objects.filter(key=key).first()
    if before is not None:
        if before.amount_micro != amount_micro:
            raise KeyUsedOtherwise(
                "This was sent before, for {amount}.", amount=Money(before.amount_micro, attempt.currency)
            )
        return before, False
    if amount_micro <= 0 or amount_micro % minor_unit_micro(attempt.currency):
        raise Invalid("{currency} has no such amount to send.", currency=attempt.currency)
    left = refundable_micro(attempt)
    if amount_micro > left:
        raise NothingToRefund("Of this payment {amount} can be sent back.", amount=Money(left, attempt.currency))
    if attempt.refunds.filter(state__in=UNFINISHED).exists():
        raise RefundUnderWay("Another refund of this payment is not finished yet.")
    bonus_left_micro = _refuse_unpaid(attempt, amount_micro)
    number = chance.token(8)
    is_enough = by == attempt.person.get_username() or two_people.may_alone(
        by, amount_micro, attempt.currency, reference=f"refund:{number}"
    )

    # All refusals are above; from here on the money moves.
    refund = Refund.objects.create(
        number=number,
        key=key,
        attempt=attempt,
        amount_micro=amount_micro,
        state=State.PREPARED if is_enough else State.PROPOSED,
        asked_by=by[:150],
        reason=reason[:200],
    )
    gone_micro = attempt.captured_micro - left + amount_micro
    bonuses.take_back(attempt, gone_micro=gone_micro, most_micro=bonus_left_micro, key=_bonus_key(refund))
    _move(refund, "due", source=_wallet(attempt), target=_due(attempt))
    return refund, True


def _refuse_unpaid(attempt: Attempt, amount_micro: int) -> int:
    """Refuse what did not come into the wallet by payments; gives what bonus is in it. Nobody spends meanwhile."""
    accounts.hold(_wallet(attempt), _due(attempt))
    held = pots(attempt.person_id, attempt.currency)
    if amount_micro > held[Pot.PAID]:
        paid = Money(held[Pot.PAID], attempt.currency)
        raise NotEnoughMoney(
            "Of what is in the wallet {paid} came by payments and can go back; cash, vouchers and bonuses cannot.",
            paid=paid,
        )
    return held[Pot.BONUS]


def _locked(refund: Refund) -> Refund:
    """As it is now, and nobody else's to change. Its attempt stays free: whoever has that may want the refund next."""
    return Refund.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=refund.pk)


def _dispatched(refund: Refund) -> Refund:
    """Send it, once; while its rail asks for a pause it waits, and is sent when it is asked after."""
    if pausing.is_asked_for(refund.attempt.provider):
        return refund
    now = clock.now()
    is_ours = Refund.objects.filter(pk=refund.pk, state=State.PREPARED).update(
        state=State.DISPATCHED, dispatched_at=now, ask_next_at=next_time(0, now)
    )
    refund.refresh_from_db()
    if not is_ours:
        return refund
    try:
        fact = registry.provider(refund.attempt.provider).refund(_request(refund))
    except (NotSent, registry.NoSuchProvider):
        fact = RefundFact(
            State.FAILED, reason=Sentence("The provider could not be reached; the money is in the wallet.")
        )
    except NoAnswer:
        fact = RefundFact(State.UNKNOWN, reason=Sentence("The provider has not answered yet."))
    return note_fact(refund, fact)


def _request(refund: Refund) -> RefundRequest:
    attempt = refund.attempt
    return RefundRequest(refund.key, attempt.provider_reference, refund.amount_micro, attempt.currency)


def _move(refund: Refund, act: str, *, source: Account, target: Account) -> None:
    reference = f"refund:{refund.number}"
    transfer(Move(f"{reference}:{act}", source, target, refund.amount_micro, f"refund_{act}", reference))


def _tell_of_a_closed_wallet(refund: Refund) -> None:
    """Whoever signs in no more would never see that the money is in her wallet again."""
    amount = Money(refund.amount_micro, refund.attempt.currency).said_in(ENGLISH)
    sentence = f"{amount} could not be sent back to {refund.attempt.person}, whose account is closed."
    alert("refund_to_closed", f"refund {refund.number}", f"{sentence} It is in her wallet: ask her where it may go.")


def _bonus_key(refund: Refund) -> str:
    return f"refund:{refund.number}:bonus"


def _wallet(attempt: Attempt) -> Account:
    return accounts.wallet_of(attempt.person_id, attempt.currency)


def _due(attempt: Attempt) -> Account:
    return accounts.refund_due_of(attempt.provider, attempt.currency)


def _clearing(attempt: Attempt) -> Account:
    return accounts.clearing_of(attempt.provider, attempt.currency)
