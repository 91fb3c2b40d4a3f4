"""What a code is worth is told before it is used, to whoever has it, and nothing else to anyone."""

from datetime import timedelta

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments.vouchers import codes, guessing, looking, redeeming
from obbligato.payments.vouchers.looking import Worth
from obbligato.payments.vouchers.models import Voucher, VoucherBatch
from obbligato.people.models import Person
from obbligato.people.throttle import TooManyAttempts
from tests.makers import alice, bob
from tests.payments.vouchers.makers import HOME, a_batch, left, redeem

pytestmark = pytest.mark.django_db


def look(code: str, person: Person | None = None, *, currency: str = "EUR", address: str = HOME) -> Worth:
    return looking.look(code, person=person, currency=currency, address=address)


def test_a_visitor_sees_what_is_left_and_nothing_is_taken() -> None:
    issued = a_batch(expires_at=clock.now() + timedelta(days=30))
    worth = look(f"https://store.example/redeem?code={codes.shown(issued.codes[0]).lower()}")
    assert (worth.amount, worth.shown, worth.is_promotional) == ("€10.00", codes.shown(issued.codes[0]), False)
    assert worth.expires_at == issued.batch.expires_at
    redeem(alice(), issued.codes[0], euros=4)
    assert look(issued.codes[0]).amount_micro == 6 * MICRO
    assert left(issued.batch) == (16 * MICRO, 16 * MICRO)


def test_what_cannot_be_redeemed_is_told_in_one_sentence_whatever_is_wrong() -> None:
    issued = a_batch(count=3)
    Voucher.objects.filter(place=2).update(frozen_at=clock.now())
    redeem(alice(), issued.codes[2])
    for code in ("0000", codes.code_of(7), issued.codes[1], issued.codes[2]):
        with pytest.raises(redeeming.NotRedeemable, match="This code cannot be redeemed"):
            look(code, Person.objects.filter(username="bob").first())
    with pytest.raises(redeeming.NotRedeemable):
        look(issued.codes[0], currency="USD")


def test_who_used_it_up_learns_that() -> None:
    person, issued = alice(), a_batch()
    redeem(person, issued.codes[0])
    with pytest.raises(redeeming.NotAnyMore, match="nothing is left"):
        look(issued.codes[0], person)


def test_of_a_promotion_she_had_one_of_says_so_and_a_visitor_sees_that_it_is_one() -> None:
    person, issued = bob(), a_batch(VoucherBatch.Kind.PROMOTIONAL)
    assert look(issued.codes[0]).is_promotional
    redeem(person, issued.codes[0])
    with pytest.raises(redeeming.OnePerPerson):
        look(issued.codes[1], person)


def test_a_network_cannot_guess_by_looking_and_keeps_no_other_from_it() -> None:
    code = a_batch().codes[0]
    for _ in range(guessing.MOST_OF_A_NETWORK):
        with pytest.raises(redeeming.NotRedeemable):
            look("0000")
    with pytest.raises(TooManyAttempts):
        look(code)
    assert look(code, address="198.51.100.1").amount_micro == 10 * MICRO
