"""Give up for a disputed top-up what was ordered ahead with it, where the wallet did not reach. It refunds nobody."""

from django.db import transaction

from obbligato.kernel.sentences import Sentence
from obbligato.payments import disputes
from obbligato.payments.models import Dispute
from obbligato.sales.models import Order
from obbligato.sales.preorders import holding

REASON = Sentence("The payment it was ordered with was taken back through your bank.")


@transaction.atomic
def give_up_for(dispute: Dispute) -> Dispute:
    """End pre-orders held since the top-up, the newest first, and let the bank have their money: not yet anybody's."""
    attempt = dispute.attempt
    held = Order.objects.filter(
        person_id=attempt.person_id,
        currency=attempt.currency,
        held_at__gte=attempt.settled_at or attempt.created_at,
        paid_at__isnull=True,
        cancelled_at__isnull=True,
    )
    for order in held.order_by("-held_at", "-pk"):
        if dispute.reclaimed_micro == dispute.amount_micro:
            break
        holding.give_back(order, reason=REASON)
        dispute = disputes.reclaim(dispute, most_micro=order.total_micro)
    return dispute
