"""A bound that was paid for and returned buys no more than was kept; what is being found out is said, not guessed."""

import pytest

from obbligato.ledger.audit import audit
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, settling
from obbligato.sales.models import OrderLine
from obbligato.sales.quoting import UNKNOWN_YET, format_named, quote_track
from tests.makers import a_release, alice

pytestmark = pytest.mark.django_db
V0, WAV, SMALL = format_named("mp3-v0"), format_named("mp3-320"), format_named("mp3-64")


def bought_at_a_bound() -> tuple[Person, OrderLine]:
    person = alice("20")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(tracks=1, per_megabyte="5", minimum="0.01"), V0)
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    return person, OrderLine.objects.get()


def test_until_its_size_is_known_only_the_bought_format_is_free() -> None:
    person, line = bought_at_a_bound()
    assert quote_track(line.track, V0, person=person).costs_nothing_more
    other = quote_track(line.track, WAV, person=person)
    assert (other.sentence, other.costs_nothing_more) == (UNKNOWN_YET, False)
    with pytest.raises(baskets.NotForSale, match="in a minute"):
        baskets.add_track(baskets.basket_with(None, person), line.track, WAV)


def test_afterwards_the_difference_is_counted_from_the_true_size() -> None:
    person, line = bought_at_a_bound()
    settling.settle(line, actual_bytes=line.size_bytes // 3)
    rest = quote_track(line.track, WAV, person=person)
    assert rest.sentence == ""
    assert rest.price_micro > 0
    assert audit().is_clean


def test_what_she_owns_exactly_stays_free_meanwhile() -> None:
    person, line = bought_at_a_bound()
    settling.settle(line, actual_bytes=line.size_bytes)
    basket = baskets.basket_with(None, person)
    assert quote_track(line.track, SMALL, person=person).costs_nothing_more
    assert baskets.contents(basket).count == 0
