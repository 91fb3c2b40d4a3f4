"""Fill a wallet through a provider: one attempt per key, whatever is clicked twice. It never hears of orders."""

import hashlib
import secrets
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import F, Q

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO, format_money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise, Missing
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import registry
from obbligato.payments.contract import Fact, NoAnswer, NotSent, Request
from obbligato.payments.models import OPEN_STATES, Attempt
from obbligato.people.models import Person
from obbligato.people.throttle import count_attempt

MINIMUM_MICRO = MICRO // 2
MAXIMUM_MICRO = 500 * MICRO
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
# Facts form a lattice: whatever order they arrive in, the highest one stands. Money that moved always wins.
RANK = {
    Attempt.State.PREPARED: 0,
    Attempt.State.NOT_SENT: 1,
    Attempt.State.DISPATCHED: 1,
    Attempt.State.UNKNOWN: 1,
    Attempt.State.ACTION_REQUIRED: 2,
    Attempt.State.DECLINED: 3,
    Attempt.State.VOIDED: 3,
    Attempt.State.EXPIRED: 3,
    Attempt.State.MISMATCH: 4,
    Attempt.State.SUCCEEDED: 5,
}


class BadTopUp(Invalid):
    """The amount cannot be topped up."""


class NoSuchAttempt(Missing):
    """There is no such payment among this person's."""


def start(person: Person, *, provider: str, amount_micro: int, currency: str, key: str, return_url: str) -> Attempt:
    """Begin a payment; attempt.next_url is where the buyer finishes it. The same key gives the same attempt.

    `return_url` may contain {number}. The row is committed before anything is sent.
    """
    _refuse_amount(amount_micro, currency)
    rail = registry.provider(provider)
    attempt, is_new = _prepare(person, provider, amount_micro, currency, key)
    if not is_new:
        return attempt
    _move_to(attempt, Attempt.State.DISPATCHED)
    asked = Request(attempt.key, amount_micro, currency, return_url.replace("{number}", attempt.number))
    try:
        fact = rail.request(asked)
    except NotSent:
        fact = Fact(state=Attempt.State.NOT_SENT, reason="The provider could not be reached.")
    except NoAnswer:
        fact = Fact(state=Attempt.State.UNKNOWN, reason="The provider has not answered yet.")
    return note_fact(attempt, fact)


def refresh(attempt: Attempt) -> Attempt:
    """Ask the provider what became of an open attempt; a captured one fills the wallet.

    Where the provider does not answer, or is no longer offered, the attempt stays as it is.
    """
    if not attempt.is_open:
        return attempt
    attempt.asked_at = clock.now()
    attempt.save(update_fields=["asked_at"])
    try:
        fact = registry.provider(attempt.provider).lookup(attempt.provider_reference, attempt.key)
    except (NoAnswer, registry.NoSuchProvider):  # A provider taken away may come back, and then it is asked again.
        return attempt
    return note_fact(attempt, fact)


def due_for_asking(limit: int) -> list[Attempt]:
    """Open attempts to ask after now, those not asked for longest first; the older one is, the rarer it is asked."""
    now = clock.now()
    rested = Q(asked_at__isnull=True) | Q(asked_at__lte=now - SHORTEST_PAUSE)
    never_first = F("asked_at").asc(nulls_first=True)
    candidates = Attempt.objects.filter(rested, state__in=OPEN_STATES).order_by(never_first, "pk")
    return list(islice((one for one in candidates.iterator() if _is_due(one, now)), limit))


def refresh_open(person: Person) -> list[Attempt]:
    """Ask after all of a person's open attempts."""
    return [refresh(one) for one in Attempt.objects.filter(person=person, state__in=OPEN_STATES)]


@transaction.atomic
def note_fact(attempt: Attempt, fact: Fact) -> Attempt:
    """Take in what the provider says, in any order and any number of times, to the same result."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    state = Attempt.State(fact.state)
    if state == Attempt.State.SUCCEEDED and _is_other_money(attempt, fact):
        state = Attempt.State.MISMATCH
    if RANK[state] < RANK[Attempt.State(attempt.state)] or attempt.settled_at is not None:
        return attempt
    attempt.state = state
    attempt.provider_reference = fact.reference or attempt.provider_reference
    attempt.next_url = fact.next_url or attempt.next_url
    attempt.reason = fact.reason
    if state == Attempt.State.SUCCEEDED:
        _fill_wallet(attempt)
    attempt.save()
    return attempt


def attempt_of(person: Person, number: str) -> Attempt:
    """One of the person's own attempts. Another's is as missing as one that never was."""
    attempt = Attempt.objects.filter(person=person, number=number[:32]).first()
    if attempt is None:
        raise NoSuchAttempt("There is no such payment.")
    return attempt


def _is_due(attempt: Attempt, now: datetime) -> bool:
    """Whether a tenth of its age has passed since it was asked after: within an hour at most, 5 s at least."""
    if attempt.asked_at is None:
        return True
    pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, (now - attempt.created_at) / 10))
    return now >= attempt.asked_at + pause


def _refuse_amount(amount_micro: int, currency: str) -> None:
    if not MINIMUM_MICRO <= amount_micro <= MAXIMUM_MICRO:
        least, most = format_money(MINIMUM_MICRO, currency), format_money(MAXIMUM_MICRO, currency)
        raise BadTopUp(f"A top-up is between {least} and {most}.")
    if amount_micro % minor_unit_micro(currency):
        raise BadTopUp(f"{currency} has no unit that small.")


def _prepare(person: Person, provider: str, amount_micro: int, currency: str, key: str) -> tuple[Attempt, bool]:
    own_key = hashlib.sha256(f"{person.pk}:{key}".encode()).hexdigest()
    before = Attempt.objects.filter(key=own_key).first()
    if before is not None:
        return _same_or_refuse(before, provider, amount_micro, currency), False
    count_attempt("top-up", str(person.pk), limit=20, window_seconds=600)
    # The other click of a double click may come first between the look above and here.
    attempt, is_new = Attempt.objects.get_or_create(
        key=own_key,
        defaults={
            "number": secrets.token_hex(8),
            "person": person,
            "provider": provider,
            "amount_micro": amount_micro,
            "currency": currency,
        },
    )
    return _same_or_refuse(attempt, provider, amount_micro, currency), is_new


def _same_or_refuse(attempt: Attempt, provider: str, amount_micro: int, currency: str) -> Attempt:
    if (attempt.provider, attempt.amount_micro, attempt.currency) != (provider, amount_micro, currency):
        raise KeyUsedOtherwise(f"This was sent before, for {attempt.amount}. Open the wallet again for another.")
    return attempt


def _move_to(attempt: Attempt, state: Attempt.State) -> None:
    attempt.state = state
    attempt.save(update_fields=["state"])


def _is_other_money(attempt: Attempt, fact: Fact) -> bool:
    return (fact.amount_micro, fact.currency) != (attempt.amount_micro, attempt.currency)


def _fill_wallet(attempt: Attempt) -> None:
    clearing = accounts.open_account(
        f"clearing:{attempt.provider}", currency=attempt.currency, kind=Account.Kind.CLEARING
    )
    transfer(
        Move(
            key=f"top-up:{attempt.number}",
            source=clearing,
            target=accounts.wallet_of(attempt.person_id, attempt.currency),
            amount_micro=attempt.amount_micro,
            kind="top_up",
            reference=f"top-up:{attempt.number}",
        )
    )
    attempt.settled_at = clock.now()
