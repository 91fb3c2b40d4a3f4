"""Charts count people and tell nothing of any one of them."""

from datetime import timedelta
from itertools import count

import pytest

from obbligato.catalog.models import Release, Withdrawal
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.charts import reading, reckoning
from obbligato.sales.charts.models import Chart, ChartPlace, Companion
from obbligato.sales.models import Purchase
from obbligato.sales.quoting import format_named
from tests.makers import fill_wallet
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
_numbers = count(1)


def a_buyer_of(*releases: Release, format_name: str = "mp3-64") -> Person:
    """A new person who bought them."""
    number = next(_numbers)
    person = Person.objects.create_user(f"buyer-{number}", f"{number}@example.org", "a long password", country="FR")
    fill_wallet(person, "100")
    buy(person, *releases, format_name=format_name)
    return person


def buy(person: Person, *releases: Release, format_name: str) -> None:
    basket = baskets.basket_with(None, person)
    for release in releases:
        baskets.add_release(basket, release, format_named(format_name))
    total_micro = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total_micro, country="FR"))


def sold(period: str = "all") -> list[str]:
    return [str(release) for release in reading.best_sellers(period)]


def test_what_more_people_bought_comes_first_and_each_person_counts_once() -> None:
    one, other = a_silent_release(title="Loved", tracks=1), a_silent_release(title="Long", tracks=9)
    fan = a_buyer_of(other)
    buy(fan, other, format_name="mp3-320")
    a_buyer_of(one)
    a_buyer_of(one)
    reckoning.reckon()
    assert sold() == ["Loved", "Long"]
    assert list(ChartPlace.objects.filter(chart__period="all").values_list("people_count", flat=True)) == [2, 1]


def test_a_period_ends() -> None:
    a_buyer_of(a_silent_release())
    with clock.stopped(clock.now() + timedelta(days=8)):
        reckoning.reckon()
        assert (sold("week"), len(sold("month")), len(sold("all"))) == ([], 1, 1)
    with clock.stopped(clock.now() + timedelta(days=31)):
        reckoning.reckon()
        assert (sold("month"), len(sold("all"))) == ([], 1)


def test_a_refunded_purchase_leaves_the_charts() -> None:
    a_buyer_of(a_silent_release())
    Purchase.objects.update(ended_at=clock.now())
    reckoning.reckon()
    assert sold() == []


def test_what_is_withdrawn_is_shown_in_no_chart_and_beside_nothing() -> None:
    one, other = a_silent_release(), a_silent_release()
    for _ in range(reckoning.LEAST_TOGETHER):
        a_buyer_of(one, other)
    reckoning.reckon()
    assert reading.bought_with(one) == [other]
    Withdrawal.objects.create(release=other, by="dana", reason="The label asked.")
    assert reading.bought_with(one) == []
    assert sold() == [str(one)]


def test_what_few_people_have_in_common_is_not_told() -> None:
    one, other = a_silent_release(), a_silent_release()
    for _ in range(reckoning.LEAST_TOGETHER - 1):
        a_buyer_of(one, other)
    reckoning.reckon()
    assert not Companion.objects.exists()


def test_the_best_companions_come_first_and_there_are_few() -> None:
    first, *others = [a_silent_release(tracks=1, title=f"Title {number}") for number in range(9)]
    for _ in range(3):
        a_buyer_of(first, *others)
    a_buyer_of(first, others[-1])
    reckoning.reckon()
    beside = reading.bought_with(first)
    assert beside[0] == others[-1]
    assert len(beside) == reckoning.COMPANIONS


def test_upkeep_reckons_once_an_hour_and_anew_each_time() -> None:
    release = a_silent_release()
    a_buyer_of(release)
    now = clock.now()
    with clock.stopped(now + timedelta(seconds=1)):
        assert reckoning.hourly()
        a_buyer_of(release)
        assert not reckoning.hourly()
        clock.advance(timedelta(minutes=61))
        assert reckoning.hourly()
    assert ChartPlace.objects.get(chart__period="week").people_count == 2
    assert Chart.objects.count() == 3
    assert [str(chart) for chart in Chart.objects.order_by("pk")] == ["This week", "This month", "All time"]
    assert str(ChartPlace.objects.filter(chart__period="week").get()) == "1. Nocturnes"


def test_a_companion_reads_as_a_sentence() -> None:
    one, other = a_silent_release(title="One"), a_silent_release(title="Two")
    assert str(Companion(release=one, other=other)) == "Two with One"
    assert reading.periods()[0] == ("week", "This week")
