"""Orders that wait for money by certain rails are counted and summed, and no others."""

import pytest

from obbligato.sales.models import Order
from obbligato.sales.waiting import waiting_at
from tests.makers import alice, bob
from tests.standing.makers import pay, rails

pytestmark = pytest.mark.django_db


def test_only_of_people_who_last_tried_these_rails() -> None:
    buyer, other = alice(), bob()
    for number, (person, total, currency) in enumerate([
        (buyer, 1_500_000, "EUR"), (buyer, 2_000_000, "EUR"), (buyer, 3_000_000, "USD"), (other, 9_000_000, "EUR"),
    ]):  # fmt: skip
        Order.objects.create(
            number=str(number), key=str(number), person=person, currency=currency, total_micro=total, country="FR"
        )
    with rails():
        pay(buyer, "a", provider="north")
        pay(other, "b", provider="south")
    assert waiting_at(["north"]) == {"EUR": (2, 3_500_000), "USD": (1, 3_000_000)}
    assert waiting_at([]) == {}
