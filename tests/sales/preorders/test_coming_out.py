"""On the day each pre-order becomes the sale it was held for, at its quote or less, or all of the money returns."""

from dataclasses import replace
from datetime import timedelta

import pytest

from obbligato.catalog.models import Release, Withdrawal
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Transfer
from obbligato.library import shelf
from obbligato.rights.models import Licence
from obbligato.sales import baskets, checkout, wallets
from obbligato.sales.documents.models import Receipt
from obbligato.sales.editing import issuing, scheduling
from obbligato.sales.models import Purchase, Tariff
from obbligato.sales.preorders.coming_out import come_out, come_out_due
from obbligato.sales.preorders.models import PreOrder
from obbligato.sales.quoting import quote_release
from obbligato.simulation.crashes import Crash, Fuse
from tests.makers import a_release, alice, bob, fill_wallet
from tests.meanwhile import meanwhile
from tests.sales.editing.makers import a_draft, rewrite
from tests.sales.preorders.makers import (
    DAY,
    MP3,
    NOON,
    a_basket,
    a_release_to_come,
    announced,
    fresh,
    held_micro,
    licensed_only_in,
    ordered,
    to_the_day,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


class TestOnTheDay:
    def test_it_is_sold_at_the_quote_in_one_moment_and_once(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come(given=1))
        to_the_day()
        assert come_out_due(10) == 1
        assert come_out_due(10) == 0
        sold = come_out(order.preorder)
        assert sold.paid_at == DAY
        assert sold.total_micro == order.total_micro
        assert held_micro(person) == 0
        assert wallets.balance(person, "EUR") == 10 * MICRO - order.total_micro
        assert Purchase.objects.standing().filter(person=person).count() == 3
        assert shelf.shelf_of(person)[0].is_whole
        assert Receipt.objects.get().order == sold
        assert sold.tax_basis_points == 2_000
        assert PreOrder.objects.get().says == []
        assert audit().is_clean

    def test_it_goes_on_sale_for_all_and_on_the_lists(self) -> None:
        release = a_release_to_come()
        to_the_day()
        come_out_due(10)
        assert not quote_release(Release.objects.get(pk=release.pk), MP3).sentence
        assert release.announcement.__class__.objects.get().out_at == DAY

    def test_a_dearer_tariff_changes_nothing_and_a_cheaper_one_is_hers(self) -> None:
        first, second, release = alice("10"), bob("10"), a_release_to_come(per_megabyte="1.00")
        dear = ordered(first, release)
        clock.advance(timedelta(days=1))
        Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=9 * MICRO)
        later = ordered(second, release)
        assert later.total_micro > dear.total_micro
        clock.advance(timedelta(days=1))
        cheap = {"per_megabyte_micro": 5 * MICRO, "track_maximum_micro": MICRO // 5}
        Tariff.objects.create(release=release, currency="EUR", **cheap)
        to_the_day()
        come_out_due(10)
        assert fresh(dear).total_micro == dear.total_micro
        assert fresh(later).total_micro == 3 * MICRO // 5
        assert wallets.balance(second, "EUR") == 10 * MICRO - 3 * MICRO // 5

    def test_a_track_not_licensed_where_she_is_returns_its_part(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come())
        part = order.lines.get(track__position=2).price_micro
        licensed_only_in("DE", position=2)
        to_the_day()
        come_out_due(10)
        sold = fresh(order)
        assert sold.total_micro == order.total_micro - part
        assert [line.track.position for line in sold.lines.order_by("pk")] == [1, 3]
        [sentence] = PreOrder.objects.get().left_out
        assert sentence.startswith("“Piece 2” is not part of it, and €0.10 returned to your wallet: It is not licensed")
        assert audit().is_clean

    def test_a_track_given_at_once_and_no_longer_licensed_stays_hers_at_its_quote(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come(given=1))
        licensed_only_in("DE", position=1)
        to_the_day()
        come_out_due(10)
        assert fresh(order).total_micro == order.total_micro
        assert Purchase.objects.standing().count() == 3
        assert PreOrder.objects.get().says == []

    def test_where_nothing_of_it_may_be_sold_to_her_all_returns(self) -> None:
        person = alice("10")
        order = ordered(person, a_release_to_come())
        Licence.objects.update(territories=["DE"])
        to_the_day()
        come_out_due(10)
        assert fresh(order).cancel_reason == "It is not licensed for FR."
        assert fresh(order).why_cancelled.said_in("fr").endswith(": FR.")
        assert wallets.balance(person, "EUR") == 10 * MICRO

    def test_the_final_edition_is_hers_with_what_is_new_on_it_for_no_more(self) -> None:
        person, release = alice("10"), a_release_to_come(tracks=3, given=3)
        order = ordered(person, release)
        lines = a_draft(release).content.lines
        rewrite(release, lines=(lines[2], lines[0]), title="The Final Cut")

        issuing.issue(release, seen=a_draft(release).version, by="dana")
        to_the_day()
        come_out_due(10)
        sold = fresh(order)
        titles = {(line.track.edition.number, line.track.title) for line in sold.lines.all()}
        assert titles == {(2, "Piece 3"), (2, "Piece 1"), (1, "Piece 2")}  # The third was given, and stays.
        assert sold.total_micro == order.total_micro

    def test_a_track_that_left_the_release_returns_its_part(self) -> None:
        person, release = alice("10"), a_release_to_come(tracks=3)
        order = ordered(person, release)

        lines = a_draft(release).content.lines
        bonus = a_release("A Bonus", upc="4006381333948", tracks=4).edition.tracks.get(position=4)  # type: ignore[union-attr]
        Licence.objects.filter(recording=bonus.recording).update(territories=["DE"])
        extra = replace(lines[2], key="new", track_id=bonus.pk, master=bonus.master.sha256, title="Bonus", isrc="")
        rewrite(release, lines=(*lines[:2], replace(extra, position=4)))
        issuing.issue(release, seen=a_draft(release).version, by="dana")
        to_the_day()
        come_out_due(10)
        assert fresh(order).total_micro < order.total_micro
        assert "it is no longer on the release" in PreOrder.objects.get().left_out[0]

    def test_what_she_bought_otherwise_meanwhile_is_not_charged_again(self) -> None:
        person, release = alice("10"), a_release_to_come(tracks=1)
        order = ordered(person, release)
        single = a_release("A Single", upc="4006381333948", tracks=1)
        checkout.buy(
            basket := a_basket(person, single),
            person,
            expected_total_micro=baskets.contents(basket).total_micro,
            country="FR",
        )
        to_the_day()
        come_out_due(10)
        assert fresh(order).cancel_reason == "You own all of it already."
        assert held_micro(person) == 0
        assert audit().is_clean

    def test_and_the_rest_of_what_she_ordered_is_hers(self) -> None:
        person, release = alice("10"), a_release_to_come(tracks=2)
        order = ordered(person, release)
        ordered(person, a_release("A Single", upc="4006381333948", tracks=1))
        to_the_day()
        come_out_due(10)
        assert fresh(order).lines.count() == 1
        assert "You own it already." in PreOrder.objects.get().left_out[0]

    def test_one_that_costs_nothing_is_held_and_sold_without_a_transfer(self) -> None:
        person, release = alice(), a_release_to_come(per_megabyte="0", minimum="0")
        order = ordered(person, release)
        assert order.is_held
        clock.advance(timedelta(days=1))
        assert checkout.cancel(order).state == "cancelled"
        again = ordered(person, release)
        to_the_day()
        come_out_due(10)
        assert fresh(again).state == "paid"
        assert not Transfer.objects.exists()

    def test_where_its_price_must_wait_it_is_settled_later(self) -> None:
        person, release = alice("10"), a_release_to_come(tracks=1)
        order = ordered(person, release)
        with_bound = ordered(person, a_release("A Single", upc="4006381333948", tracks=1))
        with_bound.lines.update(is_exact=False, format_name="opus-64")
        Purchase.objects.update(format_name="opus-64", size_bytes=10)
        to_the_day()
        assert come_out_due(10) == 0
        assert fresh(order).is_held

    def test_one_that_still_waits_for_money_is_then_an_order_like_any_other(self) -> None:
        person = alice()
        order = ordered(person, a_release_to_come(days=1))
        clock.advance(timedelta(days=2))
        fill_wallet(person, "10")
        assert checkout.pay(order).state == "paid"
        assert held_micro(person) == 0

    def test_an_edition_that_is_to_be_published_by_then_is_waited_for(self) -> None:

        release = a_release_to_come(tracks=1)
        order = ordered(alice("10"), release)
        draft = rewrite(release, title="Final")
        scheduling.schedule(release, seen=draft.version, at=DAY, by="dana")
        to_the_day()
        assert come_out_due(10) == 0
        scheduling.issue_due(10)
        assert come_out_due(10) == 1
        assert fresh(order).lines.get().track.edition.title == "Final"

    def test_one_that_fails_does_not_keep_the_others_waiting(self) -> None:
        first, second, release = alice("10"), bob("10"), a_release_to_come(tracks=1)
        broken, other = ordered(first, release), ordered(second, release)
        broken.lines.all().delete()
        to_the_day()
        assert come_out_due(10) == 1
        assert fresh(broken).is_held
        assert fresh(other).state == "paid"

    def test_a_round_ends_with_its_time(self) -> None:
        ordered(alice("10"), a_release_to_come(tracks=1))
        to_the_day()
        assert come_out_due(10, seconds=-1.0) == 0
        assert come_out_due(10) == 1

    def test_what_she_gave_above_the_price_stays_given(self) -> None:
        person, release = alice("10"), a_release_to_come(tracks=1)
        release.tariffs.update(takes_more=True)
        basket = baskets.basket_with(None, person)
        baskets.add_release(basket, release, MP3, offered_micro=5 * MICRO)
        order = checkout.buy(basket, person, expected_total_micro=5 * MICRO, country="FR")
        to_the_day()
        come_out_due(10)
        assert fresh(order).total_micro == 5 * MICRO


class TestWhenItDoesNotComeOut:
    def test_a_withdrawn_release_returns_all_at_once(self) -> None:
        person, release = alice("10"), a_release_to_come(given=1)
        order = ordered(person, release)
        waiting = ordered(bob(), release)
        Withdrawal.objects.create(release=release, by="dana", reason="A mistake.")
        assert come_out_due(10) == 1
        assert fresh(order).cancel_reason == "The label has withdrawn this release."
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert not Purchase.objects.standing().exists()
        fill_wallet(waiting.person, "10")
        with pytest.raises(checkout.NotOnSale, match="withdrawn"):
            checkout.pay(waiting)

    def test_a_day_three_months_later_than_she_was_told_returns_all(self) -> None:
        person, release = alice("10"), a_release_to_come()
        order = ordered(person, release)
        announced(release, days=30 + 90)
        assert come_out_due(10) == 0
        announced(release, days=30 + 91)
        late = ordered(bob("10"), release)
        assert come_out_due(10) == 1
        assert "more than 90 days later than you were told" in fresh(order).cancel_reason
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert fresh(late).is_held


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("open_books")
def test_who_cancels_while_it_comes_out_and_the_store_do_not_wait_for_each_other_for_ever() -> None:
    with clock.stopped(NOON):
        person = alice("10")
        order = ordered(person, a_release_to_come(tracks=1))
        to_the_day()
        with meanwhile(lambda: come_out(order.preorder), after='FROM "sales_order"'):
            checkout.cancel(order)
        assert fresh(order).state == "cancelled"
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert audit().is_clean


@pytest.mark.usefixtures("open_books")
def test_ended_at_any_statement_it_loses_nothing_and_doubles_nothing() -> None:
    person, fuse = alice("10"), Fuse()
    order = ordered(person, a_release_to_come(tracks=2, given=1))
    to_the_day()
    crashes = 0
    with fuse.at_statements():
        for point in range(1, 200, 3):
            fuse.light(point)
            try:
                come_out(order.preorder)
            except Crash:
                crashes += 1
                assert fresh(order).is_held
                assert held_micro(person) == order.total_micro
                continue
            finally:
                fuse.light(None)
            break
    assert crashes > 5
    assert fresh(order).state == "paid"
    assert wallets.balance(person, "EUR") == 10 * MICRO - order.total_micro
    assert Purchase.objects.standing().count() == 2
    assert audit().is_clean
