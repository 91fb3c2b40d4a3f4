"""Make what was ordered a person's own. It moves no money, and asks nothing."""

from collections.abc import Iterable
from datetime import datetime

from obbligato.sales.models import Order, OrderLine, Purchase


def hand_over(order: Order, lines: Iterable[OrderLine], *, at: datetime, owner_id: int | None = None) -> None:
    """Each line is a purchase from that moment on: the buyer's, or whoever's takes it where it is a gift.

    `owner_id` is whose it is where not the buyer's: a guest's that an account has put on its shelf.
    """
    Purchase.objects.bulk_create(
        Purchase(
            line=line,
            person_id=None if order.is_gift else owner_id or order.person_id,
            track_id=line.track_id,
            format_name=line.format_name,
            size_bytes=line.size_bytes,
            bought_at=at,
        )
        for line in lines
    )
