"""What an operator gives back of orders in the simulation, and what disputes mean for them; each an act by lot."""

from collections.abc import Callable
from random import Random

from obbligato.sales import clawing_back, refunding
from obbligato.sales.models import Order, OrderRefund

CENT = 10_000


class Refunding:
    """The desk of orders, with its two people."""

    def __init__(self, lot: Random) -> None:
        self._lot, self._count = lot, 0
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (3, self.refund_order),
            (1, self.answer_order_refund),
            (2, self.follow_disputes),
        ]

    def refund_order(self) -> None:
        """All or a part of one of the last paid orders; often the same form twice."""
        order = Order.objects.filter(paid_at__isnull=False).order_by("-pk")[self._lot.randrange(30) :].first()
        if order is None:
            return
        left = refunding.left(order)
        self._count += self._lot.random() < 0.8
        share = self._lot.choice((1, 1, 2, 3))
        amounts = {pk: amount if share == 1 else amount // share // CENT * CENT for pk, amount in left.items()}
        refunding.refund(order, amounts, key=f"order refund {self._count}", by="dana", reason="It skips.")

    def answer_order_refund(self) -> None:
        """The second person's word."""
        proposed = OrderRefund.objects.filter(state=OrderRefund.State.PROPOSED).order_by("pk").first()
        if proposed is not None:
            answer = refunding.approve if self._lot.random() < 0.7 else refunding.reject
            answer(proposed, by="erin")

    def follow_disputes(self) -> None:
        """As a round of upkeep does."""
        for dispute in clawing_back.due(5):
            clawing_back.follow(dispute)
