"""Releases to come and what is ordered ahead of them, as tests want them."""

from datetime import UTC, datetime, timedelta

from obbligato.catalog.models import Release
from obbligato.kernel import clock
from obbligato.ledger import accounts
from obbligato.people.models import Person
from obbligato.rights.models import Licence
from obbligato.sales import baskets, checkout
from obbligato.sales.models import Basket, Order
from obbligato.sales.preorders.announcing import announce
from obbligato.sales.preorders.models import Announcement
from obbligato.sales.quoting import format_named
from tests.makers import a_release

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = NOON + timedelta(days=30)
MP3 = format_named("mp3-320")


def a_release_to_come(*, given: int = 0, days: float = 30, takes_orders: bool = True, **values: object) -> Release:
    """A release announced for a month after noon, with so many of its first tracks given at once."""
    release = a_release(**values)  # type: ignore[arg-type]
    announced(release, given=given, days=days, takes_orders=takes_orders)
    return Release.objects.get(pk=release.pk)


def announced(release: Release, *, given: int = 0, days: float = 30, takes_orders: bool = True) -> Announcement:
    """Announce it, or name another day."""
    assert release.edition is not None
    first = [track.recording_id for track in release.edition.tracks.order_by("disc", "position")[:given]]
    at = NOON + timedelta(days=days)
    return announce(release, at=at, takes_orders=takes_orders, given=first, by="dana")


def a_basket(person: Person, release: Release) -> Basket:
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, Release.objects.get(pk=release.pk), MP3, territory="FR")
    return basket


def ordered(person: Person, release: Release, *, country: str = "FR") -> Order:
    """Ordered ahead in her name; held where her wallet reaches."""
    basket = a_basket(person, release)
    total_micro = baskets.contents(basket).total_micro
    return checkout.buy(basket, person, expected_total_micro=total_micro, country=country)


def held_micro(person: Person) -> int:
    return accounts.held_ahead_micro(person.pk, "EUR")


def to_the_day() -> None:
    """From noon to the day for which releases are announced here."""
    clock.advance(DAY - clock.now())


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def licensed_only_in(country: str, position: int) -> None:
    licences = Licence.objects.filter(recording__tracks__position=position)
    Licence.objects.filter(pk__in=licences.values("pk")).update(territories=[country])
