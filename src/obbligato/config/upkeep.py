"""What the store does by itself every few seconds, on one quiet thread. Each round may fail without harm."""

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections

from obbligato.encoding import essences
from obbligato.library.downloads import note_encoded
from obbligato.payments.models import OPEN_STATES, Attempt
from obbligato.payments.top_ups import refresh
from obbligato.people.models import Person
from obbligato.sales.checkout import complete_waiting_orders
from obbligato.sales.models import Order

PAUSE_SECONDS = 10.0
log = logging.getLogger("obbligato.upkeep")


def start() -> threading.Event:
    """Begin upkeep in the background; setting the returned event ends it."""
    essences.clean_up()
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop,), name="upkeep", daemon=True).start()
    return stop


def round_of_upkeep() -> None:
    """One round: ask after open payments, let waiting orders complete, remember what was encoded."""
    for act in (_ask_after_payments, _complete_orders, note_encoded):
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
    for attempt in Attempt.objects.filter(state__in=OPEN_STATES).order_by("created_at")[:100]:
        refresh(attempt)


def _complete_orders() -> None:
    waiting = Order.objects.filter(paid_at__isnull=True, cancelled_at__isnull=True)
    for person in Person.objects.filter(pk__in=waiting.values("person_id"))[:100]:
        complete_waiting_orders(person)
