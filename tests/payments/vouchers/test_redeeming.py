"""A code gives what it is worth, once, in parts or at once, and tells nobody else anything."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import KeyUsedOtherwise
from obbligato.ledger.audit import audit
from obbligato.payments.vouchers import codes, freezing, putting_back, redeeming
from obbligato.payments.vouchers.issuing import Issued
from obbligato.payments.vouchers.models import Redemption, Voucher, VoucherBatch
from obbligato.people.models import Person
from obbligato.people.throttle import TooManyAttempts, network_of
from obbligato.sales import wallets
from tests.makers import alice, bob
from tests.meanwhile import meanwhile
from tests.payments.vouchers.makers import KEY, a_batch, held, left, redeem, voucher

Kind = VoucherBatch.Kind


@pytest.mark.django_db
class TestRedeeming:
    def test_fills_the_wallet_once_per_key(self) -> None:
        person, issued = alice(), a_batch()
        first = redeem(person, issued.codes[0])
        assert redeem(person, codes.shown(issued.codes[0]).lower()) == first
        assert str(first) == f"€10.00 of …{issued.codes[0][-4:]} by alice"
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert left(issued.batch) == (10 * MICRO, 10 * MICRO)
        assert audit().is_clean

    def test_in_parts_gives_the_whole_and_no_more(self) -> None:
        person, issued = alice(), a_batch()
        amounts = [redeem(person, issued.codes[0], key=str(n), euros=4).amount_micro // MICRO for n in range(3)]
        assert amounts == [4, 4, 2]
        with pytest.raises(redeeming.NotAnyMore, match="nothing is left"):
            redeem(person, issued.codes[0], key="4", euros=4)
        assert wallets.balance(person, "EUR") == 10 * MICRO

    def test_under_one_key_is_of_one_code(self) -> None:
        person, issued = alice(), a_batch()
        redeem(person, issued.codes[0])
        with pytest.raises(KeyUsedOtherwise):
            redeem(person, issued.codes[1])

    @pytest.mark.parametrize("most_micro", [0, -MICRO, 1, 10**16, -(10**30)])
    def test_of_a_senseless_amount_is_refused_before_anything_is_counted(self, most_micro: int) -> None:
        person, issued = alice(), a_batch()
        for _ in range(30):
            with pytest.raises(redeeming.BadRedemption):
                redeem(person, issued.codes[0], most_micro=most_micro)
        assert left(issued.batch)[0] == 20 * MICRO

    def test_gives_no_bonus(self) -> None:
        person, issued = alice(), a_batch(Kind.PROMOTIONAL)
        redeem(person, issued.codes[0])
        assert (wallets.balance(person, "EUR"), held("bonus")) == (10 * MICRO, 0)


def no_voucher(issued: Issued) -> str:
    return codes.code_of(1)


def used_up(issued: Issued) -> str:
    redeem(bob(), issued.codes[0])
    return issued.codes[0]


def expired(issued: Issued) -> str:
    Voucher.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    return issued.codes[0]


def frozen(issued: Issued) -> str:
    freezing.freeze(voucher(issued), key="f", by="dana", reason="It was stolen.")
    return issued.codes[0]


def of_another_currency(issued: Issued) -> str:
    return a_batch(currency="USD", key="another key of a form").codes[0]


def mistyped(issued: Issued) -> str:
    code = issued.codes[0]
    return ("0" if code[0] != "0" else "1") + code[1:]


NO_GOOD = [no_voucher, used_up, expired, frozen, of_another_currency]


@pytest.mark.django_db
class TestNothingIsTold:
    @pytest.mark.parametrize("kind", [*NO_GOOD, mistyped, lambda _: "", lambda _: "\x00'"])
    def test_of_why_a_code_is_no_good(self, kind: Any) -> None:
        code = kind(a_batch())
        with pytest.raises(redeeming.NotRedeemable, match=f"^{redeeming.SENTENCE}$"):
            redeem(alice(), code)
        assert Redemption.objects.filter(person__username="alice").count() == 0

    def test_by_the_work_that_is_done(self) -> None:
        person = alice()
        asked = set()
        for number, kind in enumerate(NO_GOOD):
            Voucher.objects.update(expires_at=None)
            code = kind(a_batch(key=f"the key of batch number {number}"))
            with CaptureQueriesContext(connection) as queries, pytest.raises(redeeming.NotRedeemable):
                redeem(person, code, key=str(number))
            asked.add(len([one for one in queries if "SELECT" in one["sql"]]))
        assert len(asked) == 1

    def test_by_the_database_which_is_not_asked_about_a_mistyped_one(self) -> None:
        person, issued = alice(), a_batch()
        with CaptureQueriesContext(connection) as queries, pytest.raises(redeeming.NotRedeemable):
            redeem(person, mistyped(issued))
        assert not [one for one in queries if 'vouchers_voucher" WHERE' in one["sql"]]

    def test_except_what_is_left_to_whoever_redeemed_it_before(self) -> None:
        person, issued = alice(), a_batch()
        redeem(person, issued.codes[0], euros=4)
        freezing.freeze(voucher(issued), key="f", by="dana", reason="It was stolen.")
        with pytest.raises(redeeming.NotAnyMore, match=r"€6\.00 is left"):
            redeem(person, issued.codes[0], key="again")
        with pytest.raises(redeeming.NotRedeemable):
            redeem(bob(), issued.codes[0])

    def test_of_one_that_expired_between_page_and_click(self) -> None:
        person = alice()
        with clock.stopped(clock.now()):
            issued = a_batch(expires_at=clock.now() + timedelta(hours=1))
            clock.advance(timedelta(hours=1))
            with pytest.raises(redeeming.NotRedeemable):
                redeem(person, issued.codes[0])


@pytest.mark.django_db
class TestPromotions:
    def test_are_one_voucher_for_each_person_however_many_she_finds(self) -> None:
        person, issued = alice(), a_batch(Kind.PROMOTIONAL, count=3)
        first, second, third = issued.codes
        redeem(person, first, key="1", euros=4)
        redeem(person, first, key="2", euros=1)
        for code in (second, third):
            with pytest.raises(redeeming.OnePerPerson, match="each person can have one"):
                redeem(person, code, key=code)
        assert wallets.balance(person, "EUR") == 5 * MICRO
        redeem(bob(), second)

    def test_of_several_batches_and_what_was_paid_for_are_hers(self) -> None:
        person = alice()
        batches = [
            a_batch(kind, key=f"{KEY} {number}") for number, kind in enumerate([*[Kind.PROMOTIONAL] * 2, Kind.SOLD])
        ]
        for issued in batches:
            redeem(person, issued.codes[0], key=issued.codes[0])
        redeem(person, batches[2].codes[1], key="another that she bought")
        assert wallets.balance(person, "EUR") == 40 * MICRO

    def test_that_were_put_back_whole_leave_her_another(self) -> None:
        person, issued = alice(), a_batch(Kind.PROMOTIONAL)
        redeemed = redeem(person, issued.codes[0])
        for number, euros in enumerate((4, 6)):
            with pytest.raises(redeeming.OnePerPerson):
                redeem(person, issued.codes[1], key="other")
            words: dict[str, Any] = {"amount_micro": euros * MICRO, "by": "dana", "reason": "She asked."}
            putting_back.put_back(redeemed, key=str(number), **words)
        assert redeem(person, issued.codes[1], key="other").amount_micro == 10 * MICRO


def test_two_vouchers_of_a_promotion_at_the_same_moment_are_one(open_books: None) -> None:
    person, issued = alice(), a_batch(Kind.PROMOTIONAL, count=8)
    cache.clear()

    def take(code: str) -> int:
        try:
            return redeem(person, code, key=code).amount_micro
        except redeeming.OnePerPerson:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as clicks:
        assert sum(clicks.map(take, issued.codes)) == 10 * MICRO
    assert wallets.balance(person, "EUR") == 10 * MICRO


def guess(person: Person, address: str) -> None:
    with pytest.raises(redeeming.NotRedeemable):
        redeem(person, codes.code_of(7), address=address)


@pytest.mark.django_db
class TestGuessing:
    def test_is_slowed_down_for_a_person_wherever_she_is(self) -> None:
        person = alice()
        for number in range(10):
            guess(person, f"198.51.{number}.1")
        with pytest.raises(TooManyAttempts) as refused:
            redeem(person, a_batch().codes[0])
        assert refused.value.retry_after_seconds == 600

    def test_is_slowed_down_for_a_network_whoever_asks(self) -> None:
        for number in range(30):
            guess(Person.objects.create_user(f"guesser{number}"), f"2001:db8:7:{number}::1")
        with pytest.raises(TooManyAttempts):
            redeem(alice(), codes.code_of(7), address="2001:db8:7:ffff::9")
        guess(bob(), "2001:db8:8::1")

    def test_is_slowed_down_for_all_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("obbligato.payments.vouchers.guessing.MOST_OF_ALL", 3)
        for number in range(3):
            guess(Person.objects.create_user(f"guesser{number}"), f"198.51.{number}.1")
        with pytest.raises(TooManyAttempts):
            redeem(alice(), codes.code_of(7), address="203.0.113.1")

    def test_does_not_count_what_is_sent_twice(self) -> None:
        person, issued = alice(), a_batch()
        for _ in range(20):
            redeem(person, issued.codes[0])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_network_is_what_its_holder_does_not_choose(address: str, network: str) -> None:
    assert network_of(address) == network


def test_one_code_redeemed_by_thirty_two_at_once_gives_its_value_and_no_more(open_books: None) -> None:
    people = [Person.objects.create_user(f"p{number}") for number in range(32)]
    issued = a_batch(count=1)

    def take(person: Person) -> int:
        try:
            return redeem(person, issued.codes[0], euros=3, address=f"198.51.{person.pk % 250}.1").amount_micro // MICRO
        except redeeming.NotRedeemable:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(32) as clients:
        taken = sorted(clients.map(take, people))
    assert taken == [0] * 28 + [1, 3, 3, 3]
    assert left(issued.batch) == (0, 0)
    assert audit().is_clean


def test_a_double_click_at_the_same_moment_is_one_redemption(open_books: None) -> None:
    person, issued = alice(), a_batch(count=1)
    cache.clear()

    def click(_: int) -> int:
        try:
            return redeem(person, issued.codes[0], euros=3).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as clicks:
        assert len(set(clicks.map(click, range(8)))) == 1
    assert left(issued.batch) == (7 * MICRO, 7 * MICRO)


def test_a_second_click_just_before_the_first_is_done_gives_the_same_redemption(open_books: None) -> None:
    person, issued = alice(), a_batch(count=1)
    found = []
    with meanwhile(lambda: found.append(redeem(person, issued.codes[0], euros=3)), after="vouchers_redemption"):
        first = redeem(person, issued.codes[0], euros=3)
    assert found == [first]
    assert left(issued.batch) == (7 * MICRO, 7 * MICRO)
