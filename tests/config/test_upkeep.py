"""What the store does by itself: late payments arrive, waiting orders complete, one fault stops nothing else."""

from datetime import timedelta

import pytest

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import sandbox_desk, top_ups
from obbligato.sales import baskets, checkout, wallets
from obbligato.sales.models import OrderLine
from obbligato.sales.quoting import format_named
from tests.makers import a_release, alice, fill_wallet

pytestmark = pytest.mark.django_db


def test_a_payment_approved_in_a_closed_tab_pays_the_waiting_order() -> None:
    person = alice()
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(), format_named("mp3-320"))
    total = baskets.contents(basket).total_micro
    order = checkout.place_order(basket, person, expected_total_micro=total, country="FR")
    with clock.stopped(clock.now()):
        attempt = top_ups.start(
            person, provider="sandbox", amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/"
        )
        sandbox_desk.decide(attempt.provider_reference, "delay")
        upkeep.round_of_upkeep()
        order.refresh_from_db()
        assert order.paid_at is None
        clock.advance(timedelta(minutes=1))
        upkeep.round_of_upkeep()
    order.refresh_from_db()
    assert order.paid_at is not None
    assert wallets.balance(person, "EUR") == 5 * MICRO - total


def test_what_was_encoded_smaller_is_returned() -> None:
    from obbligato.encoding import essences

    person = alice("20")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(tracks=1, per_megabyte="5", minimum="0.01"), format_named("mp3-v0"))
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    line = OrderLine.objects.get()
    essences.request(line.track.master, format_named("mp3-v0")).result(60)
    upkeep.round_of_upkeep()  # Remembers its size, where an earlier test encoded the same sound.
    upkeep.round_of_upkeep()
    line.refresh_from_db()
    assert line.settlement.returned_micro > 0
    assert wallets.balance(person, "EUR") == 20 * MICRO - total + line.settlement.returned_micro


def test_one_fault_does_not_stop_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    person = alice()
    attempt = top_ups.start(person, provider="sandbox", amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")
    type(attempt).objects.filter(pk=attempt.pk).update(provider="gone")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(), format_named("mp3-320"))
    total = baskets.contents(basket).total_micro
    order = checkout.place_order(basket, person, expected_total_micro=total, country="FR")
    fill_wallet(person, "5")
    upkeep.round_of_upkeep()
    order.refresh_from_db()
    assert order.paid_at is not None
    assert "again in the next round" in caplog.text
