"""Figures of a period sum to what was sold, and to the ledger."""

from datetime import UTC, date, datetime, timedelta

import pytest

from obbligato.catalog.models import Release
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, figures, refunding
from obbligato.sales.figures import Scope
from obbligato.sales.models import Order, OrderLine
from obbligato.sales.quoting import format_named
from tests import makers

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 10, 31, 9, tzinfo=UTC)
SCOPE = Scope(date(2026, 10, 1), date(2026, 11, 30), "EUR")


def test_all_ways_to_look_at_it_sum_to_the_same() -> None:
    _two_days_of_sales()
    total = sum(order.total_micro for order in Order.objects.all())
    ways = [
        figures.over_time(SCOPE, "day"),
        figures.over_time(SCOPE, "month"),
        figures.by_release(SCOPE),
        figures.by_format(SCOPE),
        figures.by_country(SCOPE),
    ]
    assert [sum(one.price_micro for one in way) for way in ways] == [total] * 5
    assert [sum(one.returned_micro for one in way) for way in ways] == [10_000] * 5
    assert sum(one.amount_micro for one in figures.where_it_went(SCOPE)) == total - 10_000


def test_days_and_months_are_those_of_the_payment() -> None:
    _two_days_of_sales()
    assert [one.what for one in figures.over_time(SCOPE, "day")] == ["2026-10-31", "2026-11-01"]
    assert [one.what for one in figures.over_time(SCOPE, "month")] == ["2026-10-01", "2026-11-01"]
    day = Scope(date(2026, 10, 31), date(2026, 10, 31), "EUR")
    (sold,) = figures.over_time(day, "day")
    assert (sold.orders, sold.tracks, sold.price_micro) == (1, 3, Order.objects.earliest("paid_at").total_micro)


def test_releases_formats_and_countries_have_names() -> None:
    _two_days_of_sales()
    (release,) = figures.by_release(SCOPE)
    assert release.what == f"{Release.objects.get().artist}: {Release.objects.get()}"
    assert {one.what for one in figures.by_format(SCOPE)} == {"MP3 320 kbit/s", "FLAC"}
    assert {one.what for one in figures.by_country(SCOPE)} == {"France", "United States"}


def test_a_format_that_the_program_forgot_keeps_its_name() -> None:
    _two_days_of_sales()
    OrderLine.objects.update(format_name="minidisc-132")
    assert [one.what for one in figures.by_format(SCOPE)] == ["minidisc-132"]


def test_tax_the_store_and_the_rights_holders_are_told_apart() -> None:
    _two_days_of_sales()
    went = {one.what: one for one in figures.where_it_went(SCOPE)}
    assert went["The store"].amount_micro > 0
    assert [one.what for one in went.values() if one.kind == "Royalty accrued"]
    assert all(one.amount_micro >= 0 for one in went.values())
    assert {"Tax of France"} <= set(went)


def test_other_periods_currencies_releases_and_labels_have_nothing() -> None:
    _two_days_of_sales()
    release = Release.objects.get()
    for scope in (
        Scope(date(2026, 11, 2), date(2026, 11, 30), "EUR"),
        Scope(SCOPE.first_day, SCOPE.last_day, "USD"),
        Scope(SCOPE.first_day, SCOPE.last_day, "EUR", release_id=release.pk + 1),
        Scope(SCOPE.first_day, SCOPE.last_day, "EUR", label_id=release.label_id + 1),
    ):
        assert figures.over_time(scope, "day") == []
        assert figures.by_release(scope) == []
    own = Scope(SCOPE.first_day, SCOPE.last_day, "EUR", release_id=release.pk, label_id=release.label_id)
    assert figures.by_release(own) == figures.by_release(SCOPE)
    assert (own.is_whole, SCOPE.is_whole) == (False, True)
    assert figures.currencies() == ["EUR"]


def _two_days_of_sales() -> None:
    """Alice in France an hour before November, bob overseas an hour after; of his a cent went back a week later."""
    with clock.stopped(MORNING):
        release = makers.a_release()
        clock.advance(timedelta(hours=14))
        _buy(makers.alice("9"), release, "mp3-320", "FR")
        clock.advance(timedelta(hours=2))
        order = _buy(makers.bob("9"), release, "flac", "US")
        clock.advance(timedelta(days=7))
        line = order.lines.earliest("pk")
        refunding.refund(order, {line.pk: 10_000}, key="f", by="dana", reason="It skips.")


def _buy(person: Person, release: Release, format_name: str, country: str) -> Order:
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name), territory=country)
    total = baskets.contents(basket).total_micro
    return checkout.buy(basket, person, expected_total_micro=total, country=country)
