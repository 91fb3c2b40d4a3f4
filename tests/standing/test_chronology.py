"""Everything that happened in an incident is told once, in its order, with who and why."""

from datetime import timedelta
from typing import Any

import pytest

from obbligato.kernel import clock
from obbligato.payments import rails as payment_rails
from obbligato.standing import chronology, deadlines, detecting, restoring, ruling
from obbligato.standing.chronology import Sort
from obbligato.standing.models import Ruling
from obbligato.standing.words import Due, Word
from tests.standing.makers import a_document, coming_back, rails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world() -> Any:
    with rails() as both:
        yield both


def test_each_row_is_a_moment() -> None:
    incident = coming_back()
    found = Ruling.objects.get()
    clock.advance(timedelta(days=1))
    payment_rails.block("north", reason="No.", by="attempt 1")
    detecting.look()
    clock.advance(timedelta(days=1))
    forged = ruling.say(found, Word.REVERSED, on=clock.today(), document=a_document(incident), by="dana")
    ruling.reject(forged, by="erin", remark="The court knows of none.")
    ruling.say(found, Word.APPEALED, on=clock.today(), document=a_document(incident), by="dana")
    restoring.suspend_again(incident, by="dana", why="Closed again.")
    deadlines.set_day(incident, Due.OTHER, clock.today() + timedelta(days=30), by="dana", note="A hearing")
    told = chronology.events(incident)
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert {one.sort for one in told} == set(Sort)
    assert sum(one.sort == Sort.STEP for one in told) == incident.steps.count()
    assert told[-1].what == "Due: Other"
    words = [one.what for one in told]
    assert "north: Coming back step by step, 1 % of payments" in words
    assert "District Court, 12 O 34/26: Reversed on appeal (not believed)" in words
    assert not any(word.endswith("Appealed (checked)") for word in words)
