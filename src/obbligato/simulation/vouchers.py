"""Vouchers and gift cards in the simulation: made, bought, redeemed by anybody, put back and annulled, each by lot."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.core.cache import cache

from obbligato.kernel import clock
from obbligato.payments.vouchers import ending, gift_cards, issuing, putting_back, redeeming
from obbligato.payments.vouchers.models import Redemption, Voucher, VoucherBatch
from obbligato.people.models import Person


class Vouchers:
    """Everyone who has to do with codes; `person` gives one of the buyers."""

    def __init__(self, lot: Random, person: Callable[[], Person]) -> None:
        self._lot, self._person, self._count = lot, person, 0
        self._codes: list[str] = []
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (1, self.make_vouchers),
            (2, self.buy_gift_card),
            (4, self.redeem_code),
            (1, self.put_back),
            (1, self.annul),
        ]

    def make_vouchers(self) -> None:
        """Some of them end, sold ones among them: an operator may choose so."""
        self._count += 1
        issued = issuing.make(
            kind=self._lot.choice((VoucherBatch.Kind.SOLD, VoucherBatch.Kind.PROMOTIONAL)),
            face_micro=self._lot.randrange(1, 2_000) * 10_000,
            currency="EUR",
            count=self._lot.randrange(1, 6),
            expires_at=clock.now() + timedelta(days=3) if self._lot.random() < 0.5 else None,
            key=f"the key of form number {self._count}",
            by="dana",
            reason="For the table.",
        )
        self._codes += issued.codes

    def buy_gift_card(self) -> None:
        self._count += 1
        amount, key = self._lot.randrange(100, 1_000) * 10_000, f"the key of form number {self._count}"
        self._codes += gift_cards.buy(self._person(), amount_micro=amount, currency="EUR", key=key).codes

    def redeem_code(self) -> None:
        """Any code by anybody, in part or all of it; often one that is used up."""
        cache.clear()
        if self._codes:
            self._count += 1
            most = self._lot.randrange(1, 500) * 10_000 if self._lot.random() < 0.5 else None
            person, code, key = self._person(), self._lot.choice(self._codes[-30:]), f"key{self._count}"
            redeeming.redeem(person, code, currency="EUR", key=key, address="192.0.2.1", most_micro=most)

    def put_back(self) -> None:
        redeemed = Redemption.objects.order_by("-pk").first()
        if redeemed is not None:
            self._count += 1
            key = f"key{self._count}"
            putting_back.put_back(redeemed, amount_micro=redeemed.amount_micro, key=key, by="dana", reason="She asked.")

    def annul(self) -> None:
        left = Voucher.objects.filter(left_micro__gt=0).order_by("pk").first()
        if left is not None:
            self._count += 1
            ending.annul(left, key=f"key{self._count}", by="dana", reason="Misprinted.")
