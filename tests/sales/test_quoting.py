"""A quote says what is true: why something cannot be had, the difference for what is owned, a glance fresh enough."""

import time
from typing import Any

import pytest

from obbligato.catalog.models import Master, Release, Track, Withdrawal
from obbligato.kernel.refusals import Missing
from obbligato.sales import baskets, checkout, glances, offers, wallets
from obbligato.sales.models import Basket, Tariff
from obbligato.sales.quoting import NoSuchFormat, format_named, quote_release, quote_track
from tests.makers import a_release, alice, fill_wallet

pytestmark = pytest.mark.django_db
MP3 = format_named("mp3-320")


class TestOffer:
    def test_an_unpublished_release_says_so(self) -> None:
        release = a_release()
        release.edition = None
        release.save()
        assert "not published" in quote_release(release, MP3).sentence

    def test_a_withdrawn_release_says_so(self) -> None:
        release = a_release()
        Withdrawal.objects.create(release=release, by="bob", reason="a new mix")
        assert "withdrawn" in quote_release(Release.objects.get(), MP3).sentence

    def test_a_release_without_a_price_says_so(self) -> None:
        release = a_release()
        Tariff.objects.all().delete()
        quote = quote_release(release, MP3)
        assert "no price" in quote.sentence or "not named a price" in quote.sentence
        assert quote.currency == ""
        with pytest.raises(baskets.NotForSale):
            baskets.add_release(baskets.basket_with(None, None), release, MP3)
        with pytest.raises(baskets.NotForSale):
            baskets.add_track(baskets.basket_with(None, None), Track.objects.first(), MP3)  # type: ignore[arg-type]

    def test_an_edition_without_tracks_says_so(self) -> None:
        release = a_release(tracks=1)
        edition = release.edition
        assert edition is not None
        Track.objects.all().delete()
        edition.digest = "empty"
        assert "no tracks" in offers.offer_of(release).sentence

    def test_what_is_on_sale_is_listed(self) -> None:
        release = a_release()
        assert list(offers.on_sale()) == [release]
        assert offers.offer_of(release).is_on_sale
        assert offers.offer_of(release).bases == ["Own recording"]


class TestQuote:
    def test_an_unknown_format_is_refused_with_what_exists(self) -> None:
        with pytest.raises(NoSuchFormat, match="flac"):
            format_named("wma-128")

    def test_a_bound_takes_its_time_and_an_exact_size_starts_at_once(self) -> None:
        release = a_release(seconds=20)
        assert quote_release(release, MP3).seconds_to_ready == 0
        assert quote_release(release, format_named("opus-128")).seconds_to_ready > 0

    def test_a_codec_that_cannot_carry_the_master_is_shown_with_its_reason(self) -> None:
        a_release(tracks=1)
        master = Master.objects.get()
        master.facts_json["channels"] = 7
        master.save()
        quoted = quote_track(Track.objects.get(), format_named("alac"))
        assert "ALAC" in quoted.sentence
        assert quoted.size_bytes == 0

    def test_a_track_of_an_older_edition_is_only_for_its_owner(self) -> None:
        person = alice("10")
        release = a_release(tracks=2)
        basket = baskets.basket_with(None, person)
        track = Track.objects.get(position=1)
        baskets.add_track(basket, track, format_named("mp3-64"))
        total = baskets.contents(basket).total_micro
        checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
        _replace_edition(release)
        old, other = Track.objects.get(pk=track.pk), Track.objects.get(position=2, edition=track.edition)
        assert quote_track(old, MP3, person=person).sentence == ""
        assert "no longer part" in quote_track(old, MP3).sentence
        assert "no longer part" in quote_track(other, MP3, person=person).sentence
        old.recording.licences.update(territories=["DE"])
        assert "FR" in quote_track(old, MP3, person=person, territory="FR").sentence


def _replace_edition(release: Release) -> None:
    first = release.edition
    assert first is not None
    second = release.editions.create(number=2, digest="another", title=first.title)
    kept = first.tracks.get(position=2)
    kept.pk, kept.edition, kept.title, kept._state.adding = None, second, "Piece 2, new mix", True
    kept.save()
    release.edition = second
    release.save()


class TestBasket:
    def test_one_basket_holds_one_currency(self) -> None:
        a_release(tracks=1)
        other = a_release("Another", tracks=2, upc="5901234123457")
        Tariff.objects.filter(release=other).update(currency="JPY")
        basket = baskets.basket_with(None, None)
        baskets.add_track(basket, Track.objects.first(), MP3)  # type: ignore[arg-type]
        with pytest.raises(baskets.OneCurrency):
            baskets.add_track(basket, other.edition.tracks.get(position=2), MP3)  # type: ignore[union-attr]

    def test_no_basket_is_an_empty_one(self) -> None:
        assert baskets.contents(None).count == 0

    def test_fresh_prices_drop_what_can_no_longer_be_bought(self) -> None:
        release, basket = a_release(), baskets.basket_with(None, None)
        baskets.add_release(basket, release, MP3)
        Withdrawal.objects.create(release=release, by="bob", reason="x")
        assert baskets.requote(basket).count == 0

    def test_fresh_prices_keep_a_single_track_single(self) -> None:
        a_release()
        basket = baskets.basket_with(None, None)
        baskets.add_track(basket, Track.objects.get(position=2), MP3)
        assert [len(bundle.lines) for bundle in baskets.requote(basket).bundles] == [1]

    def test_signing_in_takes_what_is_owned_already_out_of_the_basket(self) -> None:
        person = alice("10")
        release = a_release()
        mine = baskets.basket_with(None, person)
        baskets.add_release(mine, release, MP3)
        total = baskets.contents(mine).total_micro
        checkout.pay(checkout.place_order(mine, person, expected_total_micro=total, country="FR"))
        visitors = baskets.basket_with(None, None)
        baskets.add_release(visitors, release, MP3)
        assert baskets.contents(baskets.basket_with(visitors.key, person)).count == 0

    def test_an_album_owned_whole_is_not_sold_again(self) -> None:
        person = alice("10")
        release = a_release()
        mine = baskets.basket_with(None, person)
        baskets.add_release(mine, release, MP3)
        total = baskets.contents(mine).total_micro
        checkout.pay(checkout.place_order(mine, person, expected_total_micro=total, country="FR"))
        with pytest.raises(baskets.NotForSale, match="own all of this"):
            baskets.add_release(baskets.basket_with(None, person), release, MP3)


class TestGlance:
    def test_what_visitors_see_is_looked_up_once_a_moment(self, settings: Any, django_assert_num_queries: Any) -> None:
        release = a_release()
        settings.PAGE_AGE_SECONDS = 3600
        first = glances.glance(release.slug, MP3, person=None, territory="FR")
        with django_assert_num_queries(1):  # What decisions and orders close is asked each time.
            assert glances.glance(release.slug, MP3, person=None, territory="FR") is first
        person = alice()
        assert glances.glance(release.slug, MP3, person=person, territory="FR") is not first

    def test_it_is_no_older_than_that(self, settings: Any) -> None:
        release = a_release()
        settings.PAGE_AGE_SECONDS = 1
        before = glances.glance(release.slug, MP3, person=None, territory="FR")
        Withdrawal.objects.create(release=release, by="bob", reason="x")
        time.sleep(1.1)
        assert "withdrawn" in glances.glance(release.slug, MP3, person=None, territory="FR").sentence
        assert before.sentence == ""

    def test_a_release_that_is_not_there_is_missing(self) -> None:
        with pytest.raises(Missing):
            glances.glance("nothing", MP3, person=None, territory="FR")


def test_a_wallet_tells_its_history_with_one_line_an_order() -> None:
    person = alice("10")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(), MP3)
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    fill_wallet(person, "1")
    entries = wallets.history(person, "EUR")
    assert [(one.kind, one.amount_micro) for one in entries] == [
        ("Credit", 1_000_000),
        ("Purchase", -total),
        ("Credit", 10_000_000),
    ]
    assert wallets.history(person, "JPY") == []


def test_rows_say_what_they_are() -> None:
    person = alice("10")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(tracks=1), MP3)
    line = basket.lines.get()
    total = baskets.contents(basket).total_micro
    order = checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    assert str(Tariff.objects.get()) == "€0.50 a megabyte"
    assert str(basket) == f"basket {basket.pk}"
    assert str(line) == str(line.quote)
    assert order.get_absolute_url() == f"/orders/{order.number}"
    assert str(order).startswith(order.number)
    assert str(order.lines.get()).endswith("as mp3-320")
    assert str(person.purchases.get()).startswith("alice owns")
    assert checkout.missing_micro(order) == 0
    assert Basket.objects.count() == 1


def test_another_persons_basket_cannot_be_ordered() -> None:
    person = alice("10")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(), MP3)
    total = baskets.contents(basket).total_micro
    checkout.place_order(basket, person, expected_total_micro=total, country="FR")
    from tests.makers import bob

    with pytest.raises(Missing):
        checkout.place_order(basket, bob(), expected_total_micro=total, country="FR")
    waiting = checkout.order_of(person, person.orders.get().number)
    assert checkout.cancel(checkout.cancel(waiting)).cancelled_at is not None
