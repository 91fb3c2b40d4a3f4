"""Ask about payments that have ended when their provider has more to say: paid late, taken back, a refund bounced.

Whoever hears that there is more only sets `ask_next_at`; the asking is done here, outside of any transaction.
"""

from datetime import timedelta

from django.core.cache import cache

from obbligato.kernel import clock
from obbligato.payments import attempts, disputes, refunds, registry
from obbligato.payments.asking_order import longest_due
from obbligato.payments.contract import NoAnswer, NotSent, Provider, TellsDisputes
from obbligato.payments.models import OPEN_STATES, Attempt, Dispute, Refund

AGAIN = timedelta(minutes=10)
"""After that a provider that did not answer is asked again."""
LOOKED_EVERY_SECONDS, LOOKED_AGAIN_SECONDS = 24 * 3600, 3600
"""For disputes that went unheard; the second where a provider did not answer."""


def due(limit: int) -> list[Attempt]:
    """Ended attempts that are to be asked about now, those that wait longest first: so many of each provider."""
    return longest_due(Attempt.objects.exclude(state__in=OPEN_STATES), limit)


def ask(attempt: Attempt) -> Attempt:
    """Take in all that its provider now says of an ended attempt. Where it does not answer, it is asked again."""
    now = clock.now()
    Attempt.objects.filter(pk=attempt.pk).update(asked_at=now, ask_next_at=now + AGAIN)
    try:
        _take_in(attempt, registry.provider(attempt.provider))
    except (NotSent, NoAnswer, registry.NoSuchProvider):
        pass
    else:
        # Unless there was more to hear while we asked.
        Attempt.objects.filter(pk=attempt.pk, ask_next_at=now + AGAIN).update(ask_next_at=None)
    attempt.refresh_from_db()
    return attempt


def look_for_disputes() -> int:
    """Let those be asked about whose disputes or their ends may have gone unheard, once a day; gives how many.

    That are charges which a provider lists, and those with a dispute that is still open here.
    """
    found: set[int] = set()
    for rail in registry.providers():
        if isinstance(rail, TellsDisputes) and cache.add(_asked(rail), True, timeout=LOOKED_EVERY_SECONDS):
            settled = Attempt.objects.filter(provider=rail.name, settled_at__isnull=False)
            listed = settled.filter(provider_reference__in=_disputed(rail)).exclude(provider_reference="")
            found.update(listed.values_list("pk", flat=True))
            found.update(settled.filter(disputes__state=Dispute.State.OPEN).values_list("pk", flat=True))
    for attempt in Attempt.objects.filter(pk__in=found).order_by("pk"):
        attempts.ask_soon(attempt)
    return len(found)


def _disputed(rail: TellsDisputes) -> list[str]:
    try:
        return rail.disputed()
    except (NotSent, NoAnswer):
        cache.set(_asked(rail), True, timeout=LOOKED_AGAIN_SECONDS)
        return []


def _asked(rail: TellsDisputes) -> str:
    return f"disputes:{rail.name}"


def _take_in(attempt: Attempt, rail: Provider) -> None:
    attempt = attempts.note_fact(attempt, rail.lookup(attempt.provider_reference, attempt.key))
    if attempt.settled_at is None:
        return
    if isinstance(rail, TellsDisputes):
        for one in rail.disputes(attempt.provider_reference):
            disputes.note_fact(attempt, one)
    for refund in attempt.refunds.filter(state=Refund.State.DONE):
        refunds.look_again(refund, rail)
