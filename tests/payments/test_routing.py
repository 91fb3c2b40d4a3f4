"""The router refuses with a sentence, prefers what works and costs little, and answers the same question the same."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from obbligato.payments.routing import Answer, Question, Rail, answer_from, decide, question_from, stored

RAIL = Rail(
    name="a",
    methods=("card",),
    currencies=("EUR",),
    countries=("DE", "FR"),
    least_micro=1_000_000,
    most_micro=100_000_000,
    domains=("network:one",),
    cost_fixed_micro=0,
    cost_basis_points=100,
)
ASKED = Question(amount_micro=5_000_000, currency="EUR", method="card", country="DE", rails=(RAIL,))


def refusal(**changed: object) -> str:
    """Why the one rail is refused when something of it or of the question is otherwise."""
    fields = Question.__dataclass_fields__
    question = replace(ASKED, **{key: value for key, value in changed.items() if key in fields})
    rail = replace(RAIL, **{key: value for key, value in changed.items() if key not in fields})
    return decide(replace(question, rails=(rail,))).refused.get("a", "")


class TestRefusals:
    def test_a_rail_that_fits_is_chosen(self) -> None:
        assert decide(ASKED).order == ("a",)

    def test_each_says_why(self) -> None:
        assert refusal(block="The account was closed.") == "It is blocked: The account was closed."
        assert "Another rail" in refusal(wanted="b")
        assert "tried already" in refusal(tried=("a",))
        assert "crypto" in refusal(method="crypto")
        assert "JPY" in refusal(currency="JPY")
        assert "AT" in refusal(country="AT")
        assert "small" in refusal(amount_micro=999_999)
        assert "large" in refusal(amount_micro=100_000_001)
        assert "fails too often" in refusal(is_admitted=False)

    def test_what_is_not_limited_is_not_refused(self) -> None:
        assert refusal(currencies=None, currency="JPY") == ""
        assert refusal(countries=None, country="AT") == ""
        assert refusal(country="") == ""
        assert refusal(method="") == ""


def order_of(*rails: Rail, **changed: object) -> tuple[str, ...]:
    return decide(replace(ASKED, rails=rails, **changed)).order


class TestOrder:
    def test_success_counts_more_than_cost(self) -> None:
        dear = replace(RAIL, name="dear", cost_basis_points=290)
        failing = replace(RAIL, name="failing", success_basis_points=8_000)
        assert order_of(dear, failing) == ("dear", "failing")

    def test_the_cheaper_the_quicker_and_the_less_used_come_first(self) -> None:
        for worse in ({"cost_fixed_micro": 250_000}, {"latency_ms": 2_000}, {"share_basis_points": 5_000}):
            assert order_of(replace(RAIL, name="0", **worse), RAIL) == ("a", "0")

    def test_ties_go_by_name(self) -> None:
        assert order_of(replace(RAIL, name="b"), RAIL) == ("a", "b")

    def test_where_a_payment_of_hers_hangs_is_asked_last(self) -> None:
        both = (RAIL, replace(RAIL, name="b", cost_basis_points=300))
        assert decide(replace(ASKED, rails=both, stuck=("a",))).order == ("b", "a")
        assert decide(replace(ASKED, stuck=("a",))).order == ("a",)

    def test_a_crowded_rail_is_the_last_resort(self) -> None:
        crowded = replace(RAIL, name="0", share_basis_points=8_000)
        poor = replace(RAIL, success_basis_points=5_000)
        assert order_of(crowded, poor, most_share_basis_points=7_000) == ("a", "0")
        assert order_of(crowded, most_share_basis_points=7_000) == ("0",)


RAILS = st.builds(
    replace,
    st.just(RAIL),
    name=st.sampled_from("abcd"),
    is_admitted=st.booleans(),
    block=st.sampled_from(["", "", "Closed."]),
    success_basis_points=st.integers(0, 10_000),
    latency_ms=st.integers(0, 60_000),
    share_basis_points=st.integers(0, 10_000),
)


@given(st.lists(RAILS, max_size=4, unique_by=lambda rail: rail.name), st.randoms())
def test_any_question_is_answered_the_same_after_being_kept_and_whatever_the_order_of_rails(
    rails: list[Rail], chance: "st.Random"
) -> None:
    question = replace(ASKED, rails=tuple(rails))
    answer = decide(question)
    again = question_from(json.loads(json.dumps(stored(question))))
    assert again == question
    assert answer_from(json.loads(json.dumps(stored(answer)))) == decide(again) == answer
    chance.shuffle(rails)
    assert decide(replace(question, rails=tuple(rails))).order == answer.order
    assert set(answer.order) == {rail.name for rail in rails if rail.is_admitted and not rail.block}


def test_no_rails_is_no_answer() -> None:
    assert decide(replace(ASKED, rails=())) == Answer()
