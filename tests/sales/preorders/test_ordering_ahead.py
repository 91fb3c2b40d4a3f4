"""What is ordered ahead is held for its buyer until it is out: then it is hers, or all of her money is."""

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account, Transfer
from obbligato.library import shelf
from obbligato.sales import baskets, checkout, wallets
from obbligato.sales.documents.models import Receipt
from obbligato.sales.models import Purchase
from obbligato.sales.preorders import coming_out, holding
from obbligato.sales.preorders.alone import OrderedByItself
from obbligato.sales.preorders.coming_out import come_out, come_out_due
from obbligato.sales.preorders.models import PreOrder
from obbligato.sales.quoting import quote_release, quote_release_as
from tests.makers import a_release, alice, fill_wallet
from tests.sales.preorders.makers import (
    MP3,
    a_basket,
    a_release_to_come,
    announced,
    fresh,
    held_micro,
    licensed_only_in,
    ordered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


class TestBeforeTheDay:
    def test_it_is_not_sold_and_says_when_it_comes_out(self) -> None:
        quote = quote_release(a_release_to_come(), MP3)
        assert quote.sentence == "It comes out on 31 March 2026."

    def test_it_is_quoted_ahead_as_on_its_day_where_it_takes_orders(self) -> None:
        release = a_release_to_come()
        [quote] = quote_release_as(release, [MP3], is_ahead=True)
        assert not quote.sentence
        assert quote.price_micro > 0

    def test_the_money_is_held_apart_and_is_nobodys_income(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come())
        assert order.is_held
        assert not order.is_waiting
        assert held_micro(person) == order.total_micro
        assert wallets.balance(person, "EUR") == 10 * MICRO - order.total_micro
        assert not Account.objects.filter(kind__in=["revenue", "royalty", "tax"]).exists()
        assert not Purchase.objects.exists()
        assert not Receipt.objects.exists()
        assert wallets.history(person, "EUR")[0].kind == "Held for a pre-order"
        assert audit().is_clean

    def test_paying_it_again_changes_nothing(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come())
        assert checkout.pay(order) == order
        assert checkout.complete_waiting_orders(person) == []
        assert held_micro(person) == order.total_micro

    def test_it_waits_for_money_like_every_order_and_is_held_then(self) -> None:
        person = alice()
        order = ordered(person, a_release_to_come())
        assert order.is_waiting
        fill_wallet(person, "10")
        assert checkout.complete_waiting_orders(person) == [order]
        assert fresh(order).is_held

    def test_placed_to_be_paid_later_it_is_a_pre_order_too(self) -> None:
        person = alice("10")
        basket = a_basket(person, a_release_to_come())
        total = baskets.contents(basket).total_micro
        order = checkout.place_order(basket, person, expected_total_micro=total, country="FR")
        assert checkout.pay(order).is_held

    def test_what_is_given_at_once_is_hers_at_once_where_it_is_licensed(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come(given=2))
        assert [one.track.position for one in Purchase.objects.order_by("pk")] == [1, 2]
        assert held_micro(person) == order.total_micro
        assert [len(item.tracks) for item in shelf.shelf_of(person)] == [2]

    def test_cancelling_gives_all_back_and_takes_what_was_given_at_once(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come(given=1))
        cancelled = checkout.cancel(order)
        assert cancelled.state == "cancelled"
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert held_micro(person) == 0
        assert shelf.shelf_of(person) == []
        assert holding.give_back(cancelled) == cancelled
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert audit().is_clean

    def test_it_is_ordered_once_and_a_second_order_that_waited_is_given_up(self) -> None:
        person, release = alice(), a_release_to_come(given=1)
        first, second = ordered(person, release), ordered(person, release)
        fill_wallet(person, "10")
        assert checkout.complete_waiting_orders(person) == [first]
        assert fresh(second).state == "cancelled"
        with pytest.raises(holding.OrderedAlready, match="Cancel that order first"):
            ordered(person, release)
        with pytest.raises(holding.OrderedAlready):
            holding.hold(second, [], first.preorder.announcement)
        assert held_micro(person) == first.total_micro

    def test_one_that_waits_for_money_is_cancelled_without_any(self) -> None:
        order = checkout.cancel(ordered(alice(), a_release_to_come()))
        assert order.cancel_reason == ""
        assert not Transfer.objects.exists()

    def test_nothing_comes_out_of_it_before(self) -> None:
        order = ordered(alice("10"), a_release_to_come())
        assert come_out_due(10) == 0
        with pytest.raises(coming_out.NotYet, match="31 March 2026"):
            come_out(order.preorder)
        assert fresh(order).is_held

    def test_no_pre_order_holds_less_than_nothing(self) -> None:
        order = ordered(alice("10"), a_release_to_come())
        with pytest.raises(IntegrityError), transaction.atomic():
            PreOrder.objects.filter(order=order).update(quoted_micro=-1)


class TestTheBasket:
    def test_holds_a_pre_order_alone(self) -> None:
        person, other = alice(), a_release("Another", upc="4006381333948", tracks=1)
        release = a_release_to_come()
        basket = a_basket(person, release)
        assert (found := baskets.contents(basket).announcement)
        assert found.release == release
        with pytest.raises(OrderedByItself, match="Order it first"):
            baskets.add_release(basket, other, MP3)
        full = baskets.basket_with(None, person)
        baskets.add_release(full, other, MP3)
        assert baskets.contents(full).announcement is None
        with pytest.raises(OrderedByItself, match="buy what is in your basket first"):
            baskets.add_release(full, release, MP3)

    def test_with_a_pre_order_is_no_gift(self) -> None:
        person, release = alice(), a_release_to_come()
        basket = a_basket(person, release)
        with pytest.raises(OrderedByItself, match="before its day"):
            baskets.make_gift(basket, is_gift=True)
        gift = baskets.basket_with(None, person)
        baskets.make_gift(gift, is_gift=True)
        with pytest.raises(OrderedByItself, match="Until then it cannot be a gift"):
            baskets.add_release(gift, release, MP3)

    def test_takes_no_single_track_of_it_and_nothing_where_orders_are_closed(self) -> None:
        person, release = alice(), a_release_to_come()
        basket = baskets.basket_with(None, person)
        assert release.edition is not None
        with pytest.raises(baskets.NotForSale, match="31 March 2026"):
            baskets.add_track(basket, release.edition.tracks.first(), MP3)  # type: ignore[arg-type]
        announced(release, takes_orders=False)
        with pytest.raises(baskets.NotForSale, match="31 March 2026"):
            a_basket(person, release)

    def test_is_quoted_afresh_as_a_whole(self) -> None:
        basket = a_basket(alice(), a_release_to_come(tracks=2))
        licensed_only_in("DE", position=2)
        assert len(baskets.requote(basket, territory="FR").bundles[0].lines) == 1

    def test_filled_before_the_announcement_buys_nothing_else_with_it(self) -> None:
        person, release = alice("10"), a_release()
        basket = a_basket(person, release)
        baskets.add_release(basket, a_release("Another", upc="4006381333948", tracks=1), MP3)
        announced(release)
        total = baskets.contents(basket).total_micro
        with pytest.raises(checkout.NotOnSale, match="comes out on 31 March 2026"):
            checkout.buy(basket, person, expected_total_micro=total, country="FR")

    def test_of_a_gift_filled_before_the_announcement_buys_nothing(self) -> None:
        person, release = alice("10"), a_release()
        basket = a_basket(person, release)
        baskets.make_gift(basket, is_gift=True)
        announced(release)
        total = baskets.contents(basket).total_micro
        with pytest.raises(checkout.NotOnSale, match="comes out on"):
            checkout.buy(basket, person, expected_total_micro=total, country="FR")
