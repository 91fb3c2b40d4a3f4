"""Take in what providers send by themselves: kept first, understood later, once each. It trusts no order, no time."""

from collections.abc import Callable, Mapping
from functools import partial

from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Forbidden, Invalid, Missing
from obbligato.payments import attempts, disputes, refunds, registry
from obbligato.payments.contract import Event, Forged
from obbligato.payments.models import Alert, Attempt, InboxEvent, Refund

MOST_BODY_BYTES = 1_000_000
PAUSES = (*attempts.PAUSES, *[attempts.DAILY] * 3)
"""After each time the news was of something this store does not know; then a person has to look."""
KEPT_HEADERS = 40


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
    except Forged as forged:
        raise NotFromProvider(str(forged)) from None
    if not event.is_proven and _attempt(provider, event) is None:
        raise OfNothingKnown("This store knows no such payment.")
    kept, is_new = InboxEvent.objects.get_or_create(
        provider=provider,
        event_id=event.id[:120],
        defaults={"body": body, "headers": dict(list(headers.items())[:KEPT_HEADERS])},
    )
    if not is_new and not event.is_proven:
        # It has no id of its own, so that it came before is no reason not to look.
        InboxEvent.objects.filter(pk=kept.pk).update(handled_at=None, tries=0, try_next_at=clock.now())
    elif not is_new and bytes(kept.body) != body:
        alert("event_changed", f"{provider} {event.id}", "The same news came again and said something else.")
    return kept


def work(limit: int) -> int:
    """Handle news whose time has come, oldest first; gives how many were looked at."""
    due = InboxEvent.objects.filter(handled_at__isnull=True, try_next_at__lte=clock.now())
    found = list(due.order_by("try_next_at", "pk")[:limit])
    for one in found:
        handle(one)
    return len(found)


@transaction.atomic
def handle(news: InboxEvent) -> bool:
    """Make of kept news what it says, all or nothing, once. False where it is of something not known yet."""
    news = InboxEvent.objects.select_for_update().get(pk=news.pk)
    if news.handled_at is not None:
        return True
    try:
        event = registry.provider(news.provider).read_event(news.headers, bytes(news.body))
        is_known = _taken_in(news.provider, event)
        news.trouble = "" if is_known else "It is of a payment this store does not know."
    except (Forged, registry.NoSuchProvider) as trouble:
        # It was proven when it came: meanwhile a key was changed, or the time for it is over.
        is_known, news.trouble = False, str(trouble)[:300]
    if is_known:
        news.handled_at, news.try_next_at = clock.now(), None
    else:
        has_more = news.tries < len(PAUSES)
        news.try_next_at = clock.now() + PAUSES[news.tries] if has_more else None
        news.tries += 1
    news.save()
    return is_known


def alert(kind: str, subject: str, sentence: str) -> Alert:
    """Put something before a person, once for each subject."""
    made, _ = Alert.objects.get_or_create(kind=kind, subject=subject[:150], defaults={"sentence": sentence[:300]})
    return made


def _taken_in(provider: str, event: Event) -> bool:
    if not (event.reference or event.idempotency_key):  # It is of none: nothing is to be done.
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
        refund = Refund.objects.filter(attempt=attempt, key=event.refund_key).first()
        if refund is None:
            return False
        acts.append(partial(refunds.note_fact, refund, event.refund))
    if event.dispute is not None:
        if attempt.settled_at is None:  # That it was captured is still to be heard.
            return False
        acts.append(partial(disputes.note_fact, attempt, event.dispute))
    for act in acts:
        act()
    return True


def _attempt(provider: str, event: Event) -> Attempt | None:
    known = Attempt.objects.filter(provider=provider)
    if event.idempotency_key and (found := known.filter(key=event.idempotency_key).first()):
        return found
    return known.filter(provider_reference=event.reference).first() if event.reference else None
