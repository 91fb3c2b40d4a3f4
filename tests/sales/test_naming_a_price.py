"""A label may let buyers give more than its tariff asks; nobody ever gives less, and what is given stays given."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from obbligato.catalog.models import Release
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, settling, wallets
from obbligato.sales.baskets import BadOffer
from obbligato.sales.models import Basket, BasketLine, Order, OrderLine, Quote, Tariff
from obbligato.sales.pricing import Rates, given_above
from obbligato.sales.quoting import format_named, quote_release
from tests.makers import a_release, alice

FLAC = format_named("flac")
CENT = MICRO // 100


def free_release(**words: Any) -> Release:
    """One whose label leaves it to the buyer, from nothing on."""
    release = a_release(**words)
    Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=0, takes_more=True)
    return release


def put(person: Person, release: Release, offered_micro: int | None, format_name: str = "flac") -> Basket:
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name), offered_micro=offered_micro)
    return basket


def bought(basket: Basket) -> Order:
    assert basket.person is not None
    total_micro = baskets.contents(basket).total_micro
    return checkout.buy(basket, basket.person, expected_total_micro=total_micro, country="FR")


@pytest.mark.django_db
class TestNaming:
    def test_what_is_given_is_divided_and_paid_to_the_cent(self) -> None:
        person = alice("20")
        order = bought(put(person, free_release(), 10 * MICRO))
        assert sorted(order.lines.values_list("price_micro", "given_micro")) == [
            (333 * CENT, 333 * CENT),
            (333 * CENT, 333 * CENT),
            (334 * CENT, 334 * CENT),
        ]
        assert (order.paid_at is not None, wallets.balance(person, "EUR")) == (True, 10 * MICRO)
        assert audit().is_clean

    def test_nothing_is_a_price_too(self) -> None:
        person = alice()
        for offered in (0, None):
            basket = put(person, free_release() if offered == 0 else Release.objects.get(), offered)
            assert baskets.contents(basket).total_micro == 0
        order = bought(basket)
        assert order.paid_at is not None
        assert order.lines.filter(purchase__isnull=False).count() == 3

    @pytest.mark.parametrize("micro", [-CENT, 1, baskets.MOST_OFFERED_MICRO + CENT])
    def test_no_senseless_amount_is_taken(self, micro: int) -> None:
        with pytest.raises(BadOffer):
            put(alice(), free_release(), micro)
        assert not BasketLine.objects.exists()

    def test_less_than_it_costs_is_refused_with_what_it_costs(self) -> None:
        with pytest.raises(BadOffer, match=r"It costs €1\.50 at least"):
            put(alice(), a_release(minimum="0.50"), 149 * CENT)

    def test_more_is_refused_where_the_label_takes_none_and_the_price_itself_is_not(self) -> None:
        person, release = alice(), a_release(minimum="0.50")
        with pytest.raises(BadOffer, match="takes no more"):
            put(person, release, 151 * CENT)
        assert baskets.contents(put(person, release, 150 * CENT)).total_micro == 150 * CENT

    def test_one_track_may_be_given_more_for_as_well(self) -> None:
        person, release = alice(), free_release()
        basket = baskets.basket_with(None, person)
        assert release.edition is not None
        baskets.add_track(basket, release.edition.tracks.all()[0], FLAC, offered_micro=2 * MICRO)
        assert baskets.contents(basket).total_micro == 2 * MICRO

    def test_a_page_says_that_more_is_taken(self) -> None:
        assert quote_release(free_release(), FLAC).takes_more
        assert not quote_release(a_release("Another", upc="4006381333948"), FLAC).takes_more


@pytest.mark.django_db
class TestAskingForTodaysPrices:
    def test_keeps_what_she_named(self) -> None:
        basket = put(alice(), free_release(), 5 * MICRO)
        assert baskets.requote(basket).total_micro == 5 * MICRO

    def test_of_one_track_keeps_it_too(self) -> None:
        release = free_release()
        basket = baskets.basket_with(None, alice())
        assert release.edition is not None
        baskets.add_track(basket, release.edition.tracks.all()[0], FLAC, offered_micro=2 * MICRO)
        assert baskets.requote(basket).total_micro == 2 * MICRO

    def test_asks_what_it_costs_where_that_is_more_by_now(self) -> None:
        release = free_release()
        basket = put(alice(), release, 5 * MICRO)
        Tariff.objects.create(
            release=release, currency="EUR", per_megabyte_micro=0, track_minimum_micro=3 * MICRO, takes_more=True
        )
        assert baskets.requote(basket).total_micro == 9 * MICRO

    def test_asks_no_more_than_it_costs_where_the_label_takes_no_more_by_now(self) -> None:
        release = free_release()
        basket = put(alice(), release, 5 * MICRO)
        Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=0)
        assert baskets.requote(basket).total_micro == 0


@pytest.mark.django_db
def test_what_was_given_is_not_returned_where_the_file_is_smaller_than_quoted() -> None:
    person = alice("20")
    release = a_release(per_megabyte="5", minimum="0.01", tracks=1)
    Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=5 * MICRO, takes_more=True)
    asked_micro = quote_release(release, format_named("mp3-v0")).price_micro
    bought(put(person, release, asked_micro + 7 * MICRO, "mp3-v0"))
    line = OrderLine.objects.get()
    assert (line.is_exact, line.given_micro) == (False, 7 * MICRO)
    returned_micro = settling.settle(line, actual_bytes=line.size_bytes // 2).returned_micro
    assert returned_micro == pytest.approx(asked_micro / 2, abs=CENT)


@pytest.mark.django_db
def test_where_nothing_was_asked_nothing_is_returned() -> None:
    bought(put(alice("20"), free_release(tracks=1), MICRO, "mp3-v0"))
    line = OrderLine.objects.get()
    assert settling.settle(line, actual_bytes=1).returned_micro == 0


@pytest.mark.django_db
def test_the_database_refuses_a_gift_beyond_the_price() -> None:
    bought(put(alice("20"), free_release(tracks=1), MICRO))
    for model in (Quote, OrderLine):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(given_micro=2 * MICRO)


@pytest.mark.django_db
def test_on_the_page_she_types_it_and_the_basket_holds_it(client: Client) -> None:
    release = free_release()
    assert "Name your price in EUR" in client.get(f"/releases/{release.slug}").content.decode()
    words = {"release": release.slug, "format": "flac"}
    assert client.post("/basket/bundles", {**words, "offered": "4,50"}).status_code == 302
    assert "€4.50" in client.get("/basket").content.decode()
    assert client.post("/basket/bundles", {**words, "offered": "much"}).status_code == 422
    assert client.post("/basket/bundles", {**words, "offered": " "}).status_code == 302
    assert "€0.00" in client.get("/basket").content.decode()


@given(st.lists(st.integers(0, 500), min_size=1, max_size=9), st.integers(0, 10_000))
def test_what_is_given_above_is_divided_without_rest(cents: list[int], more_cents: int) -> None:
    parts = given_above([one * CENT for one in cents], more_cents * CENT, Rates("EUR", 0, takes_more=True))
    assert sum(parts) == more_cents * CENT
    assert all(part >= 0 and part % CENT == 0 for part in parts)
