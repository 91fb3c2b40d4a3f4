"""What must hold whatever happens; beside each a fault planted on purpose, which the same question finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.kernel import clock
from obbligato.payments import rails as payment_rails
from obbligato.payments.limits.limiting import WHOLE, Terms
from obbligato.payments.routing import decide
from obbligato.standing import confirming, deadlines, detecting, effect, restoring, ruling, steps
from obbligato.standing.effect import NEXT, Facts, Known
from obbligato.standing.models import Incident, IncidentStep, ProviderStanding, Ruling
from obbligato.standing.restoring import NotDue
from obbligato.standing.walking import NoSuchStep
from obbligato.standing.words import Outcome, State, Word
from tests.payments.test_routing import ASKED, RAIL
from tests.standing.makers import a_document, a_ruling, before_a_court, rails

RAILS = frozenset({"north", "south"})
Restores = Callable[[Facts, Sequence[Known], Iterable[str]], frozenset[str]]
FACTS = st.builds(
    Facts, st.sampled_from(Outcome), st.booleans(), st.frozensets(st.sampled_from(["north", "south", "elsewhere"]))
)
WORD = st.builds(Known, st.sampled_from(Word), st.booleans())
SAID = st.lists(WORD, max_size=6)


EVERY_RULING = [
    Facts(outcome, speaks_for_us, frozenset(named))
    for outcome in Outcome
    for speaks_for_us in (True, False)
    for named in ((), ("north",), ("north", "south"), ("elsewhere",))
]
EVERY_WORD = [Known(state, is_believed) for state in Word for is_believed in (True, False)]
SHORT_STORIES = [story for length in range(4) for story in product(EVERY_WORD, repeat=length)]


def is_sound(restores: Restores, facts: Facts, said: Sequence[Known]) -> bool:
    """Nothing is restored but by a favourable ruling for us, checked and in force, at those it is addressed to."""
    believed = [one.state for one in said if one.is_believed and one.state in {Word.IN_FORCE, Word.REVERSED}]
    may = believed[-1:] == [Word.IN_FORCE] and facts.speaks_for_us and facts.outcome == Outcome.FAVOURABLE
    return restores(facts, said, RAILS) == (facts.rails & RAILS if may else frozenset())


class TestRulings:
    def test_in_every_short_story_only_one_in_force_restores(self) -> None:
        assert all(is_sound(effect.restores, facts, said) for facts in EVERY_RULING for said in SHORT_STORIES)

    @settings(deadline=None)
    @given(FACTS, SAID)
    def test_only_one_in_force_restores_and_only_whom_it_is_addressed_to(self, facts: Facts, said: Any) -> None:
        assert is_sound(effect.restores, facts, said)
        assert not (effect.restores(facts, said, RAILS) and effect.upholds(facts, said))
        assert not effect.restores(facts, [replace(one, is_believed=False) for one in said], RAILS)

    @pytest.mark.parametrize(
        "faulty",
        [
            lambda facts, said, rails: facts.rails & RAILS,
            lambda facts, said, rails: effect.restores(facts, [replace(one, is_believed=True) for one in said], rails),
            lambda facts, said, rails: effect.restores(replace(facts, speaks_for_us=True), said, rails),
            lambda facts, said, rails: effect.restores(replace(facts, rails=RAILS), said, rails),
            lambda facts, said, rails: effect.restores(facts, [w for w in said if w.state != "reversed"], rails),
        ],
    )
    def test_a_planted_fault_is_found(self, faulty: Restores) -> None:
        assert any(not is_sound(faulty, facts, said) for facts in EVERY_RULING for said in SHORT_STORIES)

    def test_every_word_has_its_place(self) -> None:
        assert set(NEXT) == {None, *Word}
        assert effect.last_word([]) is None


class TestRulingsAsRows(TestCase):
    @settings(max_examples=12, deadline=None)
    @given(SAID, st.sampled_from(Outcome), st.booleans())
    def test_whatever_is_said_of_one_no_standing_changes_by_it_and_due_is_what_is_in_force(
        self, said: Any, outcome: Outcome, speaks_for_us: bool
    ) -> None:
        with rails():
            incident = before_a_court()
            made = a_ruling(incident, outcome=outcome, speaks_for_us=speaks_for_us)
            for word in [Known(Word.DECIDED, True), *said]:
                say_and_check(made, word)
                incident.refresh_from_db()
                due = is_due(made)
                assert (incident.state == State.RESTORATION_DUE) == due
                assert set(incident.standings.values_list("state", flat=True)) == {"suspended"}
                if not due:
                    with pytest.raises((NoSuchStep, NotDue)):
                        restoring.begin(incident, by="dana", why="Now.")

    @settings(max_examples=8, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 1), WORD), max_size=10), st.tuples(*[st.sampled_from(Outcome)] * 2))
    def test_an_incident_stands_where_all_its_rulings_together_say(self, said: Any, outcomes: Any) -> None:
        with rails():
            incident = before_a_court()
            both = [a_ruling(incident, outcome=one) for one in outcomes]
            for which, word in [*enumerate([Known(Word.DECIDED, True)] * 2), *said]:
                say_and_check(both[which], word)
                incident.refresh_from_db()
                assert incident.state == stands_at(both)


def stands_at(both: Sequence[Ruling]) -> State:
    """By its own account of the words: due before upheld before ruled."""
    in_force = {one.outcome for one in both if is_in_force(one)}
    if Outcome.FAVOURABLE in in_force:
        return State.RESTORATION_DUE
    last = [believed(one)[-1:] for one in both]
    is_ruled = any(words and words != [Word.REVERSED] for words in last)
    return State.CLOSED_UPHELD if in_force else State.RULED if is_ruled else State.PROCEEDINGS


def believed(made: Ruling) -> list[str]:
    return [one.state for one in made.words.order_by("pk") if one.checked_at and not one.is_rejected]


def is_in_force(made: Ruling) -> bool:
    return [state for state in believed(made) if state in {Word.IN_FORCE, Word.REVERSED}][-1:] == [Word.IN_FORCE]


def say_and_check(made: Ruling, word: Known) -> None:
    """What dana enters, and erin believes or not; what cannot be said now is not."""
    document = a_document(made.incident)
    found = made.words.filter(checked_at=None).first()
    try:
        found = found or ruling.say(made, word.state, on=clock.today(), document=document, by="dana")
    except ruling.NotNow:
        return
    (ruling.check if word.is_believed else ruling.reject)(found, by="erin", remark="Asked.")


def is_due(made: Ruling) -> bool:
    """By its own account of the words, not by the code's."""
    return is_in_force(made) and made.outcome == Outcome.FAVOURABLE and made.speaks_for_us


class TestSteps:
    def test_every_state_can_be_reached_and_only_the_table_says_how(self) -> None:
        reached, edge = {State.DETECTED}, {State.DETECTED}
        while edge:
            edge = {after for before in edge for after in steps.after(before)} - reached
            reached |= edge
        assert reached == set(State)
        assert set(steps.ALLOWED) == set(State)

    @pytest.mark.parametrize(
        "needed", [State.CONFIRMED, State.BASIS_REQUESTED, State.CONTESTED, State.PROCEEDINGS, State.RULED]
    )
    def test_nothing_becomes_due_by_a_ruling_without_each_of_these_before(self, needed: State) -> None:
        """Leaving out what comes back a second time, which asks for the ruling again."""
        reached, edge = {State.DETECTED}, {State.DETECTED}
        while edge:
            edge = {after for one in edge for after in steps.after(one)} - reached - {needed, State.RESTORED_CANARY}
            reached |= edge
        assert State.RESTORATION_DUE not in reached


class TestTheWayBack:
    @given(st.integers(0, WHOLE))
    @settings(max_examples=20, deadline=None)
    def test_a_canary_never_exceeds_its_share(self, share: int) -> None:
        assert carried(Terms.admits, share) == share

    def test_a_planted_fault_is_found(self) -> None:
        def one_more(terms: Terms, lot: int) -> bool:
            return lot <= terms.share_per_mille

        assert carried(one_more, 10) == 11


def carried(admits: Callable[[Terms, int], bool], share: int) -> int:
    """How many of a thousand lots the router sends by a rail of that share."""
    terms = Terms(share_per_mille=share)
    return sum(
        bool(decide(replace(ASKED, rails=(replace(RAIL, is_within_share=admits(terms, lot)),))).order)
        for lot in range(1_000)
    )


def block(name: str) -> None:
    payment_rails.block(name, reason="No.", by="attempt x")


MACHINE: list[Callable[[], object]] = [
    lambda: block("north"),
    lambda: block("south"),
    detecting.look,
    confirming.end_due,
    restoring.advance_due,
    deadlines.remind,
    lambda: clock.advance(timedelta(days=3)),
]


def machines_only_detect(acts: Iterable[Callable[[], object]]) -> bool:
    """Whether after all of these nothing is further than DETECTED, and no rail has another standing."""
    with rails():
        for act in acts:
            act()
    is_beyond = Incident.objects.exclude(state=State.DETECTED).exists() or ProviderStanding.objects.exists()
    return not is_beyond and not IncidentStep.objects.exclude(is_signal=True).exists()


def eager() -> None:
    """A machine that confirms by itself: what must never be."""
    for incident in Incident.objects.filter(state=State.DETECTED):
        confirming.confirm(incident, by="the store", why="It was said by a machine.")


class TestMachines(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.sampled_from(MACHINE), max_size=12))
    def test_signals_alone_never_go_beyond_detected(self, acts: Any) -> None:
        assert machines_only_detect(acts)

    def test_a_planted_fault_is_found(self) -> None:
        assert not machines_only_detect([*MACHINE, eager])
