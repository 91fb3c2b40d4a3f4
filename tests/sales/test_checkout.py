"""From basket to purchase: nothing is charged twice, nothing at another price than quoted, and every cent arrives."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum

from obbligato.catalog.models import Track, Withdrawal
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import Missing
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account, Transfer
from obbligato.ledger.transfers import NotEnoughMoney
from obbligato.payments.vouchers import gift_cards
from obbligato.people.models import Person
from obbligato.rights.models import Licence
from obbligato.sales import baskets, checkout, wallets
from obbligato.sales.models import Basket, Order, Purchase, Tariff
from obbligato.sales.quoting import format_named, quote_release, quote_track
from tests.makers import a_release, alice, bob, fill_wallet
from tests.meanwhile import meanwhile
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
MP3 = format_named("mp3-320")
SMALL = format_named("mp3-128")
WAV = format_named("wav")


def a_basket(person: Person) -> Basket:
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(), MP3)
    return basket


def order_for(person: Person, basket: Basket) -> Order:
    total = baskets.contents(basket).total_micro
    return checkout.place_order(basket, person, expected_total_micro=total, country="FR")


def bought_by(person: Person, basket: Basket | None = None) -> Order:
    basket = basket or a_basket(person)
    total = baskets.contents(basket).total_micro
    return checkout.buy(basket, person, expected_total_micro=total, country="FR")


def two_baskets(person: Person) -> list[Basket]:
    """As two browsers fill them, with the same release in both."""
    release, found = a_release(), []
    for _ in range(2):
        basket = baskets.basket_with(None, person)
        baskets.add_release(basket, release, MP3)
        found.append(basket)
    return found


@pytest.mark.usefixtures("open_books")
class TestTwoTabs:
    def test_with_the_same_in_both_pay_for_it_once_though_they_buy_at_the_same_moment(self) -> None:
        person = alice("10")
        first, second = two_baskets(person)
        try:
            with meanwhile(lambda: bought_by(person, second), after='FROM "sales_purchase"', count=2):
                bought_by(person, first)
        except (checkout.OwnedMeanwhile, checkout.QuoteExpired):
            pass
        assert Purchase.objects.filter(person=person).count() == 3
        assert wallets.balance(person, "EUR") == 10 * MICRO - Order.objects.get().total_micro

    def test_whose_orders_wait_pay_for_it_once_when_they_are_paid_at_the_same_moment(self) -> None:
        person = alice()
        first, second = (order_for(person, one) for one in two_baskets(person))
        fill_wallet(person, "10")
        try:
            with meanwhile(lambda: checkout.pay(second), after='FROM "sales_purchase"'):
                checkout.pay(first)
        except checkout.OwnedMeanwhile:
            pass
        assert Purchase.objects.filter(person=person).count() == 3

    def test_of_which_one_pays_and_the_other_buys_a_gift_card_do_not_wait_for_one_another(self) -> None:
        person = alice("10")
        order = order_for(person, a_basket(person))

        def buy_a_card() -> None:
            gift_cards.buy(person, amount_micro=MICRO, currency="EUR", key="the key of this form")

        with meanwhile(buy_a_card, after='INSERT INTO "ledger_transfer"'):
            checkout.pay(order)
        assert wallets.balance(person, "EUR") == 9 * MICRO - order.total_micro


class TestOrder:
    def test_a_basket_becomes_a_purchase_of_every_track(self) -> None:
        person = alice("10")
        order = checkout.pay(order_for(person, a_basket(person)))
        assert order.paid_at is not None
        assert Purchase.objects.filter(person=person).count() == 3
        assert wallets.balance(person, "EUR") == 10 * MICRO - order.total_micro

    def test_the_same_basket_twice_is_one_order(self) -> None:
        person = alice("10")
        basket = a_basket(person)
        total = baskets.contents(basket).total_micro
        orders = {checkout.place_order(basket, person, expected_total_micro=total, country="FR").pk for _ in range(2)}
        assert len(orders) == 1

    def test_buying_pays_in_the_same_moment_where_the_wallet_reaches(self) -> None:
        person = alice("10")
        bought = bought_by(person)
        assert bought.paid_at is not None
        assert Purchase.objects.filter(person=person, bought_at=bought.paid_at).count() == 3
        assert wallets.balance(person, "EUR") == 10 * MICRO - bought.total_micro
        assert bought_by(person, Basket.objects.get()) == bought
        assert wallets.balance(person, "EUR") == 10 * MICRO - bought.total_micro

    def test_what_is_bought_with_too_little_waits_and_the_same_click_pays_it_later(self) -> None:
        person = alice("0.01")
        bought = bought_by(person)
        assert bought.is_waiting
        assert bought_by(person, Basket.objects.get()).is_waiting
        fill_wallet(person, "10")
        assert bought_by(person, Basket.objects.get()).paid_at is not None

    def test_a_cancelled_order_is_not_paid_by_the_same_click(self) -> None:
        person = alice()
        checkout.cancel(bought_by(person))
        fill_wallet(person, "10")
        assert bought_by(person, Basket.objects.get()).cancelled_at is not None
        assert not Purchase.objects.exists()

    def test_paying_twice_charges_once(self) -> None:
        person = alice("10")
        order = order_for(person, a_basket(person))
        checkout.pay(order)
        checkout.pay(order)
        assert wallets.balance(person, "EUR") == 10 * MICRO - order.total_micro
        assert Purchase.objects.count() == 3

    def test_a_used_basket_makes_way_for_a_fresh_one(self) -> None:
        person = alice("10")
        basket = a_basket(person)
        order_for(person, basket)
        assert baskets.basket_with(basket.key, person).pk != basket.pk

    def test_anothers_basket_is_never_handed_out(self) -> None:
        basket = a_basket(alice())
        assert baskets.basket_with(basket.key, bob()).pk != basket.pk
        assert baskets.basket_with(basket.key, None).pk != basket.pk

    def test_a_visitors_basket_becomes_hers_on_signing_in(self) -> None:
        basket = baskets.basket_with(None, None)
        person = alice()
        assert baskets.basket_with(basket.key, person).person == person

    def test_an_empty_basket_is_no_order(self) -> None:
        person = alice()
        with pytest.raises(checkout.EmptyBasket):
            order_for(person, baskets.basket_with(None, person))

    def test_a_total_the_buyer_did_not_see_is_refused(self) -> None:
        person = alice("10")
        basket = a_basket(person)
        with pytest.raises(checkout.TotalChanged):
            checkout.place_order(basket, person, expected_total_micro=1, country="FR")
        assert not Order.objects.exists()

    def test_another_buyers_order_is_missing(self) -> None:
        order = order_for(alice(), a_basket(Person.objects.get(username="alice")))
        with pytest.raises(Missing):
            checkout.order_of(bob(), order.number)

    def test_a_waiting_order_can_be_cancelled_and_a_paid_one_not(self) -> None:
        person = alice()
        order = checkout.cancel(order_for(person, a_basket(person)))
        with pytest.raises(checkout.OrderCancelled):
            checkout.pay(order)
        fill_wallet(person, "10")
        paid = checkout.pay(order_for(person, _again(person)))
        with pytest.raises(checkout.AlreadyPaid):
            checkout.cancel(paid)


def _again(person: Person) -> Basket:
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, Track.objects.first().edition.release, MP3)
    return basket


class TestPrice:
    def test_a_changed_tariff_does_not_change_a_quote(self) -> None:
        person = alice("10")
        basket = a_basket(person)
        before = baskets.contents(basket).total_micro
        _raise_tariff()
        assert order_for(person, basket).total_micro == before

    def test_an_expired_quote_must_be_confirmed_again(self) -> None:
        person = alice("10")
        with clock.stopped(clock.now()):
            basket = a_basket(person)
            before = baskets.contents(basket).total_micro
            _raise_tariff()
            clock.advance(timedelta(hours=25))
            with pytest.raises(checkout.QuoteExpired):
                order_for(person, basket)
            after = baskets.requote(basket)
            assert after.total_micro > before
            assert order_for(person, basket).total_micro == after.total_micro

    def test_an_album_costs_at_most_its_maximum(self) -> None:
        person = alice("10")
        release = a_release(minimum="0.50", album_maximum="1.00")
        basket = baskets.basket_with(None, person)
        baskets.add_release(basket, release, MP3)
        held = baskets.contents(basket)
        assert held.total_micro == 1 * MICRO < held.bundles[0].list_price_micro
        assert quote_release(release, MP3).price_micro == held.total_micro

    def test_a_single_track_is_replaced_by_its_album(self) -> None:
        release, basket = a_release(), baskets.basket_with(None, None)
        baskets.add_track(basket, Track.objects.get(position=2), SMALL)
        baskets.add_release(basket, release, MP3)
        assert [len(bundle.lines) for bundle in baskets.contents(basket).bundles] == [3]

    def test_a_bundle_leaves_as_a_whole(self) -> None:
        basket = a_basket(alice())
        baskets.remove(basket, baskets.contents(basket).bundles[0].id)
        assert baskets.contents(basket).count == 0


def _raise_tariff() -> None:
    old = Tariff.objects.get()
    Tariff.objects.create(release=old.release, currency="EUR", per_megabyte_micro=9 * MICRO, track_minimum_micro=MICRO)


class TestDifference:
    def bought(self, person: Person, format_name: str = "mp3-128") -> Track:
        a_release(minimum="0.01")
        basket = baskets.basket_with(None, person)
        track = Track.objects.get(position=1)
        baskets.add_track(basket, track, format_named(format_name))
        checkout.pay(order_for(person, basket))
        return track

    def test_a_larger_format_costs_the_difference(self) -> None:
        person = alice("10")
        track = self.bought(person)
        whole, rest = quote_track(track, WAV), quote_track(track, WAV, person=person)
        small = quote_track(track, SMALL)
        assert rest.price_micro == whole.price_micro - small.price_micro > 0

    def test_a_smaller_format_costs_nothing(self) -> None:
        person = alice("10")
        track = self.bought(person, "wav")
        assert quote_track(track, SMALL, person=person).costs_nothing_more
        with pytest.raises(baskets.NotForSale, match="own this already"):
            baskets.add_track(baskets.basket_with(None, person), track, SMALL)

    def test_a_dearer_tariff_never_asks_again_for_what_is_owned(self) -> None:
        person = alice("10")
        track = self.bought(person)
        _raise_tariff()
        assert quote_track(track, SMALL, person=person).price_micro == 0

    def test_paying_the_difference_makes_the_larger_format_hers(self) -> None:
        person = alice("10")
        track = self.bought(person)
        basket = baskets.basket_with(None, person)
        baskets.add_tracks(basket, [track], WAV)
        checkout.pay(order_for(person, basket))
        assert quote_track(track, WAV, person=person).costs_nothing_more


class TestMoney:
    def test_every_cent_of_an_order_goes_somewhere_named(self) -> None:
        person = alice("10")
        order = checkout.pay(order_for(person, a_basket(person)))
        moved = Transfer.objects.filter(reference=f"order:{order.number}")
        assert moved.aggregate(total=Sum("amount_micro"))["total"] == order.total_micro
        kinds = set(moved.values_list("target__kind", flat=True))
        assert kinds == {Account.Kind.TAX, Account.Kind.REVENUE, Account.Kind.ROYALTY}
        assert audit().is_clean

    def test_the_shares_follow_the_split_sheet(self) -> None:
        person = alice("10")
        order = checkout.pay(order_for(person, a_basket(person)))
        shares = Transfer.objects.filter(reference=f"order:{order.number}", target__kind=Account.Kind.ROYALTY)
        large, small = sorted(shares.values_list("amount_micro", flat=True), reverse=True)
        assert large + small == pytest.approx((order.total_micro / 1.2) * 0.85, abs=5)
        assert large / small == pytest.approx(70 / 30, rel=1e-4)

    def test_a_poor_wallet_leaves_the_order_waiting_and_nothing_moved(self) -> None:
        person = alice("0.05")
        order = order_for(person, a_basket(person))
        with pytest.raises(NotEnoughMoney):
            checkout.pay(order)
        assert checkout.missing_micro(order) == order.total_micro - 50_000
        assert not Purchase.objects.exists()
        assert Transfer.objects.filter(kind="sale").count() == 0

    def test_a_waiting_order_completes_itself_when_money_comes(self) -> None:
        person = alice()
        order = order_for(person, a_basket(person))
        assert checkout.complete_waiting_orders(person) == []
        fill_wallet(person, "10")
        assert [one.pk for one in checkout.complete_waiting_orders(person)] == [order.pk]
        assert checkout.complete_waiting_orders(person) == []

    def test_a_free_release_needs_no_money(self) -> None:
        person, basket = alice(), baskets.basket_with(None, None)
        baskets.add_release(basket, a_release(per_megabyte="0", minimum="0"), MP3)
        order = checkout.pay(order_for(person, baskets.basket_with(basket.key, person)))
        assert order.total_micro == 0
        assert Purchase.objects.filter(person=person).count() == 3

    def test_a_guarded_wallet_is_what_pays(self) -> None:
        person = alice("10")
        order = checkout.pay(order_for(person, a_basket(person)))
        wallet = accounts.wallet_of(person.pk, "EUR")
        assert set(Transfer.objects.filter(kind="sale").values_list("source_id", flat=True)) == {wallet.pk}
        assert order.tax_basis_points == 2000


class TestRefusals:
    def test_without_a_licence_nothing_is_sold(self) -> None:
        release = a_release(has_licence=False)
        with pytest.raises(baskets.NotForSale, match="licence"):
            baskets.add_release(baskets.basket_with(None, None), release, MP3)

    def test_outside_its_territory_nothing_is_sold(self) -> None:
        release = a_release(territories=("DE",))
        with pytest.raises(baskets.NotForSale, match="FR"):
            baskets.add_release(baskets.basket_with(None, None), release, MP3, territory="FR")
        baskets.add_release(baskets.basket_with(None, None), release, MP3, territory="DE")

    def test_a_licence_that_ends_during_checkout_stops_the_sale(self) -> None:
        person = alice("10")
        order = order_for(person, a_basket(person))
        Licence.objects.update(valid_until=date(2020, 2, 1))
        with pytest.raises(checkout.NotOnSale, match="ended"):
            checkout.pay(order)
        assert checkout.complete_waiting_orders(person) == []
        assert wallets.balance(person, "EUR") == 10 * MICRO

    def test_a_release_withdrawn_during_checkout_is_not_sold(self) -> None:
        person = alice("10")
        order = order_for(person, a_basket(person))
        Withdrawal.objects.create(release=Track.objects.first().edition.release, by="bob", reason="a new mix")
        with pytest.raises(checkout.NotOnSale, match="withdrawn"):
            checkout.pay(order)


def test_a_basket_that_is_nobodys_yet_is_bought_once_by_whoever_buys_it() -> None:
    person = alice("5")
    basket = baskets.basket_with(None, None)
    baskets.add_release(basket, a_release(), format_named("flac"))
    total_micro = baskets.contents(basket).total_micro
    first = checkout.buy(basket, person, expected_total_micro=total_micro, country="FR")
    assert checkout.buy(basket, person, expected_total_micro=total_micro, country="FR") == first
    assert first.paid_at is not None


def test_a_bundle_is_taken_out_whole() -> None:
    first, second = a_silent_release(tracks=2), a_silent_release(tracks=2)
    basket = baskets.basket_with(None, None)
    for release in (first, second):
        baskets.add_release(basket, release, MP3)
    track = second.edition.tracks.last()  # type: ignore[union-attr]
    Licence.objects.filter(recording__tracks=track).update(territories=["DE"])
    assert list(checkout.unsellable(basket, country="FR").values()) == [
        "“Piece 2” cannot be sold: It is not licensed for FR."
    ]
    checkout.leave_out_unsellable(basket, country="FR")
    assert {line.track.edition.release for line in basket.lines.all()} == {first}
