"""What an operator does to a voucher is done once, for a reason, and the money is always somewhere named."""

from datetime import timedelta

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import KeyUsedOtherwise
from obbligato.ledger.audit import audit
from obbligato.ledger.transfers import NotEnoughMoney
from obbligato.payments.vouchers import ending, freezing, putting_back, redeeming
from obbligato.payments.vouchers.handling import ReasonNeeded
from obbligato.payments.vouchers.models import Handling, Redemption, Voucher, VoucherBatch
from obbligato.sales import wallets
from tests.makers import alice, bob
from tests.payments.vouchers.makers import KEY, a_batch, held, left, redeem, spend, voucher

pytestmark = pytest.mark.django_db
Kind = VoucherBatch.Kind
DANA = {"by": "dana", "reason": "She asked."}


def back(redemption: Redemption, euros: int, key: str = "b", **words: str) -> Handling:
    return putting_back.put_back(redemption, amount_micro=euros * MICRO, key=key, **{**DANA, **words})


class TestPuttingBack:
    def test_moves_redeemed_money_onto_the_voucher_once(self) -> None:
        person, issued = alice(), a_batch()
        redemption = redeem(person, issued.codes[0])
        assert back(redemption, 4) == back(redemption, 4)
        assert wallets.balance(person, "EUR") == 6 * MICRO
        assert left(issued.batch) == (14 * MICRO, 14 * MICRO)
        assert str(Handling.objects.get()) == "Money put back onto it by dana: She asked."
        assert redeem(bob(), issued.codes[0]).amount_micro == 4 * MICRO

    def test_of_a_promotional_one_takes_what_was_given(self) -> None:
        person = alice()
        back(redeem(person, a_batch(Kind.PROMOTIONAL).codes[0]), 10)
        assert [one.kind for one in wallets.history(person, "EUR")] == [
            "Put back onto the voucher",
            "Promotional voucher",
        ]

    def test_ends_where_everything_is_back(self) -> None:
        redemption = redeem(alice(), a_batch().codes[0])
        back(redemption, 9)
        with pytest.raises(putting_back.BadPutBack, match=r"€1\.00"):
            back(redemption, 2, key="more")
        back(redemption, 1, key="rest")

    @pytest.mark.parametrize("amount_micro", [0, -MICRO, 1, 11 * MICRO])
    def test_of_a_senseless_amount_is_refused(self, amount_micro: int) -> None:
        redemption = redeem(alice(), a_batch().codes[0])
        with pytest.raises(putting_back.BadPutBack):
            putting_back.put_back(redemption, amount_micro=amount_micro, key="b", **DANA)

    def test_of_what_was_spent_is_refused(self) -> None:
        person, issued = alice(), a_batch()
        redemption = redeem(person, issued.codes[0])
        spend(person, 5)
        with pytest.raises(NotEnoughMoney):
            back(redemption, 6)
        assert left(issued.batch) == (10 * MICRO, 10 * MICRO)
        assert not Handling.objects.exists()

    def test_onto_one_that_is_over_is_refused(self) -> None:
        redemption = redeem(alice(), a_batch().codes[0], euros=4)
        ending.annul(redemption.voucher, key="a", **DANA)
        with pytest.raises(putting_back.VoucherOver):
            back(redemption, 4)

    def test_needs_a_reason_and_one_key_says_one_thing(self) -> None:
        redemption = redeem(alice(), a_batch().codes[0])
        with pytest.raises(ReasonNeeded):
            back(redemption, 4, reason=" ")
        back(redemption, 4)
        with pytest.raises(KeyUsedOtherwise):
            back(redemption, 5)
        with pytest.raises(KeyUsedOtherwise):
            freezing.freeze(redemption.voucher, key="b", **DANA)


class TestFreezing:
    def test_keeps_a_voucher_until_it_is_thawed(self) -> None:
        person, issued = alice(), a_batch()
        for _ in range(2):
            freezing.freeze(voucher(issued), key="f", **DANA)
        freezing.freeze(voucher(issued), key="again", by="erin", reason="Really.")
        assert voucher(issued).frozen_reason == "She asked."
        with pytest.raises(redeeming.NotRedeemable):
            redeem(person, issued.codes[0])
        for _ in range(2):
            freezing.thaw(voucher(issued), key="t", **DANA)
        assert redeem(person, issued.codes[0]).amount_micro == 10 * MICRO
        assert Handling.objects.count() == 3


class TestAnnulling:
    @pytest.mark.parametrize(("kind", "source"), [(Kind.SOLD, "cash"), (Kind.PROMOTIONAL, "promotion")])
    def test_gives_what_is_left_back_to_where_it_came_from(self, kind: VoucherBatch.Kind, source: str) -> None:
        issued = a_batch(kind)
        redeem(alice(), issued.codes[0], euros=4)
        assert ending.annul(voucher(issued), key="a", **DANA) == ending.annul(voucher(issued), key="a", **DANA)
        assert (held(source), left(issued.batch)) == (-14 * MICRO, (10 * MICRO, 10 * MICRO))
        with pytest.raises(redeeming.NotRedeemable):
            redeem(bob(), issued.codes[0])
        with pytest.raises(ending.NothingLeft):
            ending.annul(voucher(issued), key="other", **DANA)
        assert audit().is_clean

    def test_a_whole_batch_ends_each_of_it_on_which_something_is_left(self) -> None:
        issued = a_batch(count=3)
        redeem(alice(), issued.codes[0])
        assert len(ending.annul_batch(issued.batch, key="a", **DANA)) == 2
        assert ending.annul_batch(issued.batch, key="a", **DANA) == []
        assert (held("cash"), left(issued.batch)) == (-10 * MICRO, (0, 0))


class TestExpiring:
    def test_sold_ones_do_not_unless_somebody_chose_a_day(self) -> None:
        assert voucher(a_batch()).expires_at is None

    @pytest.mark.parametrize(
        ("kind", "place", "amount"), [(Kind.SOLD, "vouchers_expired", 6), (Kind.PROMOTIONAL, "promotion", -4)]
    )
    def test_what_is_left_goes_where_it_belongs_once(self, kind: VoucherBatch.Kind, place: str, amount: int) -> None:
        with clock.stopped(clock.now()):
            issued = a_batch(kind, count=1, expires_at=clock.now() + timedelta(days=1))
            redeem(alice(), issued.codes[0], euros=4)
            assert ending.expire_due(9) == 0
            clock.advance(timedelta(days=1))
            assert (ending.expire_due(9), ending.expire_due(9)) == (1, 0)
        assert (held(place), left(issued.batch)) == (amount * MICRO, (0, 0))
        assert Handling.objects.get().what == "expired"
        assert audit().is_clean

    def test_a_frozen_one_waits(self) -> None:
        with clock.stopped(clock.now()):
            issued = a_batch(count=1, expires_at=clock.now() + timedelta(days=1))
            freezing.freeze(voucher(issued), key="f", **DANA)
            clock.advance(timedelta(days=1))
            assert ending.expire_due(9) == 0
            ending._expire(voucher(issued))  # As one that was frozen after it was found.
            assert left(issued.batch)[0] == 10 * MICRO

    def test_those_that_are_over_longest_are_ended_first(self) -> None:
        with clock.stopped(clock.now()):
            late = a_batch(count=1, expires_at=clock.now() + timedelta(days=2))
            early = a_batch(count=1, key=f"{KEY} other", expires_at=clock.now() + timedelta(days=1))
            clock.advance(timedelta(days=3))
            assert ending.expire_due(1) == 1
        assert (left(late.batch)[0], left(early.batch)[0]) == (10 * MICRO, 0)
        assert Voucher.objects.filter(ended_at__isnull=True).count() == 1
