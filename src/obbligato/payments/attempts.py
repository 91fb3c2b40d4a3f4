"""One try at one provider: send it once, take in what is said of it, fill the wallet when money moved.

The row is committed before any byte is sent, and nothing is guessed: only the provider's own answer ends a doubt.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from obbligato.kernel import chance, clock
from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.money import format_money
from obbligato.kernel.refusals import Refused
from obbligato.kernel.sentences import Sentence
from obbligato.ledger import accounts
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import card_testing, facts, health, rails, registry, two_people
from obbligato.payments.asking_order import longest_due
from obbligato.payments.contract import Decline, Fact, Method, NoAnswer, NotSent, PayPage, Provider, Request
from obbligato.payments.limits.limiting import method_left
from obbligato.payments.models import OPEN_STATES, UNFINISHED, Attempt, Intent
from obbligato.payments.vouchers import bonuses
from obbligato.people.models import Person

State = Attempt.State
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3_600, 21_600))
"""After each time a provider was asked in vain; then daily for a week, and weekly from then on.

It never ends by itself: a page left open may be paid weeks later, and news of that may be lost."""
DAILY, DAYS, WEEKLY = timedelta(days=1), 7, timedelta(days=7)
IN_DOUBT = (State.DISPATCHED, State.UNKNOWN)
OF_NOW = (Decline.TECHNICAL, Decline.MERCHANT)
"""A no to a request sent again that names no charge: the first may have been captured before the rail closed."""


class NothingCame(Refused):
    """The payment company names no amount that came."""


@transaction.atomic
def prepare(intent: Intent, provider: str) -> tuple[Attempt, bool]:
    """A new attempt of an intent, nothing sent, and True; or the live one it has, and False.

    The new one takes the place of those that ended: if one of them lives again, it is as one the buyer gave up.
    """
    intent = Intent.objects.select_for_update().get(pk=intent.pk)
    standing = Attempt.objects.filter(intent=intent, superseded_at__isnull=True)
    live = standing.filter(state__in=OPEN_STATES).first()
    if live is not None:
        return live, False
    standing.update(superseded_at=clock.now())
    made = Attempt.objects.create(
        number=chance.token(8),
        key=chance.token(32),
        intent=intent,
        person_id=intent.person_id,
        provider=provider,
        amount_micro=intent.amount_micro,
        currency=intent.currency,
        ask_next_at=clock.now() + PAUSES[0],
    )
    return made, True


def dispatch(attempt: Attempt, rail: Provider) -> Attempt:
    """Send a prepared attempt, once, and take in the answer. That it may have landed is committed before."""
    now = clock.now()
    is_ours = Attempt.objects.filter(pk=attempt.pk, state=State.PREPARED).update(
        state=State.DISPATCHED, dispatched_at=now, ask_next_at=now + PAUSES[0]
    )
    attempt.refresh_from_db()
    if not is_ours:
        return attempt  # It was given up as never sent, or somebody else sends it.
    rails.note_probe(rail.name)
    try:
        fact = _answer(attempt, rail)
    except NotSent:
        rails.note_outcome(rail.name, health.FAILED)
        fact = Fact(
            state=State.NOT_SENT, reason=Sentence("The provider could not be reached."), decline=Decline.TECHNICAL
        )
    except NoAnswer:
        rails.note_outcome(rail.name, health.UNKNOWN)
        fact = Fact(state=State.UNKNOWN, reason=Sentence("The provider has not answered yet."))
    else:
        _note_answer(attempt, rail, fact)
    return note_fact(attempt, fact)


def refresh(attempt: Attempt) -> Attempt:
    """Ask the provider what became of an open attempt; a captured one fills the wallet.

    Where the provider does not answer, or is no longer offered, the attempt stays as it is.
    """
    if not attempt.is_open:
        return attempt
    _note_asked(attempt)
    if attempt.state == State.PREPARED:
        return _given_up(attempt)
    try:
        rail = registry.provider(attempt.provider)
    except registry.NoSuchProvider:  # A provider taken away may come back, and then it is asked again.
        return attempt
    try:
        if _may_be_sent_again(attempt, rail):
            fact = _answer(attempt, rail)
            _note_answer(attempt, rail, fact)
            if fact.decline in OF_NOW and not fact.reference:
                return attempt
        else:
            if attempt.state == State.ACTION_REQUIRED and card_testing.is_tested_by(attempt):
                rail.void(attempt.provider_reference)
            fact = rail.lookup(attempt.provider_reference, attempt.key)
    except (NotSent, NoAnswer):  # That this time nothing arrived says nothing of the first time.
        return attempt
    if State(fact.state) == State.NOT_SENT and not _is_settled(attempt, rail):
        return attempt  # It may know of it in a while.
    return note_fact(attempt, fact)


def pay_page(attempt: Attempt) -> PayPage | None:
    """What the store's own page shows for her to finish an attempt; None where there is nothing to finish here.

    Raises NotSent, NoAnswer, TooManyCards.
    """
    if attempt.state != State.ACTION_REQUIRED:
        return None
    try:
        rail = registry.provider(attempt.provider)
    except registry.NoSuchProvider:
        return None
    if Method.CARD in rail.capabilities.methods:
        card_testing.refuse_too_many(attempt.person_id)
    return rail.pay_page(_asked(attempt, rail), attempt.provider_reference)


def ask_soon(attempt: Attempt) -> None:
    """Its provider has something to say of it, of its refunds or disputes: ask in the next round, ended or not."""
    now = clock.now()
    Attempt.objects.filter(pk=attempt.pk).update(ask_next_at=now)
    attempt.refunds.filter(state__in=UNFINISHED).update(ask_next_at=now)


def due_for_asking(limit: int) -> list[Attempt]:
    """Open attempts whose time to be asked after has come, those that wait longest first: so many of each provider."""
    return longest_due(Attempt.objects.filter(state__in=OPEN_STATES), limit)


def open_of(person: Person) -> list[Attempt]:
    """A person's payments that are under way, the newest first."""
    return list(Attempt.objects.filter(person=person, state__in=OPEN_STATES).select_related("intent").order_by("-pk"))


def refresh_open(person: Person) -> list[Attempt]:
    """Ask after all of a person's open attempts."""
    return [refresh(one) for one in open_of(person)]


@transaction.atomic
def note_fact(attempt: Attempt, fact: Fact) -> Attempt:
    """Take in what the provider says, in any order and any number of times, to the same result."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    said = _judged(attempt, fact)
    if fact.instrument and card_testing.note(attempt, fact.instrument):
        attempt.ask_next_at = clock.now()  # It is given up in the next round.
    is_more_of_it = said == attempt.state == State.MISMATCH
    if said == attempt.state == State.SUCCEEDED and fact.amount_micro > attempt.captured_micro:
        _fill_more(attempt, fact.amount_micro)
    if attempt.settled_at is not None or not (facts.is_news(attempt.state, said) or is_more_of_it):
        return _with_details(attempt, fact) if said == attempt.state or fact.ask_again_at else attempt
    attempt.state = said
    attempt.reason, attempt.decline = fact.reason[:200], fact.decline
    if (fact.amount_micro, fact.currency) > (attempt.reported_micro, attempt.reported_currency):
        attempt.reported_micro, attempt.reported_currency = fact.amount_micro, fact.currency
    if said == State.SUCCEEDED:
        _fill_wallet(attempt, fact.amount_micro)
    return _with_details(attempt, fact)


@transaction.atomic
def accept_mismatch(attempt: Attempt, *, by: str) -> Attempt:
    """A person's word that money reported otherwise than asked is the buyer's: all of it, in its own currency.

    Where it takes two people, hers is kept in `proposal` until another says the same. Raises NothingCame,
    SecondPersonNeeded.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state == State.MISMATCH and not attempt.reported_micro:
        raise NothingCame("By the company's word nothing came, so there is nothing to give her.")
    if attempt.state == State.MISMATCH and attempt.settled_at is None:
        came = (attempt.reported_micro, attempt.reported_currency)
        reference = f"top-up:{attempt.number}"
        if not two_people.is_agreed(attempt, format_money(*came), *came, by=by, reference=reference):
            return attempt
        attempt.accepted_by = by[:150]
        attempt.state = State.SUCCEEDED
        attempt.currency = attempt.reported_currency
        _fill_wallet(attempt, attempt.reported_micro)
        attempt.save()
    return attempt


@transaction.atomic
def supersede(attempt: Attempt) -> Attempt:
    """The buyer goes another way. If money comes this way nevertheless, it is hers like any other."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.superseded_at is None:
        attempt.superseded_at = clock.now()
        attempt.save(update_fields=["superseded_at"])
    return attempt


def _answer(attempt: Attempt, rail: Provider) -> Fact:
    """Ask for the money. That it was asked for before is no answer: looking it up is. Raises NotSent, NoAnswer."""
    fact = rail.request(_asked(attempt, rail))
    if fact.decline == Decline.DUPLICATE:
        raise NoAnswer
    return fact


def _asked(attempt: Attempt, rail: Provider) -> Request:
    intent = attempt.intent
    return Request(
        idempotency_key=attempt.key,
        amount_micro=attempt.amount_micro,
        currency=attempt.currency,
        return_url=intent.return_url.replace("{number}", attempt.number),
        method=intent.method or method_left(rail),
        number=attempt.number,
        news_url=f"{settings.SITE_URL}/api/webhooks/{rail.name}",
    )


def _note_answer(attempt: Attempt, rail: Provider, fact: Fact) -> None:
    """What the answer tells of the rail. A buyer's own decline tells nothing, or thieves could close or heal it."""
    Attempt.objects.filter(pk=attempt.pk, answered_at__isnull=True).update(answered_at=clock.now())
    if fact.decline == Decline.TECHNICAL:
        rails.note_outcome(rail.name, health.FAILED)
    elif fact.decline == Decline.MERCHANT:
        rails.block(rail.name, reason=fact.reason or "It will not serve this store.", by=f"attempt {attempt.number}")
    elif not fact.decline:
        rails.note_outcome(rail.name, health.GOOD)


def _given_up(attempt: Attempt) -> Attempt:
    """A prepared attempt that nobody came to send, as after a crash: it is certain that nothing was sent."""
    Attempt.objects.filter(pk=attempt.pk, state=State.PREPARED).update(
        state=State.NOT_SENT, reason=Sentence("It was never sent."), ask_next_at=None
    )
    attempt.refresh_from_db()
    return attempt


def _may_be_sent_again(attempt: Attempt, rail: Provider) -> bool:
    """Whether the same request under the same key is sure to be one charge; past half the window we only look up."""
    window = rail.capabilities.idempotency
    if window is None or attempt.state not in IN_DOUBT or attempt.provider_reference or attempt.superseded_at:
        return False
    return attempt.dispatched_at is not None and clock.now() < attempt.dispatched_at + window / 2


def _is_settled(attempt: Attempt, rail: Provider) -> bool:
    sent_at = attempt.dispatched_at or attempt.created_at
    return clock.now() >= sent_at + rail.capabilities.settling


def _note_asked(attempt: Attempt) -> None:
    """What is asked before its time, because a page is looked at, makes no pause longer."""
    now = clock.now()
    attempt.asked_at = now
    if attempt.ask_next_at is None or attempt.ask_next_at <= now:
        attempt.ask_next_at = next_time(attempt.asked_times, now)
        attempt.asked_times += 1
    attempt.save(update_fields=["asked_at", "asked_times", "ask_next_at"])


def next_time(asked_times: int, now: datetime) -> datetime:
    """When to ask after that."""
    if asked_times < len(PAUSES):
        return now + PAUSES[asked_times]
    return now + (DAILY if asked_times < len(PAUSES) + DAYS else WEEKLY)


def _judged(attempt: Attempt, fact: Fact) -> Attempt.State:
    """What the fact says, unless it is of other money than was asked for, which nobody but a person accepts."""
    said = State(fact.state)
    if said != State.SUCCEEDED:
        return said
    is_ours = not (attempt.provider_reference and fact.reference and attempt.provider_reference != fact.reference)
    is_same = (fact.amount_micro, fact.currency) == (attempt.amount_micro, attempt.currency)
    may_differ = fact.currency == attempt.currency and _takes_any_amount(attempt.provider) and fact.amount_micro > 0
    return said if is_ours and (is_same or may_differ) else State.MISMATCH


def _takes_any_amount(provider: str) -> bool:
    try:
        return registry.provider(provider).capabilities.takes_any_amount
    except registry.NoSuchProvider:
        return False


def _with_details(attempt: Attempt, fact: Fact) -> Attempt:
    attempt.provider_reference = attempt.provider_reference or fact.reference
    attempt.next_url = attempt.next_url or fact.next_url
    attempt.payer_country = attempt.payer_country or (fact.country if fact.country in COUNTRIES else "")
    if attempt.is_open and fact.reason:
        attempt.reason = fact.reason[:200]  # A card was refused, and she may try another.
    attempt.ask_next_at = _time_after(attempt, fact)
    attempt.save()
    return attempt


def _time_after(attempt: Attempt, fact: Fact) -> datetime | None:
    """When to ask after that fact. What is due stays due: there may be news while this answer was under way."""
    planned = attempt.ask_next_at
    is_due = planned is not None and planned <= clock.now()
    if attempt.is_open or is_due:
        return min(filter(None, (planned, fact.ask_again_at)), default=None)
    return fact.ask_again_at


def _fill_wallet(attempt: Attempt, amount_micro: int) -> None:
    transfer(
        Move(
            key=f"top-up:{attempt.number}",
            source=accounts.clearing_of(attempt.provider, attempt.currency),
            target=accounts.wallet_of(attempt.person_id, attempt.currency),
            amount_micro=amount_micro,
            kind="top_up",
            reference=f"top-up:{attempt.number}",
        )
    )
    bonuses.grant(attempt, amount_micro)
    attempt.settled_at = clock.now()


def _fill_more(attempt: Attempt, amount_micro: int) -> None:
    """What came by a payment is more than it was when it filled the wallet: the rest is hers too."""
    reference = f"top-up:{attempt.number}"
    source = accounts.clearing_of(attempt.provider, attempt.currency)
    target = accounts.wallet_of(attempt.person_id, attempt.currency)
    more_micro = amount_micro - attempt.captured_micro
    transfer(Move(f"{reference}:{amount_micro}", source, target, more_micro, "top_up", reference))
    attempt.reported_micro = amount_micro
