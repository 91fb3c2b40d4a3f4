"""Nobody pays for another's track, nobody pays twice, and a part of an album has no claim to its maximum."""

from datetime import timedelta
from pathlib import Path

import pytest

from obbligato.catalog.models import Recording, Release
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import Missing
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account, Transfer
from obbligato.library import downloads, shelf
from obbligato.people.models import Person
from obbligato.rights.models import Party, Share, SplitSheet
from obbligato.rights.splits import ShareTerms, declare_split
from obbligato.sales import baskets, checkout, offers, settling, wallets
from obbligato.sales.models import Order, OrderLine, Purchase, Tariff
from obbligato.sales.quoting import format_named
from tests.makers import a_release, alice, fill_wallet

pytestmark = pytest.mark.django_db
MP3, SMALL, WAV, V0 = (format_named(name) for name in ("mp3-320", "mp3-64", "wav", "mp3-v0"))


def order(person: Person, *wanted: tuple[int, str]) -> Order:
    """A placed order of single tracks (position, format) of the one release there is."""
    basket = baskets.basket_with(None, person)
    edition = Release.objects.get().edition
    assert edition is not None
    for position, name in wanted:
        baskets.add_track(basket, edition.tracks.get(position=position), format_named(name))
    total = baskets.contents(basket).total_micro
    return checkout.place_order(basket, person, expected_total_micro=total, country="FR")


class TestSettlement:
    def test_only_who_earned_from_a_line_gives_some_of_it_back(self) -> None:
        person = alice("20")
        a_release(tracks=2, per_megabyte="5", minimum="0.01")
        one, other = Recording.objects.order_by("pk")
        declare_split(one, [ShareTerms("Alpha", "performer", 10_000)])
        declare_split(other, [ShareTerms("Beta", "performer", 10_000)])
        checkout.pay(order(person, (1, "mp3-v0"), (2, "mp3-320")))
        line = OrderLine.objects.get(is_exact=False)
        declare_split(one, [ShareTerms("Gamma", "performer", 10_000)])  # Too late to give anything back.
        settling.settle(line, actual_bytes=line.size_bytes // 2)
        givers = Transfer.objects.filter(kind="returned", source__kind=Account.Kind.ROYALTY)
        alpha = Party.objects.get(name="Alpha")
        assert set(givers.values_list("source__name", flat=True)) == {f"royalty:{alpha.pk}"}
        assert audit().is_clean

    def test_it_follows_the_tariff_of_the_quote_and_not_a_later_one(self) -> None:
        person = alice("20")
        release = a_release(tracks=1, per_megabyte="5", minimum="0.01")
        with clock.stopped(clock.now()):
            basket = baskets.basket_with(None, person)
            baskets.add_release(basket, release, V0)
            total = baskets.contents(basket).total_micro
            clock.advance(timedelta(minutes=1))
            Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=9 * MICRO)
            clock.advance(timedelta(minutes=1))
            checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
        line = OrderLine.objects.get()
        made = settling.settle(line, actual_bytes=line.size_bytes // 2)
        assert made.returned_micro == pytest.approx(total / 2, abs=10_000)

    def test_an_upgrade_into_a_bound_costs_in_the_end_what_the_true_size_costs(self) -> None:
        person = alice("20")
        a_release(tracks=1, per_megabyte="5", minimum="0.01", seconds=6)
        checkout.pay(order(person, (1, "mp3-64")))
        paid = 20 * MICRO - wallets.balance(person, "EUR")
        upgrade = checkout.pay(order(person, (1, "mp3-v0")))
        line = upgrade.lines.get()
        had = line.owned_bytes
        assert had is not None
        made = settling.settle(line, actual_bytes=had * 2)
        assert paid + line.price_micro - made.returned_micro == pytest.approx(had * 2 * 5, abs=20_000)


class TestTwice:
    def test_two_waiting_orders_of_one_track_are_paid_once(self) -> None:
        person = alice()
        a_release()
        first, second = order(person, (1, "mp3-320")), order(person, (1, "mp3-320"))
        fill_wallet(person, "10")
        assert [one.pk for one in checkout.complete_waiting_orders(person)] == [first.pk]
        second.refresh_from_db()
        assert second.cancelled_at is not None
        assert "meanwhile" in second.cancel_reason
        assert Purchase.objects.count() == 1

    def test_a_basket_filled_before_another_purchase_asks_again(self) -> None:
        person = alice("10")
        a_release()
        basket = baskets.basket_with(None, person)
        baskets.add_track(basket, tracks_of(Release.objects.get().edition)[0], MP3)  # type: ignore[arg-type]
        checkout.pay(order(person, (1, "wav")))
        assert baskets.contents(basket).has_expired
        assert baskets.requote(basket).count == 0

    def test_an_order_does_not_wait_for_ever(self) -> None:
        person = alice()
        a_release()
        with clock.stopped(clock.now()):
            waiting = order(person, (1, "mp3-320"))
            clock.advance(timedelta(days=15))
            fill_wallet(person, "10")
            with pytest.raises(checkout.OrderExpired):
                checkout.pay(waiting)
            assert checkout.complete_waiting_orders(person) == []
        waiting.refresh_from_db()
        assert "no longer hold" in waiting.cancel_reason
        assert "14" in waiting.why_cancelled.said_in("ru")
        assert waiting.why_cancelled.said_in("ru") != waiting.cancel_reason
        waiting.cancel_row = {}
        assert waiting.why_cancelled == waiting.cancel_reason


class TestAlbumMaximum:
    def test_what_is_left_of_a_torn_album_has_no_claim_to_its_maximum(self) -> None:
        release = a_release(minimum="0.50", album_maximum="1.00")
        basket = baskets.basket_with(None, None)
        baskets.add_release(basket, release, WAV)
        assert baskets.contents(basket).total_micro == MICRO
        baskets.add_track(basket, tracks_of(release.edition)[0], SMALL)  # type: ignore[arg-type]
        assert baskets.contents(basket).total_micro == 3 * MICRO // 2

    def test_a_larger_format_of_an_album_is_had_within_the_same_maximum(self) -> None:
        person = alice("20")
        release = a_release(per_megabyte="5", minimum="0.01", album_maximum="1.00")
        basket = baskets.basket_with(None, person)
        baskets.add_release(basket, release, MP3)
        total = baskets.contents(basket).total_micro
        assert total == MICRO
        checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
        item = shelf.shelf_item(person, release.slug)
        wav = next(one for one in downloads.options(person, item) if one.format == WAV)
        assert (wav.difference_micro, wav.is_free) == (0, True)
        assert downloads.link_for_release(person, item, WAV)


class TestShelf:
    def test_tracks_of_two_editions_stand_together(self, tmp_path: Path) -> None:
        person = alice("20")
        release = a_release(tracks=2)
        checkout.pay(order(person, (1, "mp3-320")))
        first = release.edition
        assert first is not None
        second = release.editions.create(number=2, digest="another", title=first.title)
        for track in first.tracks.all():
            track.pk, track.edition, track._state.adding = None, second, True
            track.save()
        release.edition = second
        release.save()
        checkout.pay(order(person, (2, "mp3-320")))
        (item,) = shelf.shelf_of(person)
        assert [track.position for track in item.tracks] == [1, 2]
        assert (item.edition, item.is_whole) == (second, True)
        assert downloads.link_for_release(person, item, MP3)


def test_a_draft_is_nobodys_business() -> None:
    a_release("A Draft", has_licence=False)
    with pytest.raises(Missing):
        offers.known_release(Release.objects.get().slug)
    assert not offers.announced().exists()


def test_a_recording_without_a_split_sheet_leaves_all_but_the_tax_to_the_store() -> None:
    person = alice("10")
    a_release(tracks=1)
    Share.objects.all().delete()
    SplitSheet.objects.all().delete()
    paid = checkout.pay(order(person, (1, "mp3-320")))
    moved = Transfer.objects.filter(reference=f"order:{paid.number}")
    assert set(moved.values_list("target__kind", flat=True)) == {Account.Kind.TAX, Account.Kind.REVENUE}
    assert audit().is_clean
