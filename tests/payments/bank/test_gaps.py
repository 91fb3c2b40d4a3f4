"""What is missing between statements is found by balances, and by numbers where there are none."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from obbligato.payments.bank.gaps import Span, gaps

FIRST = date(2026, 1, 5)


def numbered(number: int, day: int) -> Span:
    on = FIRST + timedelta(days=day)
    return Span(f"{number:03d}", on, on)


def balanced(day: int, opening: int, closing: int) -> Span:
    on = FIRST + timedelta(days=day)
    return Span("", on, on, opening, closing)


def names(*spans: Span) -> list[str]:
    return [sentence for _, sentence in gaps(spans)]


def test_nothing_is_missing_where_each_number_follows_another() -> None:
    assert names() == []
    assert names(*(numbered(number, number) for number in range(7, 12))) == []


def test_a_number_that_is_left_out_is_named() -> None:
    assert names(numbered(1, 1), numbered(3, 3)) == ["Statement number 003 of 2026-01-08 is here, and number 2 is not."]


def test_numbers_begin_anew_each_year_and_words_are_none() -> None:
    later = FIRST + timedelta(days=400)
    assert names(numbered(9, 1), Span("1", later, later), Span("A", later, later)) == []


def test_balances_decide_where_there_are_some() -> None:
    assert names(balanced(1, 0, 5), balanced(2, 5, 9), balanced(2, 9, 9)) == []
    assert names(balanced(1, 0, 5), balanced(3, 6, 9)) == [
        "Statement of 2026-01-08 opens with a balance that no other closes with."
    ]


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=8), st.data())
def test_one_that_is_taken_out_is_missed_unless_nothing_moved_in_it(moves: list[int], data: st.DataObject) -> None:
    spans, balance = [], 100
    for day, moved in enumerate(moves):
        balance += 1_000 * (day + 1) + moved
        spans.append(balanced(day, balance - 1_000 * (day + 1) - moved, balance))
    assert names(*data.draw(st.permutations(spans))) == []
    place = data.draw(st.integers(0, len(spans) - 1))
    found = names(*spans[:place], *spans[place + 1 :])
    assert len(found) == (1 if 0 < place < len(spans) - 1 else 0)


def test_a_month_that_holds_the_days_leaves_nothing_out() -> None:
    month = Span("", FIRST, FIRST + timedelta(days=30), 0, 50)
    assert names(month, balanced(10, 20, 25)) == []


DAYS = st.integers(0, 6).map(lambda day: FIRST + timedelta(days=day))
BALANCES = st.one_of(st.none(), st.integers(0, 3))


@st.composite
def any_span(draw: st.DrawFn) -> Span:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return Span(draw(st.sampled_from(["", "1", "02", "3", "4", "A"])), first, last, draw(BALANCES), draw(BALANCES))


def is_followed(one: Span, others: list[Span]) -> bool:
    """What is meant, said pair by pair."""
    if any(other.first_on <= one.first_on < other.last_on for other in others):
        return True
    if one.opening_micro is not None:
        return any(other.closing_micro == one.opening_micro and other.last_on <= one.last_on for other in others)
    if not one.number.isdecimal() or int(one.number) <= 1:
        return True
    return any(other.number.lstrip("0") == str(int(one.number) - 1) for other in others)


@given(st.lists(any_span(), max_size=9))
def test_what_is_missing_is_what_looking_at_each_pair_would_find(spans: list[Span]) -> None:
    known = set(spans)
    begins = min((one.first_on for one in known), default=FIRST)
    wanted = {one for one in known if one.first_on > begins and not is_followed(one, list(known - {one}))}
    assert {one for one, _ in gaps(spans)} == wanted
