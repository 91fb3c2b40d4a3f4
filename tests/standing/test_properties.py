"""What must hold whatever happens; beside each a fault planted on purpose, which the same question finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.extra.django import TestCase

from obbligato.kernel import clock
from obbligato.payments import rails as payment_rails
from obbligato.payments.limits.limiting import WHOLE, Terms
from obbligato.payments.routing import decide
from obbligato.standing import confirming, deadlines, detecting, effect, restoring, steps
from obbligato.standing.effect import NEXT, Facts, Known
from obbligato.standing.models import Incident, IncidentStep, ProviderStanding
from obbligato.standing.words import Outcome, State, Word
from tests.payments.test_routing import ASKED, RAIL
from tests.standing.makers import rails

RAILS = frozenset({"north", "south"})
Restores = Callable[[Facts, Sequence[Known], Iterable[str]], frozenset[str]]
FACTS = st.builds(
    Facts, st.sampled_from(Outcome), st.booleans(), st.frozensets(st.sampled_from(["north", "south", "elsewhere"]))
)
SAID = st.lists(st.builds(Known, st.sampled_from(Word), st.booleans()), max_size=6)


def is_sound(restores: Restores, facts: Facts, said: Sequence[Known]) -> bool:
    """Nothing is restored but by a favourable ruling for us, checked and in force, at those it is addressed to."""
    believed = [one.state for one in said if one.is_believed and one.state in {Word.IN_FORCE, Word.REVERSED}]
    may = believed[-1:] == [Word.IN_FORCE] and facts.speaks_for_us and facts.outcome == Outcome.FAVOURABLE
    return restores(facts, said, RAILS) == (facts.rails & RAILS if may else frozenset())


def found(predicate: Callable[[Any], bool], strategy: Any) -> bool:
    try:
        find(strategy, predicate, settings=settings(max_examples=500, database=None))
    except NoSuchExample:
        return False
    return True


class TestRulings:
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
        assert found(lambda both: not is_sound(faulty, *both), st.tuples(FACTS, SAID))

    def test_every_word_has_its_place(self) -> None:
        assert set(NEXT) == {None, *Word}
        assert effect.last_word([]) is None


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
    @settings(max_examples=20)
    def test_a_canary_never_exceeds_its_share(self, share: int) -> None:
        assert carried(Terms.admits, share) == share

    def test_a_planted_fault_is_found(self) -> None:
        def one_more(terms: Terms, lot: int) -> bool:
            return lot <= terms.share_per_mille

        assert found(lambda share: carried(one_more, share) > share, st.integers(0, WHOLE))


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
