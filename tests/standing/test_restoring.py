"""Rails come back by one per cent, ten, and the whole, each after clean days; a no takes them back to none."""

from datetime import timedelta
from typing import Any

import pytest

from obbligato.kernel import clock
from obbligato.payments import rails as payment_rails
from obbligato.payments.limits.limiting import limits
from obbligato.payments.models import RailBlock
from obbligato.standing import contesting, detecting, holding, restoring
from obbligato.standing.models import Incident, ProviderStanding
from obbligato.standing.restoring import NotDue
from obbligato.standing.walking import NoSuchStep
from obbligato.standing.words import Standing, State, Word
from tests.standing.makers import a_ruling, before_a_court, coming_back, confirmed, in_force, rails, said

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def world() -> Any:
    with rails() as both:
        yield both


def shares() -> dict[str, int]:
    return {name: terms.share_per_mille for name, terms in limits().items()}


def blocked() -> set[str]:
    return set(RailBlock.objects.filter(lifted_at__isnull=True).values_list("provider", flat=True))


def test_step_by_step_and_active_after_seven_clean_days() -> None:
    incident = coming_back()
    assert (incident.state, shares(), blocked()) == (State.RESTORED_CANARY, {"north": 10, "south": 10}, set())
    seen = []
    for _ in range(8):
        clock.advance(DAY)
        restoring.advance_due()
        seen.append((shares().get("north"), holding.state_of("north")))
    back, active = Standing.RESTORED_CANARY, Standing.ACTIVE
    assert seen == [
        (10, back), (100, back), (100, back), (None, back), (None, back), (None, back), (None, active), (None, active),
    ]  # fmt: skip
    incident.refresh_from_db()
    assert (incident.state, limits()) == (State.CLOSED_RESTORED, {})
    assert restoring.advance_due() == 0
    assert [restoring.next_share(share) for share in (10, 100, 1_000)] == [100, 1_000, 1_000]


def test_a_no_on_the_way_back_stops_it_and_a_person_says_what_it_was() -> None:
    incident = coming_back()
    clock.advance(2 * DAY)
    restoring.advance_due()
    payment_rails.block("north", reason="No.", by="attempt 9")
    detecting.look()
    incident.refresh_from_db()
    assert (incident.state, Incident.objects.count(), blocked()) == (State.RESTORED_CANARY, 1, {"north"})
    clock.advance(2 * DAY)
    assert restoring.advance_due() == 1  # South alone.
    assert holding.present()["north"].share_per_mille == 100
    with pytest.raises(NotDue):
        restoring.resume(confirmed("rail:elsewhere"), by="dana", why="x")
    restoring.resume(incident, by="dana", why="A test of theirs.")
    assert (blocked() - {"elsewhere"}, shares()) == (set(), {"north": 10})
    clock.advance(7 * DAY)
    restoring.advance_due()
    assert (shares(), holding.state_of("south")) == ({"north": 100}, Standing.ACTIVE)
    incident.refresh_from_db()
    assert incident.state == State.RESTORED_CANARY


def test_a_rail_that_a_later_ruling_adds_begins_its_own_way_while_another_is_on_its() -> None:
    incident = before_a_court()
    in_force(incident, addressees=(("North Payments Ltd", "north"),))
    incident = restoring.begin(incident, by="dana", why="They opened it.")
    clock.advance(2 * DAY)
    restoring.advance_due()
    assert (shares(), blocked()) == ({"north": 100}, {"south"})
    with pytest.raises(NotDue, match="adds a company"):
        restoring.begin(incident, by="dana", why="We would like to.")
    second = a_ruling(incident, addressees=(("South Acquiring Ltd", "south"),))
    said(second, Word.DECIDED)
    assert restoring.added_rails(incident) == frozenset()
    said(second, Word.IN_FORCE)
    assert incident.notes.filter(text__contains="Restoration is due for south, too.").exists()
    incident = restoring.begin(incident, by="dana", why="They opened it, too.")
    assert (shares(), blocked()) == ({"north": 100, "south": 10}, set())
    for _ in range(5):
        clock.advance(DAY)
        restoring.advance_due()
    assert (holding.state_of("north"), shares()) == (Standing.ACTIVE, {})
    incident.refresh_from_db()
    assert incident.state == State.RESTORED_CANARY
    clock.advance(2 * DAY)
    restoring.advance_due()
    incident.refresh_from_db()
    assert (holding.state_of("south"), incident.state) == (Standing.ACTIVE, State.CLOSED_RESTORED)


def test_suspended_again_it_is_due_again_by_the_ruling() -> None:
    incident = coming_back()
    incident = restoring.suspend_again(incident, by="dana", why="They closed it again.")
    assert (incident.state, blocked(), limits()) == (State.RESTORATION_DUE, {"north", "south"}, {})
    incident = contesting.enforce(incident, by="dana", why="They do not obey.")
    incident = restoring.begin(incident, by="dana", why="The bailiff was there.")
    assert (incident.state, shares()) == (State.RESTORED_CANARY, {"north": 10, "south": 10})


def cured() -> Incident:
    incident = confirmed()
    Incident.objects.update(state=State.BASIS_REFUSED)
    return contesting.cure(incident, by="dana", why="The page they asked for is there.")


def test_without_a_ruling_it_comes_back_by_a_cure_and_is_contested_when_lost_again() -> None:
    incident = restoring.begin(cured(), by="dana", why="They opened it.")
    assert shares() == {"north": 10, "south": 10}
    holding.put(None, "south", Standing.ACTIVE, by="dana", why="Another contract.")
    incident = restoring.suspend_again(incident, by="dana", why="Closed again.")
    assert (incident.state, blocked()) == (State.CONTESTED, {"north"})


def test_a_merchants_no_since_the_step_began_makes_its_days_unclean(world: Any) -> None:
    from tests.makers import alice
    from tests.standing.makers import GONE, pay

    coming_back()
    for name in ("north", "south"):
        holding.put(Incident.objects.get(), name, Standing.RESTORED_CANARY, by="dana", why="All of it.")
    world[0].fact = GONE
    pay(alice(), "k", provider="north")
    RailBlock.objects.all().delete()
    clock.advance(7 * DAY)
    assert restoring.advance_due() == 1
    assert (holding.state_of("north"), holding.state_of("south")) == (Standing.RESTORED_CANARY, Standing.ACTIVE)


def test_a_settlement_brings_the_rails_back_or_ends_their_contract() -> None:
    incident = contesting.settle(confirmed(), is_restored=True, by="dana", why="They were wrong.")
    assert (incident.state, shares()) == (State.SETTLED, {"north": 10, "south": 10})
    for _ in range(8):
        clock.advance(DAY)
        restoring.advance_due()
    incident.refresh_from_db()
    assert (incident.state, holding.state_of("north")) == (State.SETTLED, Standing.ACTIVE)
    contesting.settle(confirmed("rail:north"), is_restored=False, by="dana", why="We part.")
    assert (holding.state_of("north"), blocked(), limits()) == (Standing.TERMINATED, {"north"}, {})


def test_nothing_is_begun_that_is_not_due() -> None:
    with pytest.raises(NoSuchStep):
        restoring.begin(confirmed(), by="dana", why="I want to.")
    incident = before_a_court()
    in_force(incident, addressees=(("North Payments Ltd", "north"),))
    incident.rails.filter(provider="north").delete()
    with pytest.raises(NotDue, match="No ruling"):
        restoring.begin(incident, by="dana", why="x")
    with pytest.raises(contesting.NoCaseNumber):
        contesting.sue(incident, case_number=" ", by="dana", why="x")


def test_whoever_comes_second_takes_no_second_step() -> None:
    coming_back()
    clock.advance(2 * DAY)
    row = holding.present()["north"]
    ProviderStanding.objects.create(
        provider="north", state=Standing.SUSPENDED, by="dana", why="Meanwhile.", incident=row.incident
    )
    assert not restoring._advanced(row)
