"""Whatever is done to vouchers in whatever order, what is left on them is in their account, and no money appears."""

from datetime import timedelta

from django.core.cache import cache
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import Refused
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.payments.pots import pots
from obbligato.payments.vouchers import ending, freezing, gift_cards, putting_back
from obbligato.payments.vouchers.issuing import Issued
from obbligato.payments.vouchers.models import Redemption, Voucher, VoucherBatch
from obbligato.people.models import Person
from tests.makers import fill_wallet
from tests.payments.vouchers.makers import KEY, a_batch, left, redeem

Kind = VoucherBatch.Kind
ACTS = ["sell", "give", "gift", "redeem", "redeem", "redeem", "put back", "freeze", "thaw", "annul", "expire", "again"]
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(1, 12), st.booleans()), min_size=1, max_size=14
)
DANA = {"by": "dana", "reason": "Because."}


class World:
    """Two people, their vouchers, and one operator."""

    def __init__(self) -> None:
        self.count = 0
        self.codes: list[str] = []
        self.people = [Person.objects.create_user(f"p{n}-{Person.objects.count()}") for n in range(2)]
        fill_wallet(self.people[0], "20")

    def act(self, what: str, which: int, euros: int, flag: bool) -> None:
        """One act, refused or done; `again` sends a form a second time."""
        self.count += what != "again"
        key, person = f"{KEY} {self.count}", self.people[flag]
        voucher = Voucher.objects.order_by("pk")[which : which + 1].first()
        redemption = Redemption.objects.order_by("pk")[which : which + 1].first()
        end = clock.now() + timedelta(days=1) if flag else None
        if what == "sell":
            self.keep(a_batch(euros=euros, key=key, expires_at=end))
        elif what == "give":
            self.keep(a_batch(Kind.PROMOTIONAL, euros=euros, key=key, expires_at=end))
        elif what == "gift":
            self.keep(gift_cards.buy(person, amount_micro=euros * MICRO, currency="EUR", key=key))
        elif what in {"redeem", "again"} and which < len(self.codes):
            redeem(person, self.codes[which], key=key, euros=euros if euros % 2 else None)
        elif what == "put back" and redemption:
            putting_back.put_back(redemption, amount_micro=euros * MICRO, key=key, **DANA)
        elif what == "expire":
            clock.advance(timedelta(hours=13))
            ending.expire_due(2)
        elif voucher and what in {"freeze", "thaw", "annul"}:
            verbs = {"freeze": freezing.freeze, "thaw": freezing.thaw, "annul": ending.annul}
            verbs[what](voucher, key=key, **DANA)

    def keep(self, issued: Issued) -> None:
        self.codes += issued.codes


class TestBalance(TestCase):
    @hypothesis_settings(max_examples=60, deadline=None)
    @given(STEPS)
    def test_what_is_left_is_in_the_account_after_every_act(self, steps: list[tuple[str, int, int, bool]]) -> None:
        world = World()
        with clock.stopped(clock.now()):
            for what, which, euros, flag in steps:
                cache.clear()  # The limit on tries is not what this is about.
                try:
                    world.act(what, which, euros, flag)
                except Refused:
                    pass
                for batch in VoucherBatch.objects.all():
                    on_vouchers, in_account = left(batch)
                    assert on_vouchers == in_account
        found = audit()
        assert found.is_clean, found.differences
        for person in world.people:
            assert pots(person.pk, "EUR").total() == accounts.wallet_balance_micro(person.pk, "EUR")
