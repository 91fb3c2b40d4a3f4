"""A ruling counts when it is in force, speaks to our companies, and a second person has checked it; not before."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel import clock
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.standing import contesting, effect, holding, restoring, ruling
from obbligato.standing.models import Ruling, RulingWord
from obbligato.standing.ruling import BadRuling, Decided, NotNow
from obbligato.standing.walking import NoWhy
from obbligato.standing.words import Outcome, Standing, State, Word
from obbligato.transparency.models import Announcement
from tests.standing.makers import a_document, a_ruling, before_a_court, coming_back, confirmed, in_force, rails, said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world() -> Any:
    with rails() as both:
        yield both


def state_of(found: Ruling) -> str:
    found.incident.refresh_from_db()
    return found.incident.state


def both() -> set[Standing]:
    return {holding.state_of("north"), holding.state_of("south")}


def test_a_ruling_that_came_by_mail_changes_nothing_before_a_second_person_checked_it() -> None:
    incident = before_a_court()
    found = a_ruling(incident)
    word = found.words.get()
    assert (state_of(found), str(word)) == (State.PROCEEDINGS, "District Court, 12 O 34/26: Decided")
    assert not Announcement.objects.filter(kind__startswith="ruling").exists()
    with pytest.raises(SecondPersonNeeded):
        ruling.check(word, by="dana", remark="I believe it.")
    with pytest.raises(NoWhy):
        ruling.check(word, by="erin", remark=" ")
    with pytest.raises(NotNow, match="waits"):
        ruling.say(found, Word.IN_FORCE, on=clock.today(), document=a_document(incident), by="dana")
    ruling.reject(word, by="erin", remark="The court knows of no such ruling.")
    with pytest.raises(NotNow, match="already"):
        ruling.check(word, by="erin", remark="Once more.")
    assert (state_of(found), both(), ruling.known(found)[0].is_believed) == (
        State.PROCEEDINGS, {Standing.SUSPENDED}, False,
    )  # fmt: skip
    assert "Not believed" in str(incident.notes.order_by("pk").last())
    with pytest.raises(IntegrityError), transaction.atomic():
        RulingWord.objects.update(checked_by="dana")


def test_decided_and_not_in_force_it_changes_no_standing() -> None:
    found = a_ruling(before_a_court())
    said(found, Word.DECIDED)
    assert (state_of(found), both(), ruling.restored_rails(found.incident)) == (
        State.RULED, {Standing.SUSPENDED}, frozenset(),
    )  # fmt: skip
    said(found, Word.APPEALED)
    assert (state_of(found), both()) == (State.RULED, {Standing.SUSPENDED})
    with pytest.raises(restoring.NotDue):
        restoring.suspend_again(found.incident, by="dana", why="x")
    said(found, Word.REVERSED)
    assert (state_of(found), both()) == (State.PROCEEDINGS, {Standing.SUSPENDED})
    assert effect.last_word(ruling.known(found)) == Word.REVERSED
    kinds = Announcement.objects.filter(subject=f"ruling:{found.number}").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["ruling.verified", "ruling.appealed", "ruling.reversed"]


def test_in_force_and_favourable_it_makes_restoration_due_and_restores_nothing_itself() -> None:
    incident = before_a_court()
    in_force(incident)
    assert (incident.state, both()) == (State.RESTORATION_DUE, {Standing.SUSPENDED})
    assert ruling.restored_rails(incident) == {"north", "south"}


def test_it_restores_only_the_companies_it_is_addressed_to() -> None:
    incident = before_a_court()
    found = in_force(incident, addressees=(("North Payments Ltd", "north"), ("Another Bank", "")))
    assert [str(one) for one in found.addressees.all()] == ["North Payments Ltd", "Another Bank"]
    restoring.begin(incident, by="dana", why="It complied.")
    assert (holding.state_of("north"), holding.state_of("south")) == (Standing.RESTORED_CANARY, Standing.SUSPENDED)


@pytest.mark.parametrize("other", [{"addressees": (("Another Bank", ""),)}, {"speaks_for_us": False}])
def test_one_that_speaks_to_others_gives_ours_no_restoration(other: dict[str, Any]) -> None:
    incident = before_a_court()
    in_force(incident, **other)
    assert (incident.state, both()) == (State.RULED, {Standing.SUSPENDED})
    assert "speaks to none" in str(incident.notes.order_by("pk").last())


def test_an_unfavourable_one_closes_the_incident_and_its_reversal_opens_it_again() -> None:
    incident = before_a_court()
    found = in_force(incident, outcome=Outcome.UNFAVOURABLE)
    assert (incident.state, both()) == (State.CLOSED_UPHELD, {Standing.SUSPENDED})
    said(found, Word.REVERSED)
    assert (state_of(found), both()) == (State.PROCEEDINGS, {Standing.SUSPENDED})


def test_reversed_on_appeal_what_it_restored_is_taken_back() -> None:
    incident = coming_back()
    found = Ruling.objects.get()
    said(found, Word.APPEALED)
    assert both() == {Standing.RESTORED_CANARY}
    word = ruling.say(found, Word.REVERSED, on=clock.today(), document=a_document(incident), by="dana")
    assert both() == {Standing.RESTORED_CANARY}
    ruling.check(word, by="erin", remark="Asked at the court.")
    assert (state_of(found), both()) == (State.PROCEEDINGS, {Standing.SUSPENDED})


def test_it_is_taken_back_from_an_incident_that_was_closed_too() -> None:
    incident = coming_back()
    for _ in range(8):
        clock.advance(timedelta(days=1))
        restoring.advance_due()
    incident.refresh_from_db()
    assert (incident.state, both()) == (State.CLOSED_RESTORED, {Standing.ACTIVE})
    said(Ruling.objects.get(), Word.REVERSED)
    incident.refresh_from_db()
    assert (incident.state, both()) == (State.PROCEEDINGS, {Standing.SUSPENDED})


def test_what_rests_on_another_ruling_stays() -> None:
    incident = coming_back()
    first = Ruling.objects.get()
    second = a_ruling(incident, addressees=(("South Acquiring Ltd", "south"),))
    said(second, Word.DECIDED, Word.IN_FORCE)
    said(first, Word.REVERSED)
    incident.refresh_from_db()
    assert incident.state == State.RESTORED_CANARY
    assert (holding.state_of("north"), holding.state_of("south")) == (Standing.SUSPENDED, Standing.RESTORED_CANARY)


def test_what_was_closed_by_one_ruling_is_due_by_another_that_stays() -> None:
    incident = before_a_court()
    against = in_force(incident, outcome=Outcome.UNFAVOURABLE, addressees=(("South Acquiring Ltd", "south"),))
    assert incident.state == State.CLOSED_UPHELD
    a_favourable = a_ruling(incident, addressees=(("North Payments Ltd", "north"),))
    said(a_favourable, Word.DECIDED)
    assert state_of(a_favourable) == State.CLOSED_UPHELD
    said(a_favourable, Word.IN_FORCE)
    assert state_of(a_favourable) == State.RESTORATION_DUE
    said(against, Word.REVERSED)
    assert (state_of(against), ruling.restored_rails(incident)) == (State.RESTORATION_DUE, {"north"})


def test_what_was_due_by_one_ruling_is_upheld_by_another_that_stays() -> None:
    incident = before_a_court()
    in_favour = in_force(incident)
    against = a_ruling(incident, outcome=Outcome.UNFAVOURABLE)
    said(against, Word.DECIDED, Word.IN_FORCE)
    assert state_of(against) == State.RESTORATION_DUE
    said(in_favour, Word.REVERSED)
    assert (state_of(against), both()) == (State.CLOSED_UPHELD, {Standing.SUSPENDED})


def test_a_ruling_that_was_decided_beside_a_reversed_one_still_comes_into_force() -> None:
    incident = before_a_court()
    first, second = a_ruling(incident), a_ruling(incident)
    said(first, Word.DECIDED)
    said(second, Word.DECIDED)
    said(first, Word.APPEALED, Word.REVERSED)
    assert state_of(first) == State.RULED
    said(second, Word.IN_FORCE)
    assert state_of(second) == State.RESTORATION_DUE


def test_what_comes_into_force_after_both_sides_agreed_changes_nothing() -> None:
    incident = before_a_court()
    found = a_ruling(incident)
    said(found, Word.DECIDED)
    word = ruling.say(found, Word.IN_FORCE, on=clock.today(), document=a_document(incident), by="dana")
    contesting.settle(incident, is_restored=False, by="dana", why="They pay our costs.")
    ruling.check(word, by="erin", remark="Asked at the court's registry.")
    assert (state_of(found), both()) == (State.SETTLED, {Standing.TERMINATED})


def test_a_rail_that_stands_by_itself_again_is_left_alone_by_a_reversal() -> None:
    incident = coming_back()
    holding.put(None, "north", Standing.ACTIVE, by="dana", why="Another contract.")
    said(Ruling.objects.get(), Word.REVERSED)
    assert (holding.state_of("north"), holding.state_of("south")) == (Standing.ACTIVE, Standing.SUSPENDED)
    incident.refresh_from_db()
    assert incident.state == State.PROCEEDINGS


def test_what_lacks_something_is_no_ruling() -> None:
    early = confirmed()
    document = a_document(early)
    whole = {"court": "A court", "case_number": "1", "operative_part": "Perform.", "addressees": [("North", "north")]}

    def decided(**changed: Any) -> Decided:
        named = {"decided_on": clock.today(), "outcome": Outcome.FAVOURABLE, "speaks_for_us": True}
        return Decided(**{**named, **whole, **changed})

    with pytest.raises(BadRuling, match="before a court"):
        ruling.record(early, decided(), document, by="dana")
    incident = before_a_court()
    for lacking in ("court", "case_number", "operative_part"):
        with pytest.raises(BadRuling, match="operative part"):
            ruling.record(incident, decided(**{lacking: " "}), document, by="dana")
    with pytest.raises(BadRuling, match="addressees"):
        ruling.record(incident, decided(addressees=[]), document, by="dana")
    with pytest.raises(NotNow, match="to come"):
        ruling.record(incident, decided(decided_on=clock.today() + timedelta(days=1)), document, by="dana")
    found = a_ruling(incident)
    said(found, Word.DECIDED)
    with pytest.raises(NotNow, match="cannot follow"):
        ruling.say(found, Word.REVERSED, on=clock.today(), document=document, by="dana")
