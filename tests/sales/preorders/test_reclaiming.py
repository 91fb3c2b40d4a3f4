"""What was ordered ahead with a disputed top-up is given up for it, as far as the wallet did not reach."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import disputes, registry, top_ups
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Attempt, Dispute
from obbligato.sales import clawing_back, wallets
from obbligato.sales.models import Order
from obbligato.sales.preorders.announcing import announce
from tests.makers import alice
from tests.payments.fakes import Saying, captured
from tests.sales.preorders.makers import NOON, held_micro, ordered
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rail() -> Iterator[None]:
    with registry.instead(Saying("a", captured(5))), clock.stopped(NOON):
        yield


def two_pre_orders() -> tuple[Attempt, list[Order]]:
    person, orders = alice(), []
    attempt = top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")
    for title in ("First", "Second"):
        clock.advance(timedelta(minutes=1))
        release = a_silent_release(title=title, tracks=1)
        announce(release, at=NOON + timedelta(days=30), takes_orders=True, by="dana")
        orders.append(ordered(person, release))
    return attempt, orders


def disputed(attempt: Attempt, micro: int, state: str = "open") -> Dispute:
    dispute = disputes.note_fact(attempt, DisputeFact(state, "dp_1", micro, "fraudulent"))
    for one in clawing_back.due(10):
        clawing_back.follow(one)
    return Dispute.objects.get(pk=dispute.pk)


def test_all_of_it_where_all_is_disputed_and_it_comes_back_when_that_is_won() -> None:
    attempt, [first, second] = two_pre_orders()
    assert disputed(attempt, 5 * MICRO).reclaimed_micro == 5 * MICRO
    assert {one.state for one in Order.objects.all()} == {"cancelled"}
    assert "through your bank" in Order.objects.get(pk=first.pk).cancel_reason
    assert held_micro(first.person) == wallets.balance(second.person, "EUR") == 0
    disputed(attempt, 5 * MICRO, "won")
    assert wallets.balance(first.person, "EUR") == 5 * MICRO
    assert audit().is_clean


def test_the_newest_alone_where_that_is_enough() -> None:
    attempt, [first, second] = two_pre_orders()
    left = wallets.balance(first.person, "EUR")
    dispute = disputed(attempt, left + MICRO // 100)
    assert dispute.reclaimed_micro == dispute.amount_micro
    assert [Order.objects.get(pk=one.pk).state for one in (first, second)] == ["held", "cancelled"]
    assert wallets.balance(first.person, "EUR") == second.total_micro - MICRO // 100
    assert disputes.reclaim(dispute, most_micro=MICRO).reclaimed_micro == dispute.amount_micro
    assert audit().is_clean
