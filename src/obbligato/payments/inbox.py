"""Take in what providers send by themselves: kept first, understood later, once each. It trusts no order, no time."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Max

from obbligato.kernel import clock
from obbligato.kernel.refusals import Forbidden, Invalid, Missing
from obbligato.payments import attempts, disputes, refunds, registry
from obbligato.payments.alerting import alert
from obbligato.payments.asking_order import longest_due
from obbligato.payments.contract import Event, Forged, NoAnswer, NotSent, TellsAgain, Untimely
from obbligato.payments.models import Attempt, InboxEvent, Refund

MOST_BODY_BYTES = 1_000_000
PAUSES = (*attempts.PAUSES, *[attempts.DAILY] * 3)
"""After each time the news was of something this store does not know; then a person has to look."""
KEPT_HEADERS = 40
ASKED_EVERY_SECONDS = 3600
LOST_FOR, LONGEST = timedelta(days=3), timedelta(days=30)
"""Providers send news again for some three days, and tell it again for some thirty."""


class NotFromProvider(Forbidden):
    """The news cannot be shown to come from the provider."""


class OfNothingKnown(Missing):
    """The news proves nothing by itself, and is of a charge that this store does not know (yet)."""


class TooLarge(Invalid):
    """No provider sends so much."""

    status = 413


def receive(provider: str, headers: Mapping[str, str], body: bytes) -> InboxEvent:
    """Keep news, once per id; committed when this returns.

    Raises NotFromProvider, OfNothingKnown, TooLarge, NoSuchProvider; then nothing is kept, and who sent it sends again.
    """
    if len(body) > MOST_BODY_BYTES:
        raise TooLarge("This is larger than any news of a provider.")
    try:
        event = registry.provider(provider).read_event(headers, body)
    except Untimely as untimely:  # It is right in all else, so it may be our clock that is wrong.
        alert("untimely_news", f"{provider} {clock.today()}", str(untimely))
        raise NotFromProvider(str(untimely)) from None
    except Forged as forged:
        raise NotFromProvider(str(forged)) from None
    if not event.is_proven and _attempt(provider, event) is None:
        raise OfNothingKnown("This store knows no such payment.")
    kept, is_new = _kept(provider, event.id[:120], headers, body)
    if not is_new and not event.is_proven:
        # It has no id of its own, so that it came before is no reason not to look.
        InboxEvent.objects.filter(pk=kept.pk).update(handled_at=None, tries=0, try_next_at=clock.now())
    elif not is_new and _says_otherwise(kept, event):
        alert("event_changed", f"{provider} {event.id}", "The same news came again and said something else.")
    return kept


def _kept(provider: str, event_id: str, headers: Mapping[str, str], body: bytes) -> tuple[InboxEvent, bool]:
    """Almost all news is new, so it is written first; only what was there already is looked up."""
    few = dict(list(headers.items())[:KEPT_HEADERS])
    try:
        with transaction.atomic():
            return InboxEvent.objects.create(provider=provider, event_id=event_id, body=body, headers=few), True
    except IntegrityError:
        return InboxEvent.objects.get(provider=provider, event_id=event_id), False


def work(limit: int) -> int:
    """Handle news whose time has come, oldest first, so many of each rail; gives how many were looked at.

    What breaks something keeps nothing else waiting: it is raised when all were looked at.
    """
    found = longest_due(InboxEvent.objects.filter(handled_at__isnull=True), limit, time="try_next_at")
    troubles = [trouble for one in found if (trouble := _trouble_with(one))]
    if troubles:
        raise troubles[0]
    return len(found)


def handle(news: InboxEvent) -> bool:
    """Make of kept news what it says, all or nothing, once. False where it is of something not known yet.

    That it was tried is noted before, so that what breaks something is not the first in line for ever.
    """
    _note_try(news)
    return _handled(news)


def _trouble_with(news: InboxEvent) -> Exception | None:
    try:
        handle(news)
    except Exception as trouble:  # It is raised again where all others were looked at.
        InboxEvent.objects.filter(pk=news.pk).update(trouble=f"{type(trouble).__name__}: {trouble}"[:300])
        return trouble
    return None


@transaction.atomic
def _note_try(news: InboxEvent) -> None:
    news = InboxEvent.objects.select_for_update().get(pk=news.pk)
    if news.handled_at is None:
        has_more = news.tries < len(PAUSES)
        news.try_next_at = clock.now() + PAUSES[news.tries] if has_more else None
        news.tries += 1
        news.save(update_fields=["try_next_at", "tries"])


@transaction.atomic
def _handled(news: InboxEvent) -> bool:
    news = InboxEvent.objects.select_for_update().get(pk=news.pk)
    if news.handled_at is not None:
        return True
    try:
        event = _read(news)
        is_known = _taken_in(news.provider, event)
        news.trouble = "" if is_known else "It is of a payment this store does not know."
    except (Forged, registry.NoSuchProvider) as trouble:
        # It was proven when it came: meanwhile a key was changed, or the rail is gone.
        is_known, news.trouble = False, str(trouble)[:300]
    if is_known:
        news.handled_at, news.try_next_at = clock.now(), None
    news.save(update_fields=["handled_at", "try_next_at", "trouble"])
    return is_known


def ask_for_news() -> int:
    """Ask those that can tell again, each once an hour, for news that was lost on its way; gives how many were new."""
    return sum(
        _asked_for_news(rail)
        for rail in registry.providers()
        if isinstance(rail, TellsAgain) and cache.add(f"news:{rail.name}", True, timeout=ASKED_EVERY_SECONDS)
    )


def _asked_for_news(rail: TellsAgain) -> int:
    last = InboxEvent.objects.filter(provider=rail.name).aggregate(at=Max("received_at"))["at"]
    since = max(last - LOST_FOR, clock.now() - LONGEST) if last else clock.now() - LONGEST
    new, troubles = 0, []
    try:
        for event, body in rail.news_since(since):
            try:
                new += _told_again(rail.name, event, body)
            except Exception as trouble:  # It is raised again where all others were told.
                troubles.append(trouble)
    except (NotSent, NoAnswer, Forged):
        return new
    if troubles:
        raise troubles[0]
    return new


@transaction.atomic
def _told_again(provider: str, event: Event, body: bytes) -> bool:
    """Keep and handle news that never came by itself. It needs no proof: the provider was asked for it."""
    if InboxEvent.objects.filter(provider=provider, event_id=event.id[:120]).exists():
        return False
    if not _taken_in(provider, event):
        return False  # It is of nothing known here, and is told again in an hour.
    now = clock.now()
    InboxEvent.objects.create(
        provider=provider, event_id=event.id[:120], body=body, received_at=now, handled_at=now, try_next_at=None
    )
    return True


def _says_otherwise(kept: InboxEvent, event: Event) -> bool:
    """Other letters are nothing: companies count in it how often they sent it. What was told again is not signed."""
    try:
        return _read(kept) != event
    except Forged:
        return False


def _read(news: InboxEvent) -> Event:
    """What kept news says. It came in time, or it would not have been kept. Raises Forged, NoSuchProvider."""
    try:
        return registry.provider(news.provider).read_event(news.headers, bytes(news.body))
    except Untimely as late:
        return late.event


def _taken_in(provider: str, event: Event) -> bool:
    if event.says_nothing:
        return True
    attempt = _attempt(provider, event)
    if attempt is None:
        return False
    acts: list[Callable[[], object]] = []
    if (event.charge, event.refund, event.dispute) == (None, None, None):
        acts.append(partial(attempts.ask_soon, attempt))
    if event.charge is not None:
        acts.append(partial(attempts.note_fact, attempt, event.charge))
    if event.refund is not None:
        if not event.refund_key:
            return bool(alert("refund_elsewhere", f"{provider} {event.refund.reference}", _elsewhere(attempt)))
        refund = Refund.objects.filter(attempt=attempt, key=event.refund_key).first()
        if refund is None:
            return False
        acts.append(partial(refunds.note_fact, refund, event.refund))
    if event.dispute is not None:
        if attempt.settled_at is None:  # That it was captured is still to be heard.
            return False
        if event.dispute.currency not in {"", attempt.currency}:
            return bool(alert("dispute_currency", f"{provider} {event.dispute.reference}", _foreign(attempt)))
        acts.append(partial(disputes.note_fact, attempt, event.dispute))
    for act in acts:
        act()
    return True


def _elsewhere(attempt: Attempt) -> str:
    return f"Money of payment {attempt.number} was sent back at {attempt.provider} itself: the wallet still has it too."


def _foreign(attempt: Attempt) -> str:
    return f"A dispute about payment {attempt.number} is in another currency than {attempt.currency}: book it by hand."


def _attempt(provider: str, event: Event) -> Attempt | None:
    known = Attempt.objects.filter(provider=provider)
    if event.idempotency_key and (found := known.filter(key=event.idempotency_key).first()):
        return found
    return known.filter(provider_reference=event.reference).first() if event.reference else None
