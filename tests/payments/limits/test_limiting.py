"""A limited rail carries its share and no more, and nothing that is withheld from it; a free one carries all."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.kernel import clock
from obbligato.payments import rails, registry, top_ups
from obbligato.payments.contract import Capabilities, Method
from obbligato.payments.limits.limiting import FREE, Terms, limit, limits, lot_of, unlimit
from obbligato.payments.limits.models import RailLimit
from obbligato.payments.routing import Answer, decide
from obbligato.payments.ways import ways
from tests.makers import alice
from tests.payments.fakes import Saying, captured
from tests.payments.test_routing import ASKED, RAIL


def answer(**changed: object) -> Answer:
    return decide(replace(ASKED, rails=(replace(RAIL, **changed),)))  # type: ignore[arg-type]


class TestTheRouter:
    def test_who_is_not_among_the_share_is_told_why(self) -> None:
        assert answer(is_within_share=False).refused == {
            "a": "It comes back step by step, and carries a small share only."
        }

    def test_what_is_withheld_is_not_carried(self) -> None:
        assert answer(methods_withheld=("card",)).refused == {"a": "It may not carry this method for now."}
        assert answer(methods_withheld=("crypto",)).order == ("a",)
        assert answer(countries_withheld=("DE",)).refused == {"a": "It may not carry payments from DE for now."}
        assert answer(countries_withheld=("FR",)).order == ("a",)

    def test_a_rail_without_a_method_left_carries_nothing_for_whoever_names_none(self) -> None:
        bare = replace(RAIL, methods_withheld=("card",))
        assert decide(replace(ASKED, method="", rails=(bare,))).order == ()

    def test_one_that_is_about_to_go_comes_last(self) -> None:
        going = replace(RAIL, handicap_basis_points=2_000)
        assert decide(replace(ASKED, rails=(going, replace(RAIL, name="b")))).order == ("b", "a")


@settings(deadline=None)
@given(share=st.integers(0, 1_000))
def test_exactly_so_many_lots_are_within_a_share(share: int) -> None:
    assert sum(Terms(share_per_mille=share).admits(lot) for lot in range(1_000)) == share


@settings(deadline=None)
@given(person_id=st.integers(1, 2**31))
def test_a_persons_lot_is_hers_for_a_day(person_id: int) -> None:
    today = clock.today()
    assert lot_of(person_id, today) == lot_of(person_id, today)
    assert 0 <= lot_of(person_id, today) < 1_000
    assert lot_of(None, today) == 999


@pytest.mark.django_db
class TestRows:
    def test_a_limit_is_followed_by_another_and_ended(self) -> None:
        limit("a", Terms(share_per_mille=10), reason="First.", by="dana")
        made = limit("a", Terms(methods_withheld=("card",)), reason="Second.", by="dana")
        assert str(made) == "a: Second."
        assert limits() == {"a": Terms(methods_withheld=("card",))}
        assert limit("a", FREE, reason="Free.", by="erin") is None
        assert limits() == {}
        unlimit("a", by="erin")
        assert list(RailLimit.objects.order_by("pk").values_list("ended_by", flat=True)) == ["dana", "erin"]

    def test_the_page_offers_what_the_router_will_take_for_her(self) -> None:
        person = alice()
        with registry.instead(Saying("a", captured())):
            limit("a", Terms(share_per_mille=lot_of(person.pk, clock.today())), reason="One too few.", by="dana")
            asked = {"amount_micro": 5_000_000, "currency": "EUR", "person_id": person.pk}
            assert ways(**asked).unusable == ("Card",)
            with pytest.raises(top_ups.NoRail):
                top_ups.start(person, amount_micro=5_000_000, currency="EUR", key="k", return_url="/")
            limit("a", Terms(share_per_mille=lot_of(person.pk, clock.today()) + 1), reason="Enough.", by="dana")
            assert [way.method for way in ways(**asked).usable] == ["card"]
            assert ways(amount_micro=5_000_000, currency="EUR").unusable == ("Card",)
            paid = top_ups.start(person, amount_micro=5_000_000, currency="EUR", key="l", return_url="/")
        assert paid.state == "succeeded"

    def test_whoever_names_no_method_is_not_sent_by_one_that_is_withheld(self) -> None:
        both = Capabilities(frozenset({Method.CARD, Method.DIRECT_DEBIT}))
        rail = Saying("a", captured(), both)
        with registry.instead(rail):
            limit("a", Terms(methods_withheld=("card",)), reason="No cards.", by="dana")
            top_ups.start(alice(), amount_micro=5_000_000, currency="EUR", key="k", return_url="/")
            assert rails.rails(draw_per_mille=0)[0].methods_withheld == ("card",)
        assert [request.method for request in rail.requests] == ["direct_debit"]
