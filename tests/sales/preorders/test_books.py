"""Whatever happens to pre-orders: the books are true, and each buyer has either the music or all of her money."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.catalog.models import Release, Withdrawal
from obbligato.catalog.withdrawing import NotWithdrawn, put_back
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import Refused
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Transfer
from obbligato.people.models import Person
from obbligato.rights.models import Licence
from obbligato.sales import checkout, wallets
from obbligato.sales.models import Order, Purchase
from obbligato.sales.preorders.announcing import bring_out
from obbligato.sales.preorders.coming_out import come_out_due
from tests.makers import alice, bob
from tests.sales.preorders.makers import NOON, a_release_to_come, announced, held_micro, ordered

BUYING = ("alice orders", "bob orders", "alice cancels", "bob cancels")
ACTS = (*BUYING, "withdraw", "put back", "move", "far", "out", "look", "lose a licence")


class TestBooks(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        with clock.stopped(NOON):
            cls.release = a_release_to_come(tracks=2, given=1)
            cls.people = {"alice": alice("10"), "bob": bob("10")}

    @given(st.lists(st.sampled_from(ACTS), max_size=12))
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_hold_after_any_acts(self, acts: Sequence[str]) -> None:
        with clock.stopped(NOON):
            for act in acts:
                try:
                    self.do(act)
                except (Refused, NotWithdrawn):
                    pass
                self.look()
            come_out_due(100)
            self.look()

    def do(self, act: str) -> None:
        release = Release.objects.get(pk=self.release.pk)
        who, _, what = act.partition(" ")
        if what == "orders":
            ordered(Person.objects.get(username=who), release)
        elif what == "cancels":
            for order in Order.objects.filter(person__username=who):
                checkout.cancel(order)
        elif act == "withdraw" and not Withdrawal.objects.exists():
            Withdrawal.objects.create(release=release, by="dana", reason="No.")
        elif act == "put back":
            put_back(release)
        elif act in {"move", "far"}:
            announced(release, given=1, days=40 if act == "move" else 400)
        elif act == "out":
            bring_out(release, by="dana")
        elif act == "look":
            come_out_due(100)
        elif act == "lose a licence":
            Licence.objects.filter(recording__tracks__position=2).update(territories=["DE"])

    def look(self) -> None:
        assert audit().is_clean
        for person in self.people.values():
            orders = Order.objects.filter(person=person)
            held = sum(order.total_micro for order in orders if order.is_held)
            paid = sum(order.total_micro for order in orders if order.paid_at)
            assert held_micro(person) == held
            assert wallets.balance(person, "EUR") == 10 * MICRO - held - paid
            for order in orders:
                self.look_at(order)

    def look_at(self, order: Order) -> None:
        standing = Purchase.objects.standing().filter(line__order=order).count()
        sold = sum(one.amount_micro for one in Transfer.objects.filter(reference=f"order:{order.number}", kind="sale"))
        if order.paid_at:
            assert (standing, sold) == (order.lines.count(), order.total_micro)
        else:
            assert sold == 0
            assert standing == (1 if order.is_held else 0)
