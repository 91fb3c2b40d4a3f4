"""Turn each pre-order into the sale it was held for, on the day, in one transaction. It never charges more than quoted.

What may not be sold to her that day is left out, and its part of the price stays hers.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Q, QuerySet

from obbligato.catalog.models import Track
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.kernel.sentences import Sentence, row_of
from obbligato.ledger.transfers import post
from obbligato.people import turns
from obbligato.sales import listing, tax
from obbligato.sales.documents import receipting
from obbligato.sales.editing.models import TO_COME, Appointment
from obbligato.sales.handing_over import hand_over
from obbligato.sales.models import Order, OrderLine, Purchase
from obbligato.sales.offers import Offer, offer_of
from obbligato.sales.postings import sale_moves
from obbligato.sales.preorders.announcing import LATEST, too_late
from obbligato.sales.preorders.holding import freed, give_back
from obbligato.sales.preorders.models import HELD, Announcement, PreOrder
from obbligato.sales.preorders.reckoning import Spot, counterparts, honoured
from obbligato.sales.quoting import UNKNOWN_YET, QuoteBench, TrackQuote, format_named
from obbligato.sales.withheld import keeping

News = PreOrder.News
WITHDRAWN = Sentence("The label has withdrawn this release.")
TOO_LATE = Sentence("It comes out more than 90 days later than you were told.")
OWNED, OWNED_OF_IT = Sentence("You own all of it already."), Sentence("You own it already.")
LEFT_THE_RELEASE = Sentence("it is no longer on the release.")
SECONDS_A_ROUND = 20.0
log = logging.getLogger(__name__)


class NotYet(Refused):
    """It cannot come out this minute; the next look may find that it can."""


def come_out_due(most: int, *, seconds: float = SECONDS_A_ROUND) -> int:
    """Upkeep's: put what is out on its lists, then settle pre-orders, the oldest first, for a bounded time.

    Gives how many were settled. Those whose turn has not come are there in the next round, in this process or another.
    """
    _list_what_is_out()
    ends, settled = time.monotonic() + seconds, 0
    for preorder in _due()[:most]:
        if time.monotonic() > ends:
            break
        try:
            come_out(preorder)
        except Refused as refusal:  # One that cannot be settled does not keep the others waiting.
            log.info("The pre-order %s waits: %s", preorder, refusal)
        except Exception:
            log.exception("The pre-order %s could not be settled.", preorder)
        else:
            settled += 1
    return settled


@transaction.atomic
def come_out(preorder: PreOrder) -> Order:
    """Settle one that is due: it is paid with what was held for it, or all of that returns; once, whoever asks.

    Raises NotYet, and then nothing has changed.
    """
    turns.wait_for(preorder.order.person_id)
    order = Order.objects.select_for_update().get(pk=preorder.order_id)
    if not order.is_held:
        return order
    preorder = PreOrder.objects.select_related("announcement__release__edition").get(pk=preorder.pk)
    announcement = preorder.announcement
    if hasattr(announcement.release, "withdrawal"):
        return give_back(order, reason=WITHDRAWN, news=News.BACK)
    if announcement.is_ahead:
        if too_late(announcement.at, preorder.promised_at):
            return give_back(order, reason=TOO_LATE, news=News.BACK)
        raise NotYet(announcement.sentence)
    return _sold(order, preorder)


def _due() -> "QuerySet[PreOrder]":
    """Held ones of what is out by now, was withdrawn, or comes much later than was said."""
    due = (
        Q(announcement__at__lte=clock.now())
        | Q(announcement__release__withdrawal__isnull=False)
        | Q(announcement__at__gt=F("promised_at") + LATEST)
    )
    waiting = Appointment.objects.filter(TO_COME, at__lte=clock.now()).values("release")
    found = PreOrder.objects.filter(HELD, due).exclude(announcement__release__in=waiting)
    return found.select_related("order", "announcement").order_by("order__held_at", "pk")


def _list_what_is_out() -> None:
    out = Announcement.objects.filter(at__lte=clock.now(), out_at__isnull=True)
    for one in list(out.order_by("at")):
        listing.keep([one.release_id])
        Announcement.objects.filter(pk=one.pk).update(out_at=clock.now())


@dataclass
class _Sale:
    """What becomes of an order on the day: new lines, what was given before and stays, and what is left out."""

    lines: list[OrderLine] = field(default_factory=list)
    kept: list[OrderLine] = field(default_factory=list)
    says: list[dict[str, object]] = field(default_factory=list)
    owner_id: int | None = None
    """On whose shelf what was given stands: all of it belongs there."""

    @property
    def all_lines(self) -> list[OrderLine]:
        return [*self.kept, *self.lines]


def _sold(order: Order, preorder: PreOrder) -> Order:
    offer = offer_of(preorder.announcement.release, territory=order.country)
    ordered = list(order.lines.select_related("track").order_by("pk"))
    sale = _sale(order, offer, ordered)
    if not sale.all_lines:
        return give_back(order, reason=offer.sentence or OWNED, news=News.BACK)
    # Nothing below refuses any more.
    order.lines.exclude(pk__in=[line.pk for line in sale.kept]).delete()
    OrderLine.objects.bulk_create(sale.lines)
    order.total_micro = sum(line.price_micro for line in sale.all_lines)
    order.tax_basis_points = tax.rate_basis_points(order.country, clock.today())
    recordings = {line.track_id: line.track.recording_id for line in sale.all_lines}
    back = [freed(order, preorder)] if preorder.quoted_micro else []
    moves = [*back, *sale_moves(order, sale.all_lines, recordings)]
    order.paid_at = post(moves)[0].created_at if moves else clock.now()
    order.save(update_fields=["total_micro", "tax_basis_points", "paid_at"])
    hand_over(order, sale.lines, at=order.paid_at, owner_id=sale.owner_id)
    keeping.keep(order)
    receipting.give(order)
    preorder.says, preorder.news = sale.says, News.OUT
    preorder.save(update_fields=["says", "news"])
    return order


def _sale(order: Order, offer: Offer, ordered: Sequence[OrderLine]) -> _Sale:
    """Today's edition in the format she ordered, each track at its quote or less."""
    sale, format_ = _Sale(), format_named(ordered[0].format_name)
    found = counterparts([_spot(line.track) for line in ordered], [_spot(track) for track in offer.tracks])
    can_be_sold = [not offer.sentence and track.pk not in offer.refusals for track in offer.tracks]
    _keep_given(sale, ordered, {number for number, can in zip(found, can_be_sold, strict=True) if can})
    bench = QuoteBench(offer, offer.tracks, person=order.person)
    quotes = bench.quotes(format_)
    left_out: dict[int, str] = dict.fromkeys(set(range(len(ordered))) - set(found), LEFT_THE_RELEASE)
    kept = {line.pk for line in sale.kept}
    for number, one, today_micro in zip(found, quotes, bench.together(quotes), strict=True):
        line = None if number is None else ordered[number]
        if one.sentence == UNKNOWN_YET:
            raise NotYet(UNKNOWN_YET)
        if line is not None and line.pk in kept:
            continue
        if not one.sentence and not one.costs_nothing_more:
            sale.lines.append(_line(order, one, line, today_micro))
        elif number is not None:
            left_out[number] = one.sentence or OWNED_OF_IT
    for number, reason in sorted(left_out.items()):
        if ordered[number].pk not in kept:
            sale.says.append(_left_out(ordered[number], reason))
    return sale


def _keep_given(sale: _Sale, ordered: Sequence[OrderLine], sold: set[int | None]) -> None:
    """What was given at once and comes out is made anew with the rest; what does not come out stays as it was given."""
    given = Purchase.objects.filter(line__in=ordered)
    sale.owner_id = given.values_list("person_id", flat=True).first()
    for number, line in enumerate(ordered):
        if number not in sold and given.filter(line=line).exists():
            sale.kept.append(line)
    given.exclude(line__in=sale.kept).delete()


def _line(order: Order, one: TrackQuote, line: OrderLine | None, today_micro: int) -> OrderLine:
    given_micro = line.given_micro if line else 0
    quoted_micro = line.price_micro - given_micro if line else None
    return OrderLine(
        order=order,
        track=one.track,
        format_name=one.format.name,
        size_bytes=one.size_bytes,
        is_exact=one.is_exact,
        list_price_micro=one.list_price_micro,
        price_micro=honoured(quoted_micro, today_micro) + given_micro,
        given_micro=given_micro,
        owned_bytes=one.owned_bytes,
        quoted_at=clock.now(),
    )


def _left_out(line: OrderLine, reason: str) -> dict[str, object]:
    return {"title": line.track.title, "back_micro": line.price_micro, "reason": row_of(reason)}


def _spot(track: Track) -> Spot:
    return Spot(track.recording_id, (track.disc, track.position))
