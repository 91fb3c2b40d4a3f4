"""Keep the money of a pre-order apart, hers until its release is out, and give it back. It sells nothing.

An order is only ever paid from a wallet (ADR 3): what is held returns there, also in the moment in which it is spent.
"""

from collections.abc import Sequence

from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.kernel.sentences import Sentence
from obbligato.ledger import accounts
from obbligato.ledger.transfers import Move, post
from obbligato.people import turns
from obbligato.rights import licences
from obbligato.sales import ending
from obbligato.sales.handing_over import hand_over
from obbligato.sales.models import Order, OrderLine
from obbligato.sales.preorders.models import HELD, Announcement, PreOrder

News = PreOrder.News
CANCELLED = Sentence("You cancelled this pre-order.")


class OrderedAlready(Refused):
    """She has ordered the same release ahead, and may cancel that first."""


def note(order: Order, announcement: Announcement) -> PreOrder:
    """A new order is of what is yet to come out, on the day that its buyer sees. Raises OrderedAlready."""
    _refuse_twice(order, announcement)
    return PreOrder.objects.create(
        order=order, announcement=announcement, promised_at=announcement.at, quoted_micro=order.total_micro
    )


def announcement_of(order: Order) -> Announcement | None:
    """What a pre-order waits for; None where it is out, or the order is none."""
    found = Announcement.objects.filter(preorders__order=order).first()
    return found if found and found.is_ahead else None


def hold(order: Order, lines: Sequence[OrderLine], announcement: Announcement) -> Order:
    """Take the money out of the wallet and keep it; what is given at once is hers. Whoever calls has locked the order.

    Raises OrderedAlready, NotEnoughMoney; then nothing has moved.
    """
    _refuse_twice(order, announcement)
    if order.total_micro:
        post([_move(order, is_held=True, amount_micro=order.total_micro)])
    order.held_at = clock.now()
    order.save(update_fields=["held_at"])
    PreOrder.objects.filter(order=order).update(news=News.HELD)
    hand_over(order, _given_at_once(order, lines, announcement), at=order.held_at)
    return order


@transaction.atomic
def give_back(order: Order, *, reason: str = "", news: str = "") -> Order:
    """End a pre-order: all that is held returns to the wallet, once. What was given at once is no longer hers."""
    turns.wait_for(order.person_id)
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not order.is_held:
        return order
    # Nothing below refuses any more.
    preorder = PreOrder.objects.select_for_update().get(order=order)
    if preorder.quoted_micro:
        post([freed(order, preorder)])
    order.give_up(reason or CANCELLED)
    preorder.news = news
    preorder.save(update_fields=["news"])
    for line in order.lines.all():
        ending.end(line, by="", reason=order.cancel_reason)
    return order


def freed(order: Order, preorder: PreOrder) -> Move:
    """What is held, back into the wallet, under a key that does so once: to stay there, or to pay the order."""
    return _move(order, is_held=False, amount_micro=preorder.quoted_micro)


def _refuse_twice(order: Order, announcement: Announcement) -> None:
    """What she was given with the one would make the other cheaper, and she could cancel the one."""
    if announcement.preorders.filter(HELD, order__person=order.person_id).exists():
        raise OrderedAlready("You have ordered this ahead already. In another format? Cancel that order first.")


def _move(order: Order, *, is_held: bool, amount_micro: int) -> Move:
    wallet = accounts.wallet_of(order.person_id, order.currency)
    kept = accounts.held_ahead_of(order.person_id, order.currency)
    source, target, kind = (wallet, kept, "held_ahead") if is_held else (kept, wallet, "freed")
    return Move(f"order:{order.number}:{kind}", source, target, amount_micro, kind, f"order:{order.number}")


def _given_at_once(order: Order, lines: Sequence[OrderLine], announcement: Announcement) -> list[OrderLine]:
    """Lines that the label gives at once, as far as they are licensed where she is today."""
    given = set(announcement.given.values_list("pk", flat=True))
    wanted = [line for line in lines if line.track.recording_id in given]
    refused = licences.refusals({line.track.recording_id for line in wanted}, territory=order.country)
    return [line for line in wanted if line.track.recording_id not in refused]
