"""A label says when a release comes out: nothing is announced that could not be sold that day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from obbligato.catalog.models import Release, Withdrawal
from obbligato.kernel import clock
from obbligato.rights.models import Licence
from obbligato.sales import listing
from obbligato.sales.models import Tariff
from obbligato.sales.offers import on_sale
from obbligato.sales.preorders.announcing import (
    BadDay,
    BadGift,
    NotAnnounced,
    NotToBeAnnounced,
    announce,
    bring_out,
    first_moment,
)
from obbligato.sales.preorders.coming_out import come_out_due
from obbligato.sales.preorders.looking import awaited_by, to_come
from obbligato.sales.preorders.models import Announcement, PreOrder
from tests.makers import a_release, alice
from tests.sales.preorders.makers import DAY, NOON, a_release_to_come, announced, ordered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_it_is_taken_off_sale_and_off_the_lists_and_told_of_as_to_come() -> None:
    release = a_release()
    assert listing.newest().releases == [release]
    announcement = announced(release)
    assert not on_sale().exists()
    assert listing.newest().releases == []
    assert to_come() == to_come(artist=release.artist) == to_come(label=release.label) == [announcement]
    assert str(announcement) == "Three Small Pieces on 31 March 2026"
    clock.advance(DAY - clock.now())
    assert on_sale().get() == release
    come_out_due(10)
    assert listing.newest().releases == [release]
    assert to_come() == []


def test_another_day_is_told_to_who_waits_and_the_same_is_not() -> None:
    release = a_release_to_come(tracks=1)
    order = ordered(alice("10"), release)
    PreOrder.objects.update(news="")
    announced(release)
    assert PreOrder.objects.get().news == ""
    announced(release, days=31, takes_orders=False)
    assert PreOrder.objects.get().news == "moved"
    assert [str(one) for one in awaited_by(order.person)] == [f"Three Small Pieces, order {order.number}"]


def test_it_can_be_brought_out_at_once() -> None:
    release = a_release_to_come(tracks=1)
    order = ordered(alice("10"), release)
    assert bring_out(release, by="dana").at == NOON
    assert come_out_due(10) == 1
    order.refresh_from_db()
    assert order.state == "paid"
    with pytest.raises(NotAnnounced):
        bring_out(release, by="dana")
    with pytest.raises(NotAnnounced):
        bring_out(a_release("Another", upc="", tracks=1), by="dana")


@pytest.mark.parametrize("days", [0, -1, 3 * 366])
def test_a_day_that_has_passed_or_is_too_far_away_is_refused(days: float) -> None:
    with pytest.raises(BadDay):
        announced(a_release(tracks=1), days=days)
    assert not Announcement.objects.exists()


def test_what_could_not_be_sold_that_day_is_refused() -> None:
    release = a_release(tracks=1)
    Licence.objects.update(valid_from=date(2026, 4, 1))
    assert first_moment(release) == datetime(2026, 4, 1, tzinfo=UTC)
    with pytest.raises(NotToBeAnnounced, match=r"31 March 2026, UTC\. It may be sold from 1 April 2026 on"):
        announced(release)
    announced(release, days=31)
    Licence.objects.update(valid_from=date(2026, 1, 1))
    assert first_moment(release) is None
    Tariff.objects.all().delete()
    with pytest.raises(NotToBeAnnounced, match="price"):
        announced(release)
    Withdrawal.objects.create(release=release, by="dana", reason="Why not.")
    with pytest.raises(NotToBeAnnounced, match="withdrawn"):
        announced(release)


def test_what_is_given_at_once_is_on_the_release_and_may_be_sold_today() -> None:
    release, other = a_release(tracks=1), a_release("Another", upc="", tracks=2)
    at = NOON + timedelta(days=40)
    [_, second] = other.edition.tracks.order_by("position")  # type: ignore[union-attr]
    with pytest.raises(BadGift, match="has to be on the release"):
        announce(release, at=at, takes_orders=True, given=[second.recording_id], by="dana")
    Licence.objects.filter(recording=second.recording).update(valid_from=date(2026, 4, 1))
    with pytest.raises(BadGift, match="may be sold from 1 April"):
        announce(other, at=at, takes_orders=True, given=[second.recording_id], by="dana")
    assert not Release.objects.filter(announcement__isnull=False).exists()
