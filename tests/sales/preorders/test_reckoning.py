"""Tracks ordered ahead are known again on the day, and none costs more than it was quoted."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.sales.preorders.reckoning import Spot, counterparts, honoured

spots = st.lists(st.builds(Spot, st.integers(1, 6), st.tuples(st.just(1), st.integers(1, 4))), max_size=4)


@given(spots, spots)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
def test_no_ordered_track_comes_out_twice_and_the_same_recording_wins(ordered: list[Spot], coming: list[Spot]) -> None:
    found = counterparts(ordered, coming)
    taken = [number for number in found if number is not None]
    assert len(found) == len(coming)
    assert len(taken) == len(set(taken))
    for number, one in zip(found, coming, strict=True):
        if number is None:
            left = [other for place, other in enumerate(ordered) if place not in taken]
            assert not any(other.recording == one.recording or other.place == one.place for other in left)


def test_a_track_mastered_anew_is_known_by_its_place_unless_that_is_taken_by_another_of_hers() -> None:
    first, second = Spot(1, (1, 1)), Spot(2, (1, 2))
    assert counterparts([first, second], [Spot(9, (1, 1)), second]) == [0, 1]
    assert counterparts([first, second], [Spot(2, (1, 1)), Spot(1, (1, 2)), Spot(3, (1, 3))]) == [1, 0, None]


@given(st.none() | st.integers(0, 10**9), st.integers(0, 10**9))
def test_nothing_costs_more_than_it_was_quoted_or_costs_today(quoted: int | None, today: int) -> None:
    assert honoured(quoted, today) <= today
    assert honoured(quoted, today) <= (quoted or 0)
