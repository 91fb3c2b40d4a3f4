"""What the store does by itself every few seconds, on one quiet thread. Each round may fail without harm."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from django.db import close_old_connections
from django.db.models import Min, QuerySet

from obbligato.catalog.following import arrivals, letters
from obbligato.catalog.uploads import removing
from obbligato.claims import due as claims_due
from obbligato.claims import telling as claims_telling
from obbligato.claims.orders import expiring, writing
from obbligato.encoding import engine
from obbligato.ledger import snapshots
from obbligato.library.downloads import note_encoded
from obbligato.payments import afterwards, attempts, dispute_watch, inbox, reconciling, refunds
from obbligato.payments.bank import own_account
from obbligato.payments.vouchers.ending import expire_due
from obbligato.people.models import Person
from obbligato.sales import clawing_back, listing
from obbligato.sales.charts import reckoning
from obbligato.sales.checkout import complete_waiting_orders
from obbligato.sales.documents import locating
from obbligato.sales.editing import scheduling
from obbligato.sales.gifts import giving
from obbligato.sales.guests import telling
from obbligato.sales.offers import on_sale
from obbligato.sales.preorders import coming_out
from obbligato.sales.preorders import telling as preorder_mails
from obbligato.sales.wishlist import awaiting
from obbligato.sales.withheld import keeping
from obbligato.standing import confirming, deadlines, detecting, restoring
from obbligato.standing import letters as standing_letters
from obbligato.transparency import appending, checkpoints

PAUSE_SECONDS = 10.0
ATTEMPTS_A_ROUND = 100
VOUCHERS_A_ROUND = 100
EDITIONS_A_ROUND = 20
PREORDERS_A_ROUND = 1_000
ORDERS_A_ROUND = 100
LETTERS_A_ROUND = 20
SECONDS_OF_A_RAIL = 30
log = logging.getLogger("obbligato.upkeep")


def start() -> threading.Event:
    """Begin upkeep in the background; setting the returned event ends it."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop,), name="upkeep", daemon=True).start()
    return stop


def round_of_upkeep() -> None:
    """One round: ask after payments, let waiting orders complete, end vouchers, remember what was encoded, tidy up."""
    expire = partial(expire_due, VOUCHERS_A_ROUND)
    own = (own_account.remember, _ask_after_payments, _complete_orders, _follow_orders, expire)
    for act in (
        *own,
        partial(scheduling.issue_due, EDITIONS_A_ROUND),
        partial(coming_out.come_out_due, PREORDERS_A_ROUND),
        listing.look,
        reckoning.hourly,
        note_encoded,
        engine.tidy,
        snapshots.take,
        reconciling.daily,
        dispute_watch.watch,
        awaiting.look_now_and_then,
        _watch_standing,
        _move_claims,
        _tell_followers,
        removing.sweep,
        partial(expiring.expire_due, ORDERS_A_ROUND),
        partial(writing.send_due, LETTERS_A_ROUND),
        appending.append_waiting,
        checkpoints.make,
    ):
        _survive(act)


def _run(stop: threading.Event) -> None:
    while not stop.wait(PAUSE_SECONDS):
        close_old_connections()
        round_of_upkeep()


def _survive(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception:
        log.exception("Upkeep will try this again in the next round.")


def _ask_after_payments() -> None:
    _survive(inbox.ask_for_news)
    _survive(afterwards.look_for_disputes)
    _survive(partial(inbox.work, ATTEMPTS_A_ROUND))
    spent: Counter[str] = Counter()
    for attempt in attempts.due_for_asking(ATTEMPTS_A_ROUND):
        _ask(attempt.provider, partial(attempts.refresh, attempt), spent)
    for ended in afterwards.due(ATTEMPTS_A_ROUND):
        _ask(ended.provider, partial(afterwards.ask, ended), spent)
    for refund in refunds.due_for_asking(ATTEMPTS_A_ROUND):
        _ask(refund.attempt.provider, partial(refunds.refresh, refund), spent)


def _ask(rail: str, act: Callable[[], object], spent: Counter[str]) -> None:
    """Unless this rail has used up its time in this round: one that is silent must not keep the others waiting."""
    if spent[rail] < SECONDS_OF_A_RAIL * 1_000:
        began = time.monotonic()
        _survive(act)
        spent[rail] += round((time.monotonic() - began) * 1_000)


def _complete_orders() -> None:
    for person in people_who_wait():
        _survive(partial(complete_waiting_orders, person))


def _follow_orders() -> None:
    """What disputes and claims mean for orders, and whether the evidence of where a buyer lives contradicts itself."""
    for dispute in clawing_back.due(ATTEMPTS_A_ROUND):
        _survive(partial(clawing_back.follow, dispute))
    for one in keeping.due(ATTEMPTS_A_ROUND):
        _survive(partial(keeping.follow, one))
    for tell in (giving.tell_due, telling.tell_due, telling.answer_due, preorder_mails.tell_due):
        _survive(partial(tell, ATTEMPTS_A_ROUND))
    for order in locating.to_locate(ATTEMPTS_A_ROUND):
        _survive(partial(locating.locate, order))


def _watch_standing() -> None:
    """Rails that closed themselves, notices that ran out, rails on their way back, days that come near."""
    for act in (detecting.look, confirming.end_due, restoring.advance_due, deadlines.remind):
        _survive(act)
    _survive(partial(standing_letters.send_due, LETTERS_A_ROUND))


def _move_claims() -> None:
    """Periods that have passed, and mails that say so."""
    _survive(partial(claims_due.move_due, ATTEMPTS_A_ROUND))
    _survive(partial(claims_due.remind_due, ATTEMPTS_A_ROUND))
    _survive(partial(claims_due.end_due, ATTEMPTS_A_ROUND))
    _survive(partial(claims_telling.tell_due, ATTEMPTS_A_ROUND))


def _tell_followers() -> None:
    _survive(partial(arrivals.note_now_and_then, on_sale()))
    _survive(partial(letters.send_due, on_sale()))


def people_who_wait() -> QuerySet[Person]:
    """Who has an order waiting for money; first whose oldest one waits longest."""
    # Without the first condition, those who never ordered would count too.
    waiting = Person.objects.filter(
        orders__isnull=False,
        orders__held_at__isnull=True,
        orders__paid_at__isnull=True,
        orders__cancelled_at__isnull=True,
    )
    return waiting.annotate(waits_since=Min("orders__created_at")).order_by("waits_since", "pk")
