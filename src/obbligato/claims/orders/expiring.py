"""Note that an order's time is over. What it closed was open from its last moment on, whoever notes that when."""

from django.db import transaction

from obbligato.claims.orders import saying, writing
from obbligato.claims.orders.models import CourtOrder, OrderStep, Paper
from obbligato.kernel import clock

THE_STORE = "the store"


def expire_due(limit: int) -> int:
    """Upkeep's: note the end of orders whose last scope has ended; gives how many."""
    running = CourtOrder.objects.filter(state=CourtOrder.State.EFFECTIVE, papers__ends_at__lte=clock.now())
    return sum(_expire(pk) for pk in running.values_list("pk", flat=True).distinct()[:limit])


@transaction.atomic
def _expire(pk: int) -> bool:
    order = CourtOrder.objects.select_for_update().get(pk=pk)
    applied = order.papers.exclude(kind=Paper.Kind.LIFTING).filter(applied_at__isnull=False)
    last = applied.order_by("-applied_at", "-pk").first()
    if order.state != CourtOrder.State.EFFECTIVE or last is None or not last.ends_at or last.ends_at > clock.now():
        return False  # Another process noted it, or a later paper prolonged it.
    order.state = CourtOrder.State.EXPIRED
    order.save(update_fields=["state"])
    saying.step(OrderStep.Kind.EXPIRED, order, last, by=THE_STORE, why="The time that it was made for is over.")
    writing.report(last)
    return True
