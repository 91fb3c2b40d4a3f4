"""Say which orders wait for money that was to come by certain rails. It only reads, and pays nothing."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, Subquery, Sum

from obbligato.payments.models import Attempt
from obbligato.sales.models import Order


def waiting_at(providers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By currency, how many orders wait and their sum in micro-units, of people who last tried one of these rails."""
    last = Attempt.objects.filter(person_id=OuterRef("person_id")).order_by("-pk").values("provider")[:1]
    waiting = Order.objects.filter(paid_at__isnull=True, cancelled_at__isnull=True)
    found = waiting.annotate(last=Subquery(last)).filter(last__in=list(providers)).order_by("currency")
    rows = found.values_list("currency").annotate(Count("pk"), Sum("total_micro"))
    return {currency: (count, total) for currency, count, total in rows}
