"""What the store does by itself: late payments arrive, waiting orders complete, one fault stops nothing else."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from obbligato.catalog.following import choosing
from obbligato.config import upkeep
from obbligato.encoding.preparing import prepare
from obbligato.encoding.renditions import WANTED_NOW
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import attempts, registry, sandbox_desk, top_ups
from obbligato.payments.contract import Fact, NoAnswer, Request
from obbligato.payments.models import Attempt
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, wallets
from obbligato.sales.models import Order, OrderLine
from obbligato.sales.quoting import format_named
from tests.makers import a_release, alice, bob, fill_wallet
from tests.payments.fakes import Broken, Fake
from tests.payments.vouchers.makers import a_batch, left
from tests.storefront.makers import a_silent_release

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
    person = alice("20")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_release(tracks=1, per_megabyte="5", minimum="0.01"), format_named("mp3-v0"))
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    line = OrderLine.objects.get()
    prepare(line.track.master, format_named("mp3-v0"), priority=WANTED_NOW).result(60)
    upkeep.round_of_upkeep()  # Remembers its size, where an earlier test encoded the same sound.
    upkeep.round_of_upkeep()
    line.refresh_from_db()
    assert line.settlement.returned_micro > 0
    assert wallets.balance(person, "EUR") == 20 * MICRO - total + line.settlement.returned_micro


def test_one_fault_does_not_stop_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    person = alice()
    with registry.also(Broken()), clock.stopped(clock.now()):
        top_ups.start(person, provider="broken", amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")
        basket = baskets.basket_with(None, person)
        baskets.add_release(basket, a_release(), format_named("mp3-320"))
        total = baskets.contents(basket).total_micro
        order = checkout.place_order(basket, person, expected_total_micro=total, country="FR")
        fill_wallet(person, "5")
        clock.advance(timedelta(seconds=5))
        upkeep.round_of_upkeep()
    order.refresh_from_db()
    assert order.paid_at is not None
    assert "again in the next round" in caplog.text


def test_abandoned_payments_neither_crowd_out_another_nor_stay_open_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "ATTEMPTS_A_ROUND", 3)
    person = alice()
    with clock.stopped(clock.now()):
        attempts = [begin(person, str(number)) for number in range(7)]
        clock.advance(timedelta(seconds=30))
        sandbox_desk.decide(attempts[-1].provider_reference, "approve")
        for _ in range(3):
            upkeep.round_of_upkeep()
            clock.advance(timedelta(seconds=1))
        assert wallets.balance(person, "EUR") == 5 * MICRO
        clock.advance(timedelta(hours=2))
        for _ in range(3):
            upkeep.round_of_upkeep()
            clock.advance(timedelta(seconds=1))
    assert set(person.attempts.values_list("state", flat=True)) == {"succeeded", "expired"}


class Silent(Fake):
    """It takes a payment on, and then its time, and says nothing more."""

    name = label = description = "silent"

    def request(self, request: Request) -> Fact:
        return Fact("action_required", request.idempotency_key)

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        if self.asked is not None:
            time.sleep(0.06)
            self.asked.append(idempotency_key)
        raise NoAnswer

    asked: list[str] | None = None


def test_a_silent_rail_holds_up_the_others_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "ATTEMPTS_A_ROUND", 5)
    monkeypatch.setattr(upkeep, "SECONDS_OF_A_RAIL", 0.1)
    person, silent = alice(), Silent()
    with registry.also(silent), clock.stopped(clock.now()):
        for number in range(7):
            top_ups.start(
                person, provider="silent", amount_micro=MICRO, currency="EUR", key=f"s{number}", return_url="/"
            )
        clock.advance(timedelta(seconds=1))
        paid = begin(person, "k")
        sandbox_desk.decide(paid.provider_reference, "approve")
        clock.advance(timedelta(seconds=5))
        silent.asked = []
        upkeep.round_of_upkeep()
        assert len(silent.asked) == 2
        assert wallets.balance(person, "EUR") == 5 * MICRO
        for _ in range(3):
            upkeep.round_of_upkeep()
    assert len(set(silent.asked)) == 7  # Each in its turn.


def begin(person: Person, key: str) -> Attempt:
    return top_ups.start(person, provider="sandbox", amount_micro=5 * MICRO, currency="EUR", key=key, return_url="/")


def test_a_provider_taken_away_leaves_its_attempts_as_they_are(settings: Any) -> None:
    attempt = begin(alice(), "k")
    settings.SANDBOX = False
    assert attempts.refresh(attempt).is_open


def test_an_attempt_that_fails_to_be_asked_after_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    person = alice()
    with registry.also(Broken()), clock.stopped(clock.now()):
        top_ups.start(person, provider="broken", amount_micro=5 * MICRO, currency="EUR", key="b", return_url="/")
        paid = begin(person, "k")
        sandbox_desk.decide(paid.provider_reference, "approve")
        clock.advance(timedelta(seconds=5))
        upkeep.round_of_upkeep()
    paid.refresh_from_db()
    assert paid.settled_at is not None
    assert "again in the next round" in caplog.text


def test_who_waits_longest_is_served_first_and_once() -> None:
    first, second, never = alice(), bob(), Person.objects.create_user("carol")
    an_order(first, waiting_days=9, paid_at=clock.now())
    an_order(first, waiting_days=2)
    an_order(first, waiting_days=1)
    an_order(second, waiting_days=3)
    assert list(upkeep.people_who_wait()) == [second, first]
    assert never not in upkeep.people_who_wait()


def test_one_order_that_cannot_be_completed_stops_nobody_elses(caplog: pytest.LogCaptureFixture) -> None:
    broken = an_order(alice("5"), waiting_days=2, total_micro=MICRO)  # It has no lines that this could be the total of.
    good = an_order(bob(), waiting_days=1)
    upkeep.round_of_upkeep()
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.paid_at, good.paid_at is None) == (None, False)
    assert "again in the next round" in caplog.text


def an_order(person: Person, *, waiting_days: int, **others: Any) -> Order:
    number = f"{person.pk}-{waiting_days}"
    since = clock.now() - timedelta(days=waiting_days)
    values = {"total_micro": 0} | others
    return Order.objects.create(number=number, key=number, person=person, currency="EUR", created_at=since, **values)


def test_what_is_left_on_vouchers_that_are_over_is_booked() -> None:
    with clock.stopped(clock.now()):
        issued = a_batch(count=1, expires_at=clock.now() + timedelta(days=1))
        clock.advance(timedelta(days=1))
        upkeep.round_of_upkeep()
    assert left(issued.batch) == (0, 0)


def test_followers_are_told_by_upkeep(mailoutbox: list[Any]) -> None:
    person = alice()
    with clock.stopped(datetime(2026, 11, 2, 9, tzinfo=UTC)):
        choosing.follow(person, a_silent_release().artist)
        upkeep.round_of_upkeep()
    assert [letter.to for letter in mailoutbox] == [[person.email]]
