"""Say which orders wait for money that was to come by certain rails. It only reads, and pays nothing."""

from collections import Counter
from collections.abc import Iterable

from obbligato.payments.models import Attempt
from obbligato.sales.models import Order


def waiting_at(providers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By currency, how many orders wait and their sum in micro-units, of people who last tried one of these rails."""
    wanted, count, total = set(providers), Counter[str](), Counter[str]()
    for order in Order.objects.filter(paid_at__isnull=True, cancelled_at__isnull=True):
        last = Attempt.objects.filter(person_id=order.person_id).order_by("-pk").values_list("provider", flat=True)
        if last.first() in wanted:
            count[order.currency] += 1
            total[order.currency] += order.total_micro
    return {currency: (count[currency], total[currency]) for currency in sorted(count)}
