"""Releases to come in the simulation: announced, ordered ahead, moved, priced anew, out or called off; each by lot."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from obbligato.catalog.models import Release, Withdrawal
from obbligato.catalog.withdrawing import put_back
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.declaring import declare_price
from obbligato.sales.preorders import announcing, coming_out
from obbligato.sales.preorders.models import HELD, Announcement, PreOrder
from obbligato.sales.pricing import Rates
from obbligato.sales.quoting import format_named
from obbligato.simulation import goods

MOST_AHEAD, TRACKS_EACH = 4, 3
DAYS_AHEAD = (1, 1, 2, 3, 120)
"""The last is so late that whoever was told another day has her money back."""
LATEST = 20
FORMAT = format_named("mp3-320")


class PreOrders:
    """A label with releases to come, and who waits for them; `person` gives one of the buyers."""

    def __init__(self, lot: Random, person: Callable[[], Person]) -> None:
        self._lot, self._person, self._count = lot, person, 0
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (2, self.announce),
            (1, self.name_another_day),
            (1, self.bring_out),
            (5, self.order_ahead),
            (2, self.cancel_ahead),
            (1, self.call_off),
            (1, self.change_price),
            (3, self.release_day),
            (1, self.settle_again),
        ]

    def announce(self) -> None:
        """A new release, of which the first track may be given at once."""
        if len(_ahead()) < MOST_AHEAD:
            self._count += 1
            release = goods.a_release(f"to-come-{self._count}", TRACKS_EACH)
            declare_price(release, self._rates())
            first = release.edition.tracks.values_list("recording_id", flat=True)[: self._lot.randrange(2)]  # type: ignore[union-attr]
            self._announce(release, list(first))

    def name_another_day(self) -> None:
        if ahead := _ahead():
            one = self._lot.choice(ahead)
            self._announce(one.release, list(one.given.values_list("pk", flat=True)))

    def bring_out(self) -> None:
        if ahead := _ahead():
            announcing.bring_out(self._lot.choice(ahead).release, by="dana")

    def order_ahead(self) -> None:
        """Held where her wallet reaches; else it waits for money, and may find the release out by then."""
        if ahead := _ahead():
            person, country = self._person(), self._lot.choice(goods.COUNTRIES)
            basket = baskets.basket_with(None, person)
            baskets.add_release(basket, self._lot.choice(ahead).release, FORMAT, territory=country)
            total_micro = baskets.contents(basket).total_micro
            checkout.buy(basket, person, expected_total_micro=total_micro, country=country)

    def cancel_ahead(self) -> None:
        if held := list(PreOrder.objects.filter(HELD).select_related("order").order_by("-pk")[:LATEST]):
            checkout.cancel(self._lot.choice(held).order)

    def call_off(self) -> None:
        """The label withdraws what is to come, or thinks better of it."""
        if ahead := _ahead():
            release = self._lot.choice(ahead).release
            if hasattr(release, "withdrawal"):
                put_back(release)
            else:
                Withdrawal.objects.create(release=release, by="dana", reason="It is not finished.")

    def change_price(self) -> None:
        if ahead := _ahead():
            declare_price(self._lot.choice(ahead).release, self._rates())

    def release_day(self) -> None:
        """As a round of upkeep does."""
        coming_out.come_out_due(5)

    def settle_again(self) -> None:
        """What was settled, or is not due, by two at once: one of the last, whatever became of it."""
        if last := list(PreOrder.objects.select_related("order").order_by("-pk")[:LATEST]):
            one = self._lot.choice(last)
            if self._lot.random() < 0.5:
                coming_out.come_out(one)
            else:
                checkout.pay(one.order)

    def _announce(self, release: Release, given: list[int]) -> None:
        at = clock.now() + timedelta(days=self._lot.choice(DAYS_AHEAD), minutes=self._lot.randrange(1_000))
        announcing.announce(release, at=at, takes_orders=True, given=given, by="dana")

    def _rates(self) -> Rates:
        cents = self._lot.randrange(0, 200)
        return Rates(
            "EUR", per_megabyte_micro=0, track_minimum_micro=cents * 10_000, track_maximum_micro=cents * 10_000
        )


def _ahead() -> list[Announcement]:
    """What is yet to come out, with rows that nobody has looked at before."""
    found = Announcement.objects.filter(at__gt=clock.now()).select_related("release__edition", "release__withdrawal")
    return list(found.order_by("pk"))
