"""People hear of too many disputes, and of one that wants an answer, once."""

from datetime import timedelta

import pytest

from obbligato.kernel import clock
from obbligato.payments import attempts, dispute_watch, disputes, registry, top_ups
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Alert, Attempt
from tests.makers import alice
from tests.payments.fakes import Saying, captured

pytestmark = pytest.mark.django_db


def payments(count: int) -> list[Attempt]:
    person = alice()
    rail = Saying("cards", captured())
    made = []
    with registry.instead(rail):
        for number in range(count):
            rail.fact = captured(reference=f"ch_{number}")
            with clock.stopped(clock.now() + timedelta(seconds=number)):
                made.append(
                    top_ups.start(
                        person, amount_micro=5_000_000, currency="EUR", key=str(number), return_url="/", method="card"
                    )
                )
    return made


def dispute(attempt: Attempt, **more: object) -> None:
    disputes.note_fact(attempt, DisputeFact("open", f"dp_{attempt.pk}", 5_000_000, **more))  # type: ignore[arg-type]


def test_a_rail_with_too_many_is_told_of_once_a_month() -> None:
    made = payments(5)
    for one in made[:2]:
        dispute(one)
    dispute_watch.watch()
    assert not Alert.objects.exists()
    dispute(made[2])
    assert dispute_watch.ratios() == {"cards": 6_000}
    dispute_watch.watch()
    dispute_watch.watch()
    assert "60 % of the payments by cards" in Alert.objects.get().sentence
    with clock.stopped(clock.now() + timedelta(days=31)):
        assert dispute_watch.ratios() == {}


def test_few_among_many_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in payments(4)[:3]:
        dispute(one)
    monkeypatch.setattr(dispute_watch, "ALARM_BASIS_POINTS", 7_501)
    dispute_watch.watch()
    assert not Alert.objects.exists()


def test_an_answer_that_is_due_is_told_of_before_it_is_too_late() -> None:
    one, other = payments(2)
    dispute(one, respond_by=clock.now() + timedelta(days=2))
    dispute(other, respond_by=clock.now() + timedelta(days=9))
    dispute_watch.watch()
    dispute_watch.watch()
    assert "wants an answer by" in Alert.objects.get().sentence
    assert attempts.due_for_asking(1) == []
