"""A rail that asks for a pause is left in peace: nothing new goes there, and what is under way waits."""

from datetime import UTC, datetime, timedelta

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import pausing, refunds, registry, top_ups, ways
from obbligato.payments.contract import NotSent
from obbligato.payments.models import Attempt, Refund
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.fakes import Saying, captured

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("30", 30),
        ("9" * 5_000, 600),
        ("Wed, 18 Nov 2026 12:02:00 GMT", 120),
        ("Wed, 18 Nov 2099 12:02:00 GMT", 600),
        ("Wed, 18 Nov 2026 11:00:00 GMT", 0),
        ("Wed, 18 Nov 2026 12:02:00 -0000", 0),
        ("Wed, 99 Nov 99999999999 12:02:00 GMT", 0),
        ("", 0),
        ("-5", 0),
        ("1.5", 0),
        ("٣", 0),
        ("soon", 0),
    ],
)
def test_a_pause_is_told_in_seconds_or_by_a_date_and_never_long(text: str, seconds: int) -> None:
    noon = datetime(2026, 11, 18, 12, tzinfo=UTC)
    with clock.stopped(noon):
        pausing.note("a", 429, {"Retry-After": text})
        if seconds:
            clock.advance(seconds * SECOND - SECOND)
            assert pausing.is_asked_for("a")
            with pytest.raises(NotSent):
                pausing.refuse_within("a")
            clock.advance(SECOND)
        assert not pausing.is_asked_for("a")
        pausing.refuse_within("a")


@pytest.mark.parametrize(("status", "is_pause"), [(429, True), (503, True), (200, False), (400, False), (301, False)])
def test_a_pause_is_only_what_comes_with_such_a_no_and_for_that_rail(status: int, is_pause: bool) -> None:
    pausing.note("a", status, {"retry-after": "60"})
    assert (pausing.is_asked_for("a"), pausing.is_asked_for("b")) == (is_pause, False)


@pytest.mark.django_db
def test_no_payment_goes_to_a_rail_within_its_pause() -> None:
    first, second = Saying("a", captured()), Saying("b", captured(reference="ch_2"))
    with registry.instead(first, second), clock.stopped(clock.now()):
        pausing.note("a", 429, {"Retry-After": "60"})
        values = {"amount_micro": 5 * MICRO, "currency": "EUR", "return_url": "/"}
        person = alice()
        assert top_ups.start(person, key="1", **values).provider == "b"
        pausing.note("b", 429, {"Retry-After": "60"})
        assert ways.ways(amount_micro=5 * MICRO, currency="EUR").usable == ()
        with pytest.raises(top_ups.NoRail):
            top_ups.start(person, key="2", **values)
        clock.advance(60 * SECOND)
        assert top_ups.start(person, key="2", **values).provider == "a"
    assert (len(first.requests), len(second.requests)) == (1, 1)


@pytest.mark.django_db
def test_a_refund_waits_for_the_end_of_the_pause() -> None:
    person, rail = alice(), Saying("a", captured())
    with registry.instead(rail), clock.stopped(clock.now()):
        attempt = top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")
        pausing.note("a", 429, {"Retry-After": "60"})
        refund = refunds.ask(attempt, amount_micro=2 * MICRO, key="r", by="alice")
        assert (refund.state, rail.refunds) == (Refund.State.PREPARED, {})
        assert refunds.refresh(refund).state == Refund.State.PREPARED
        clock.advance(60 * SECOND)
        (due,) = refunds.due_for_asking(9)
        assert refunds.refresh(due).state == Refund.State.DONE
    assert attempt.state == Attempt.State.SUCCEEDED
    assert wallets.balance(person, "EUR") == 3 * MICRO
