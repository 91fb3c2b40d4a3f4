"""Turn a basket into an order, and pay an order from a wallet. No price but the quoted one is ever charged."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import chance, clock
from obbligato.kernel.money import Money
from obbligato.kernel.questions import question
from obbligato.kernel.refusals import Gone, Invalid, Missing, Refused
from obbligato.kernel.sentences import Sentence
from obbligato.ledger import accounts
from obbligato.ledger.transfers import NotEnoughMoney, post
from obbligato.people import turns
from obbligato.people.models import Person
from obbligato.rights import licences
from obbligato.sales import tallying, tax
from obbligato.sales.documents import locating, receipting
from obbligato.sales.documents.locating import Piece
from obbligato.sales.gifts import giving
from obbligato.sales.gifts.giving import Words
from obbligato.sales.handing_over import hand_over
from obbligato.sales.models import WAITING, WAITING_LIFETIME, Basket, Order, OrderLine
from obbligato.sales.owning import NOT_OWNED, owned_by
from obbligato.sales.postings import sale_moves
from obbligato.sales.preorders import holding
from obbligato.sales.preorders.models import Announcement
from obbligato.sales.tallying import Held, HeldLine
from obbligato.sales.withheld import keeping

NO_WORDS = Words()
Good = tuple[str, int, int | None, datetime | None]
"""Its title, its recording's key, its withdrawal's where it was withdrawn, and when it comes or came out."""


class EmptyBasket(Invalid):
    """There is nothing to buy."""


class QuoteExpired(Gone):
    """A price in the basket is no longer honoured; a fresh one must be confirmed."""


class TotalChanged(Refused):
    """The basket no longer comes to what the buyer saw."""


class NotOnSale(Refused):
    """Something in the basket may no longer be sold."""


class NoSuchOrder(Missing):
    """There is no such order among this person's."""


class OwnedMeanwhile(Refused):
    """What she owns changed after the price was quoted: paying it would charge for something twice."""


class OrderExpired(Gone):
    """The order waited too long for its money."""


class OrderCancelled(Refused):
    """The order was cancelled."""


class AlreadyPaid(Refused):
    """The order is paid and cannot be cancelled any more."""


@transaction.atomic
def buy(
    basket: Basket,
    person: Person,
    *,
    expected_total_micro: int,
    country: str,
    evidence: Sequence[Piece] = (),
    gift: Words = NO_WORDS,
) -> Order:
    """Make the basket an order and, where the buyer's wallet reaches, pay it in the same moment; else it waits.

    The same basket again gives the same order. `gift` is what she says of it, where the basket is one. Raises what
    place_order() and pay() raise; then there is no order.
    """
    turns.wait_for(person.pk)  # What she owns is also what she has bought in this moment.
    if basket.person_id != person.pk:  # Else her turn is the basket's too.
        _hold(basket)
    before = _order_of(basket, person)
    if before is not None:
        return pay_where_it_reaches(before)
    order, held = _drafted(basket, person, expected_total_micro, country)
    lines = [_line(order, one) for one in held.lines]
    if held.announcement is not None:
        _store(order, lines, evidence, gift)
        holding.note(order, held.announcement)
        return pay_where_it_reaches(order)
    try:
        order.paid_at = _charged(order, lines, {one.track_id: one.recording_id for one in held.lines})
    except NotEnoughMoney:  # The ledger said so before anything moved.
        pass
    _store(order, lines, evidence, gift)
    if order.paid_at is not None:
        _hand_over(order, lines)
    return order


def pay_where_it_reaches(order: Order) -> Order:
    """Pay a waiting order if its buyer's wallet holds enough. Raises what pay() raises but NotEnoughMoney."""
    return pay(order) if order.is_waiting and not missing_micro(order) else order


@transaction.atomic
def place_order(
    basket: Basket, person: Person, *, expected_total_micro: int, country: str, evidence: Sequence[Piece] = ()
) -> Order:
    """Make the basket an order at its quoted prices, to be paid later. The same basket again gives the same order.

    `expected_total_micro` is the total the buyer saw; `evidence` what else tells where she lives. Raises EmptyBasket,
    QuoteExpired, TotalChanged, NotOnSale.
    """
    _hold(basket)
    before = _order_of(basket, person)
    if before is not None:
        return before
    order, held = _drafted(basket, person, expected_total_micro, country)
    _store(order, [_line(order, one) for one in held.lines], evidence, NO_WORDS)
    if held.announcement is not None:
        holding.note(order, held.announcement)
    return order


@transaction.atomic
def pay(order: Order) -> Order:
    """Pay an order from its buyer's wallet: money, shares and purchases in one transaction, once.

    Of what is yet to come out the money is held for her, until coming_out pays the order with it.

    Raises NotEnoughMoney, OrderCancelled, OrderExpired, OwnedMeanwhile, NotOnSale, OrderedAlready; then nothing moved.
    """
    turns.wait_for(order.person_id)
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.paid_at is not None or order.is_held:
        return order
    if order.cancelled_at is not None:
        raise OrderCancelled("This order was cancelled.")
    if order.has_expired:
        raise OrderExpired(
            "This order waited longer than {days} days; its prices no longer hold.", days=WAITING_LIFETIME.days
        )
    release = "track__edition__release"
    found = order.lines.select_related("track").annotate(
        withdrawal=F(f"{release}__withdrawal"), comes_out_at=F(f"{release}__announcement__at")
    )
    lines = list(found.order_by("pk"))
    _refuse_owned(order, lines)
    announcement = holding.announcement_of(order)
    goods = [(one.track.title, one.track.recording_id, one.withdrawal, one.comes_out_at) for one in lines]
    _refuse_unsellable(goods, order.country, announcement, is_gift=order.is_gift)
    if announcement is not None:
        return holding.hold(order, lines, announcement)
    order.paid_at = _charged(order, lines, {line.track_id: line.track.recording_id for line in lines})
    order.save(update_fields=["paid_at", "tax_basis_points"])
    _hand_over(order, lines)
    return order


def unsellable(basket: Basket, *, country: str) -> dict[str, Sentence]:
    """By bundle, why something in a basket may not be sold there any more; without that the rest can be bought."""
    held = tallying.held(basket)
    found = _unsellable(_goods_of(held), country, held.announcement, is_gift=basket.is_gift)
    reasons = {held.lines[place].track_id: sentence for place, sentence in found}
    lines = basket.lines.filter(track__in=reasons).order_by("-pk").values_list("bundle", "track_id")
    return {bundle: reasons[track_id] for bundle, track_id in lines}


def leave_out_unsellable(basket: Basket, *, country: str) -> None:
    """Take out of a basket what unsellable() names, so that the rest can be bought."""
    basket.lines.filter(bundle__in=unsellable(basket, country=country)).delete()


def complete_waiting_orders(person: Person) -> list[Order]:
    """Pay the person's waiting orders, oldest first, as far as her wallet reaches; end those that no longer hold."""
    completed = []
    waiting = Order.objects.filter(WAITING, person=person)
    for order in waiting.order_by("created_at", "pk"):
        if not order.has_expired and missing_micro(order):
            continue  # Most of those that wait: to find that out must cost next to nothing.
        try:
            completed.append(pay(order))
        except (OwnedMeanwhile, OrderExpired, holding.OrderedAlready) as refusal:
            cancel(order, reason=refusal.sentence)
        except (NotEnoughMoney, NotOnSale, OrderCancelled):
            continue
    return completed


def missing_micro(order: Order) -> int:
    """What the buyer's wallet lacks for this order, in micro-units; 0 when it is enough or already paid."""
    if not order.is_waiting:
        return 0
    return max(0, order.total_micro - accounts.wallet_balance_micro(order.person_id, order.currency))


@transaction.atomic
def cancel(order: Order, *, reason: str = "") -> Order:
    """Give up a waiting order, for which nothing was charged; or a pre-order, whose money returns to the wallet."""
    turns.wait_for(order.person_id)  # Before the order, as whoever pays it does: two that wait crosswise wait for ever.
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.paid_at is not None:
        raise AlreadyPaid("This order is paid; what you bought is in your library.")
    if order.is_held:
        return holding.give_back(order, reason=reason)
    if order.cancelled_at is None:
        order.give_up(reason)
    return order


def order_of(person: Person, number: str) -> Order:
    """One of the person's own orders. Another's is as missing as one that never was."""
    order = Order.objects.filter(person=person, number=number[:32]).first()
    if order is None:
        raise NoSuchOrder("There is no such order.")
    return order


def _hold(basket: Basket) -> None:
    """Nobody else makes an order of it until the transaction ends."""
    Basket.objects.select_for_update().only("pk").get(pk=basket.pk)


def _order_of(basket: Basket, person: Person) -> Order | None:
    """The order that was made of this basket, if there is one."""
    before = next(iter(_made_of(basket.key)), None)
    if before is not None and before.person_id != person.pk:
        raise NoSuchOrder("There is no such order.")
    return before


@question
def _made_of(key: str) -> QuerySet[Order]:
    return Order.objects.filter(key=key)


def _drafted(basket: Basket, person: Person, expected_total_micro: int, country: str) -> tuple[Order, Held]:
    """An order that is not stored yet, and what it is of: sellable today at the quoted prices."""
    held = tallying.held(basket)
    if not held.lines:
        raise EmptyBasket("The basket is empty.")
    if held.has_expired:
        raise QuoteExpired("A price in your basket no longer holds. Please look at today's.")
    if held.total_micro != expected_total_micro:
        total = Money(held.total_micro, held.currency)
        raise TotalChanged("The basket now comes to {total}. Please look at it again before you pay.", total=total)
    _refuse_unsellable(_goods_of(held), country, held.announcement, is_gift=basket.is_gift)
    order = Order(
        number=chance.token(8),
        key=basket.key,
        person=person,
        is_gift=basket.is_gift,
        currency=held.currency,
        total_micro=held.total_micro,
        country=country,
        tax_basis_points=tax.rate_basis_points(country, clock.today()),
    )
    return order, held


def _store(order: Order, lines: Sequence[OrderLine], evidence: Sequence[Piece], gift: Words) -> None:
    order.save(force_insert=True)
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines)
    locating.note(order, evidence)
    if order.is_gift:
        giving.note(order, gift)


def _line(order: Order, line: HeldLine) -> OrderLine:
    return OrderLine(
        order=order,
        track_id=line.track_id,
        format_name=line.format_name,
        size_bytes=line.size_bytes,
        is_exact=line.is_exact,
        list_price_micro=line.list_price_micro,
        price_micro=line.price_micro,
        given_micro=line.given_micro,
        owned_bytes=line.owned_bytes,
        quoted_at=line.quoted_at,
    )


def _charged(order: Order, lines: Sequence[OrderLine], recordings: Mapping[int, int]) -> datetime:
    """The moment at which its money moved, at the tax of that day: the price holds, and what is inside follows."""
    # All refusals but the wallet's own were made; post() makes that one and then moves the money.
    order.tax_basis_points = tax.rate_basis_points(order.country, clock.today()) if order.country else 0
    moves = sale_moves(order, lines, recordings)
    return post(moves)[0].created_at if moves else clock.now()


def _hand_over(order: Order, lines: Sequence[OrderLine]) -> None:
    """What is paid is hers from that moment on, or whoever's takes it; and there is a receipt."""
    assert order.paid_at is not None
    hand_over(order, lines, at=order.paid_at)
    keeping.keep(order)
    receipting.give(order)


def _refuse_owned(order: Order, lines: Sequence[OrderLine]) -> None:
    owned = {} if order.is_gift else owned_by(order.person, [line.track for line in lines])
    for line in lines:
        if owned.get(line.track_id, NOT_OWNED).is_other_than(line.owned_bytes):
            raise OwnedMeanwhile(
                "You bought “{title}” otherwise meanwhile; this order is not charged.", title=line.track.title
            )


def _refuse_unsellable(
    goods: Sequence[Good], country: str, announcement: Announcement | None, *, is_gift: bool
) -> None:
    """Unless it may be sold there today, or on the day of what it is ordered ahead of."""
    for _, sentence in _unsellable(goods, country, announcement, is_gift=is_gift):
        raise NotOnSale(sentence)


def _unsellable(
    goods: Sequence[Good], country: str, announcement: Announcement | None, *, is_gift: bool
) -> Iterator[tuple[int, Sentence]]:
    """By place, what may not be sold there today, or on the day of what it is ordered ahead of; and why."""
    recordings = {recording for _, recording, _, _ in goods}
    reasons = licences.refusals(recordings, territory=country, on=announcement.day if announcement else None)
    for recording, effects in in_effect.found(recordings, territory=country).items():
        if sentence := effects.get(Effect.SELL) or (effects.get(Effect.GIFT) if is_gift else None):
            reasons.setdefault(recording, sentence)
    for place, (title, recording, withdrawal, comes_out_at) in enumerate(goods):
        if withdrawal is not None:
            yield place, Sentence("“{title}” was withdrawn by its label meanwhile.", title=title)
        elif announcement is None and comes_out_at and comes_out_at > clock.now():
            day = comes_out_at.date()
            yield (
                place,
                Sentence("“{title}” comes out on {day}, and cannot be ordered with this.", title=title, day=day),
            )
        elif recording in reasons:
            yield place, Sentence("“{title}” cannot be sold: {reason}", title=title, reason=reasons[recording])


def _goods_of(held: Held) -> list[Good]:
    return [(line.title, line.recording_id, line.withdrawal, line.comes_out_at) for line in held.lines]
