"""Warn people of disputes before card networks and deadlines do. It answers no dispute and blocks no rail."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count

from obbligato.kernel import clock
from obbligato.payments.alerting import alert
from obbligato.payments.disputes import ratio_basis_points
from obbligato.payments.models import Attempt, Dispute

MEMORY = timedelta(days=30)
ALARM_BASIS_POINTS = 50
"""Half of one per cent of the payments of thirty days: well before a network calls a store excessive."""
LEAST_DISPUTES = 3
"""Fewer say nothing of a rail."""
AHEAD = timedelta(days=3)


def ratios() -> dict[str, int]:
    """Each rail's disputes of thirty days per payments of the same days, in basis points."""
    since = clock.now() - MEMORY
    opened = Counter(Dispute.objects.filter(opened_at__gte=since).values_list("attempt__provider", flat=True))
    many = {rail: count for rail, count in sorted(opened.items()) if count >= LEAST_DISPUTES}
    paid = Attempt.objects.filter(settled_at__gte=since, provider__in=many).order_by()
    payments = dict(paid.values_list("provider").annotate(Count("pk"))) if many else {}
    return {rail: ratio_basis_points(disputes=many[rail], payments=payments.get(rail, 0)) for rail in many}


def watch() -> None:
    """Alert people once a month of a rail with too many, and once of each dispute whose time to answer runs out."""
    now = clock.now()
    for rail, ratio in ratios().items():
        if ratio >= ALARM_BASIS_POINTS:
            words = f"{ratio / 100:g} % of the payments by {rail} in thirty days were disputed."
            sentence = f"{words} Card networks act against stores with many: please look why."
            alert("dispute_ratio", f"{rail} {now:%Y-%m}", sentence)
    due = Dispute.objects.filter(state=Dispute.State.OPEN, respond_by__gt=now, respond_by__lte=now + AHEAD)
    for one in due.select_related("attempt"):
        sentence = (
            f"The dispute {one} at {one.attempt.provider} wants an answer by {one.respond_by:%Y-%m-%d %H:%M} UTC."
        )
        alert("dispute_due", f"{one.attempt.provider} {one.reference}", sentence)
