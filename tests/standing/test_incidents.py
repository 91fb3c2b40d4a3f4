"""A rail's no or a closing letter becomes an incident; routing stops at once, and a person says what it is."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel import clock
from obbligato.payments import rails as payment_rails
from obbligato.payments import refunds, top_ups
from obbligato.payments.contract import NoAnswer, RefundFact
from obbligato.payments.limits.limiting import Terms, limits
from obbligato.payments.models import Alert, Attempt, RailBlock
from obbligato.sales import wallets
from obbligato.standing import confirming, contracting, detecting, holding, steps, walking
from obbligato.standing.detecting import BadLetter, Said
from obbligato.standing.holding import NoRails, RailHeld
from obbligato.standing.models import Incident, IncidentRail, IncidentStep, ProviderStanding, Signal
from obbligato.standing.walking import NoSuchStep, NoWhy
from obbligato.standing.words import Basis, Kind, Standing, State
from obbligato.transparency.models import Announcement
from tests.makers import alice
from tests.standing.makers import GONE, NETWORK, an_incident, confirmed, pay, rails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world() -> Any:
    with rails() as both:
        yield both


def blocked() -> set[str]:
    return set(RailBlock.objects.filter(lifted_at__isnull=True).values_list("provider", flat=True))


class TestSignals:
    def test_a_no_to_the_store_opens_an_incident_that_only_a_person_brings_further(self, world: Any) -> None:
        north, _ = world
        north.fact = GONE
        pay(alice(), "k", provider="north")
        assert (detecting.look(), detecting.look()) == (1, 0)
        incident = Incident.objects.get()
        assert (incident.state, incident.subject, blocked()) == (State.DETECTED, "rail:north", {"north"})
        step = incident.steps.get()
        assert step.is_signal
        assert step.why.startswith("Your account was closed. (attempt ")
        assert not ProviderStanding.objects.exists()
        assert not Announcement.objects.exists()
        assert Alert.objects.get(kind="incident").sentence.startswith("north serves this store no more")
        assert str(Signal.objects.get()) == "north: Your account was closed."
        assert str(incident.rails.get()) == "north"

    def test_a_hand_that_blocks_is_no_incident(self) -> None:
        payment_rails.block("north", reason="Holidays.", by="dana")
        assert detecting.look() == 0

    def test_the_next_signal_goes_to_the_incident_that_is_open(self, world: Any) -> None:
        incident = confirmed("rail:north")
        RailBlock.objects.all().delete()
        payment_rails.block("north", reason="No.", by="attempt 1")
        assert detecting.look() == 1
        assert incident.signals.count() == 1
        assert Incident.objects.count() == 1

    def test_dismissed_it_gives_the_rail_back(self, world: Any) -> None:
        payment_rails.block("north", reason="No.", by="attempt 1")
        detecting.look()
        incident = confirming.dismiss(Incident.objects.get(), by="dana", why="A key was changed.")
        assert (incident.state, blocked(), incident.is_open) == (State.DISMISSED, set(), False)
        assert not Announcement.objects.exists()
        with pytest.raises(NoSuchStep, match="cannot become"):
            confirming.confirm(incident, by="dana", why="It is one after all.")

    def test_the_database_lets_no_signal_do_more(self) -> None:
        incident = an_incident()
        with pytest.raises(IntegrityError), transaction.atomic():
            IncidentStep.objects.create(incident=incident, after="confirmed", by="the store", why="x", is_signal=True)


class TestLetters:
    def test_a_closing_letter_stops_routing_at_once_and_waits_to_be_confirmed(self) -> None:
        incident = an_incident("rail:north", basis=Basis.NONE_GIVEN, received_on=clock.today())
        assert (blocked(), incident.state, holding.state_of("north")) == ({"north"}, State.DETECTED, Standing.ACTIVE)
        confirming.confirm(incident, by="dana", why="I called them.")
        assert holding.state_of("north") == Standing.SUSPENDED
        said = Announcement.objects.get()
        assert (said.kind, said.subject) == ("incident.confirmed", f"incident:{incident.number}")
        assert b"I called them" not in bytes(said.leaf)

    def test_an_incident_of_a_domain_takes_all_its_rails_and_their_incidents(self) -> None:
        payment_rails.block("north", reason="No.", by="attempt 1")
        payment_rails.block("elsewhere", reason="No.", by="attempt 2")
        detecting.look()
        incident = an_incident(NETWORK, Kind.NETWORK_LISTING)
        assert (blocked(), IncidentRail.objects.filter(incident=incident).count()) == (
            {"north", "south", "elsewhere"}, 2,
        )  # fmt: skip
        part = Incident.objects.get(subject="rail:north")
        assert (part.state, incident.signals.count()) == (State.DISMISSED, 1)
        assert part.steps.order_by("pk").last().why == f"It is part of {incident.number} now."  # type: ignore[union-attr]
        assert Incident.objects.get(subject="rail:elsewhere").state == State.DETECTED
        confirming.dismiss(incident, by="dana", why="Their mistake.")
        assert blocked() == {"elsewhere"}

    def test_a_rail_two_incidents_hold_is_given_back_by_both(self) -> None:
        first, second = an_incident("rail:north"), an_incident("rail:north")
        confirming.dismiss(first, by="dana", why="x")
        assert blocked() == {"north"}
        with pytest.raises(RailHeld, match=second.number):
            holding.refuse_while_held("north")
        confirming.dismiss(second, by="dana", why="x")
        holding.refuse_while_held("north")
        assert blocked() == set()

    def test_what_a_hand_blocked_stays_blocked(self) -> None:
        payment_rails.block("north", reason="Holidays.", by="dana")
        confirming.dismiss(an_incident("rail:north"), by="dana", why="x")
        assert blocked() == {"north"}

    def test_a_notice_leaves_the_rail_behind_the_others_until_it_runs_out(self) -> None:
        ends = clock.today() + timedelta(days=10)
        incident = confirmed(
            "rail:north", Kind.TERMINATION, received_on=clock.today(), effective_on=ends, agreed_days=60
        )
        assert (incident.notice_given_days, incident.notice_shortfall_days) == (10, 50)
        assert (blocked(), limits()) == (set(), {"north": Terms(handicap_basis_points=2_000)})
        assert pay(alice(), "k").provider == "south"
        assert confirming.end_due() == 0
        clock.advance(timedelta(days=10))
        assert (confirming.end_due(), confirming.end_due()) == (1, 0)
        assert (holding.state_of("north"), blocked(), limits()) == (Standing.TERMINATED, {"north"}, {})

    def test_a_suspension_announced_is_one_when_its_day_comes(self) -> None:
        confirmed("rail:north", effective_on=clock.today() + timedelta(days=1))
        clock.advance(timedelta(days=1))
        confirming.end_due()
        assert holding.state_of("north") == Standing.SUSPENDED

    def test_funds_that_are_held_besides_lift_no_limit_and_forget_no_day(self, world: Any) -> None:
        soon = clock.today() + timedelta(days=3)
        confirmed("rail:north", Kind.RESTRICTION, methods=["card"], countries=["FR"])
        confirmed("rail:south", Kind.TERMINATION, effective_on=soon)
        confirmed("network:one", Kind.FUNDS_HELD)
        assert limits()["north"] == Terms(methods_withheld=("card",), countries_withheld=("FR",))
        assert all(row.holds_funds for row in holding.present().values())
        clock.advance(timedelta(days=3))
        confirming.end_due()
        assert (holding.state_of("south"), blocked()) == (Standing.TERMINATED, {"south"})

    def test_one_method_only_is_withheld(self) -> None:
        confirmed("rail:north", Kind.RESTRICTION, methods=["card"], countries=["FR"])
        assert (blocked(), holding.state_of("north")) == (set(), Standing.RESTRICTED)
        assert limits() == {"north": Terms(methods_withheld=("card",), countries_withheld=("FR",))}
        assert pay(alice(), "k").provider == "south"

    def test_funds_held_back_leave_payments_as_they_are(self) -> None:
        confirmed("rail:north", Kind.FUNDS_HELD)
        row = holding.present()["north"]
        assert (row.state, row.holds_funds, blocked()) == (Standing.ACTIVE, True, set())
        assert str(row) == "north: Active"
        confirmed("rail:north")
        assert holding.present()["north"].holds_funds

    def test_a_letter_that_comes_after_the_signal_describes_it(self) -> None:
        incident = an_incident("rail:north")
        said = Said(Kind.TERMINATION, "A card network", Basis.SCHEME_RULE, "Rule 5.12.7", clock.today())
        incident = detecting.describe(incident, said, by="dana")
        assert (incident.kind, incident.adjudicated, incident.state) == (Kind.TERMINATION, False, State.DETECTED)
        assert str(incident.notes.get()) == "Described by a letter: Termination of the contract."
        incident = detecting.describe(incident, Said(Kind.SUSPENSION, basis=Basis.REGULATOR), by="dana")
        assert (incident.adjudicated, incident.notice_given_days) == (True, 0)
        assert str(incident).endswith("Suspension, rail:north")
        assert str(incident.steps.get()).endswith("Entered: rail:north.")

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            (Said(Kind.RESTRICTION, methods=["cheque"]), "no method “cheque”"),
            (Said(Kind.RESTRICTION, countries=["fr"]), "two letters"),
        ],
    )
    def test_nonsense_is_refused(self, said: Said, words: str) -> None:
        with pytest.raises(BadLetter, match=words):
            detecting.enter_letter("rail:north", said, by="dana")
        with pytest.raises(BadLetter, match="after today"):
            an_incident(received_on=clock.today() + timedelta(days=1))
        with pytest.raises(NoRails):
            an_incident("network:nine")
        with pytest.raises(NoRails):
            an_incident("rail:")
        assert not Incident.objects.exists()
        assert holding.subjects() == ["network:one", "rail:north", "rail:south"]

    def test_an_act_has_a_reason(self) -> None:
        with pytest.raises(NoWhy):
            confirming.confirm(an_incident(), by="dana", why="  ")


def test_what_is_in_flight_is_still_followed_and_sent_back(world: Any) -> None:
    north, _ = world
    person = alice()
    paid = pay(person, "k", provider="north")
    north.refund_fact = RefundFact("unknown")
    refund = refunds.ask(paid, amount_micro=1_000_000, key="r", by="alice")
    assert refund.state == "unknown"
    confirmed("rail:north")
    with pytest.raises(top_ups.NoRail):
        pay(person, "l", provider="north")
    north.refund_fact = RefundFact("done", "re-1")
    assert refunds.refresh(refund).state == "done"
    assert refunds.ask(paid, amount_micro=1_000_000, key="s", by="alice").state == "done"
    north.refund_fact = RefundFact("failed", reason="The account is closed.")
    failed = refunds.ask(paid, amount_micro=1_000_000, key="t", by="alice")
    assert (failed.state, wallets.balance(person, "EUR")) == ("failed", 3_000_000)


def test_orders_and_payments_in_each_state_stay_as_they_are_when_a_network_goes(world: Any) -> None:
    """The wallet is what people paid: an incident touches none of it, nor what is open."""
    north, south = world
    person = alice()
    pay(person, "a", provider="north")
    north.fact = GONE.__class__("action_required", "ch_3", next_url="https://elsewhere.example/")
    waiting = pay(person, "b", provider="north")
    south.request = _no_answer
    unknown = pay(person, "c", provider="south")
    confirmed()
    states = dict(Attempt.objects.values_list("pk", "state"))
    assert (states[waiting.pk], states[unknown.pk]) == ("action_required", "unknown")
    assert wallets.balance(person, "EUR") == 5_000_000


def _no_answer(_: object) -> Any:
    raise NoAnswer


def test_a_new_contract_begins_when_nothing_is_open() -> None:
    incident = confirmed("rail:north")
    with pytest.raises(RailHeld, match=incident.number):
        contracting.begin("north", Standing.ONBOARDING, by="dana", why="They offer a new one.")
    Incident.objects.update(state=State.SETTLED)
    contracting.begin("north", Standing.ONBOARDING, by="dana", why="They offer a new one.")
    assert blocked() == {"north"}
    contracting.begin("north", Standing.ACTIVE, by="dana", why="Signed.")
    assert (blocked(), holding.state_of("north")) == (set(), Standing.ACTIVE)
    contracting.begin("south", Standing.ONBOARDING, by="dana", why="New.")
    confirming.dismiss(an_incident("rail:south"), by="dana", why="It was about another store.")
    assert blocked() == {"south"}
    with pytest.raises(RailHeld, match="Being set up"):
        holding.refuse_while_held("south")


def test_every_step_of_the_table_is_possible_and_no_other() -> None:
    incident = an_incident()
    for before in State:
        for after in State:
            Incident.objects.update(state=before)
            with transaction.atomic():
                is_done = _walked(incident, after)
                assert is_done == steps.is_allowed(before, after), (before, after)


def _walked(incident: Incident, after: State) -> bool:
    try:
        walking.walk(incident, after, by="dana", why="To see.")
    except NoSuchStep:
        return False
    return True
