"""Whoever gives an e-mail address alone buys like anyone, comes back by a link, and learns of nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments.vouchers.models import VoucherBatch
from obbligato.payments.vouchers.redeeming import NotRedeemable
from obbligato.people.models import Person
from obbligato.people.throttle import TooManyAttempts
from obbligato.sales import baskets, checkout, refunding, wallets
from obbligato.sales.gifts import giving
from obbligato.sales.guests import buying, claiming, joining, links, telling, welcoming
from obbligato.sales.guests.models import Guest, Notice
from obbligato.sales.guests.redeeming import OnlyWithAccount, redeem_as_guest
from obbligato.sales.guests.taking import take_as_guest
from obbligato.sales.models import Order
from tests.makers import a_release, alice, bob, fill_wallet
from tests.payments.vouchers.makers import a_batch
from tests.sales.guests.makers import CAROL, HOME, a_basket, ordered, owned, paid_guest

pytestmark = pytest.mark.django_db
PASSWORD = "felt-hammer-42"


class TestBuying:
    def test_makes_a_person_without_a_password_whose_order_waits_for_money(self) -> None:
        order = ordered(a_basket(a_release()))
        person, guest = order.person, order.person.guest
        assert (person.email, person.country, person.has_usable_password()) == ("", "FR", False)
        assert str(guest) == f"guest {guest.number}, {CAROL}"
        assert (order.is_waiting, owned(person)) == (True, 0)
        assert str(guest.notices.get()) == f"notice to {guest}"

    def test_is_paid_from_her_wallet_whenever_the_money_comes(self) -> None:
        order = ordered(a_basket(a_release()))
        with clock.stopped(order.created_at + timedelta(days=9)):
            fill_wallet(order.person, "5")
            upkeep.round_of_upkeep()
            assert owned(order.person) == 3
            assert [sent.to for sent in mail.outbox] == [[CAROL]]
        assert wallets.balance(order.person, "EUR") == 5 * MICRO - order.total_micro
        assert audit().is_clean

    def test_by_an_address_that_has_an_account_goes_on_all_the_same(self) -> None:
        known = alice("5")
        order = ordered(a_basket(a_release()), known.email)
        assert order.person != known
        assert (owned(known), wallets.balance(known, "EUR")) == (0, 5 * MICRO)

    def test_twice_by_one_address_makes_two_people_who_see_nothing_of_each_other(self) -> None:
        release = a_release()
        first, second = paid_guest(release), paid_guest(release)
        assert first.person != second.person
        assert (owned(first.person), owned(second.person)) == (3, 3)

    def test_by_two_clicks_is_one_order(self) -> None:
        basket = a_basket(a_release())
        first = ordered(basket)
        assert ordered(basket, CAROL.upper().replace("EXAMPLE.ORG", "Example.org")) == first
        assert (Order.objects.count(), Guest.objects.count()) == (1, 1)

    def test_of_a_basket_that_was_bought_gives_it_to_nobody_later_or_by_another_address(self) -> None:
        basket = a_basket(a_release())
        order = ordered(basket)
        with pytest.raises(checkout.NoSuchOrder):
            ordered(basket, "mallory@example.org")
        with clock.stopped(clock.now() + timedelta(minutes=11)), pytest.raises(checkout.NoSuchOrder):
            ordered(basket)
        Guest.objects.update(proven_at=clock.now())
        with pytest.raises(checkout.NoSuchOrder):
            ordered(basket)
        assert Order.objects.get() == order

    def test_of_somebodys_basket_that_was_bought_gives_nothing_away(self) -> None:
        person, release = alice("5"), a_release()
        basket = a_basket(release)
        checkout.buy(basket, person, expected_total_micro=baskets.contents(basket).total_micro, country="FR")
        with pytest.raises(checkout.NoSuchOrder):
            ordered(basket, person.email)

    def test_that_is_refused_leaves_no_guest(self) -> None:
        basket = a_basket(a_release())
        with pytest.raises(checkout.TotalChanged):
            ordered(basket, expected_total_micro=1)
        assert not Guest.objects.exists()
        assert not Person.objects.exists()

    @pytest.mark.parametrize(
        "text", ["", "carol", "carol@", "a b@example.org", "c@example.org\nBcc: x@y.org", "é" * 300]
    )
    def test_needs_an_address(self, text: str) -> None:
        with pytest.raises(welcoming.BadAddress):
            ordered(a_basket(a_release()), text)
        assert not Guest.objects.exists()

    def test_needs_an_address_that_a_mail_can_have(self) -> None:
        long = f"c@{'.'.join(['a' * 60] * 4)}.example.org"
        with pytest.raises(welcoming.BadAddress, match="254"):
            welcoming.address_typed(long)
        assert welcoming.address_typed(" Carol@EXAMPLE.org ") == "Carol@example.org"

    def test_a_thousand_times_from_one_network_is_stopped_early(self) -> None:
        basket = a_basket(a_release())
        made = 0
        for number in range(1_000):
            try:
                welcoming.count_visitor(HOME)
            except TooManyAttempts:
                continue
            welcoming.welcome(f"guest{number}@example.org", "FR")
            made += 1
        assert made == Guest.objects.count() == 20
        with pytest.raises(TooManyAttempts):
            ordered(basket)
        assert ordered(basket, origin="network 198.51.100.0/24").is_waiting

    def test_a_second_time_in_one_session_is_told_too(self) -> None:
        guest = paid_guest(a_release())
        order = Order.objects.get()
        buying.expect(guest, order)
        assert Notice.objects.count() == 1

    def test_can_be_refunded_like_any_other(self) -> None:
        guest = paid_guest(a_release())
        order = Order.objects.get()
        amounts = refunding.left(order)
        refunding.refund(order, amounts, key="r", by="dana", reason="She asked.")
        assert wallets.balance(guest.person, "EUR") == 5 * MICRO
        assert owned(guest.person) == 0


class TestLinks:
    def test_open_what_is_the_guests_until_their_week_is_over(self) -> None:
        guest = paid_guest(a_release())
        token = links.token_for(guest)
        assert links.guest_with(token) == guest
        assert links.follow(token).proven_at is not None
        proven_at = Guest.objects.get().proven_at
        assert links.follow(token).proven_at == proven_at
        with clock.stopped(clock.now() + links.LIFETIME), pytest.raises(links.LinkEnded):
            links.follow(token)

    def test_of_which_a_part_was_changed_open_nothing(self) -> None:
        guest, other = paid_guest(a_release()), welcoming.welcome("mallory@example.org", "FR")
        token, others = links.token_for(guest), links.token_for(other)
        body, _, proof = others.rpartition(".")
        for wrong in (
            token[:-1],
            f"{token}x",
            token.replace(guest.number, other.number),
            f"{body.replace(other.number, guest.number)}.{proof}",
            f"{token.split('-')[0]}-1-99999999999.{proof}",
            "",
            "x",
            "a.b",
            "\x00",
        ):
            with pytest.raises(links.LinkEnded):
                links.guest_with(wrong)

    def test_of_who_is_no_longer_active_open_nothing(self) -> None:
        guest = paid_guest(a_release())
        Person.objects.filter(pk=guest.person_id).update(is_active=False)
        with pytest.raises(links.LinkEnded):
            links.guest_with(links.token_for(guest))


class TestCorrectingTheAddress:
    def test_is_done_once_ends_the_link_that_went_astray_and_tells_anew(self) -> None:
        guest = paid_guest(a_release(), "carrol@example.org")
        telling.tell_due(10)
        astray = links.token_for(guest)
        assert welcoming.correct(guest, CAROL).may_correct is False
        with pytest.raises(links.LinkEnded):
            links.guest_with(astray)
        telling.tell_due(10)
        assert [sent.to[0] for sent in mail.outbox] == ["carrol@example.org", CAROL]
        assert welcoming.correct(guest, CAROL).address == CAROL
        with pytest.raises(welcoming.NotToBeCorrected):
            welcoming.correct(guest, "third@example.org")

    def test_is_too_late_once_the_link_was_followed(self) -> None:
        guest = paid_guest(a_release())
        links.follow(links.token_for(guest))
        with pytest.raises(welcoming.NotToBeCorrected):
            welcoming.correct(guest, "mallory@example.org")


class TestChoosingAPassword:
    def test_makes_an_account_with_all_that_was_bought_for_the_address(self) -> None:
        release = a_release()
        guest, other = paid_guest(release), paid_guest(a_release("Others", upc="9780201379624"))
        token = links.token_for(guest)
        person = claiming.choose_password(links.follow(token), PASSWORD)
        assert (person.username, person.email) == (CAROL, CAROL)
        assert (owned(person), owned(other.person)) == (6, 0)
        assert claiming.choose_password(guest, PASSWORD) == person
        assert Client().login(username=CAROL, password=PASSWORD)
        for dead in (token, links.token_for(Guest.objects.get(pk=guest.pk))):
            with pytest.raises(links.LinkEnded):
                links.guest_with(dead)

    def test_needs_proof_of_the_address(self) -> None:
        with pytest.raises(claiming.NotProven):
            claiming.choose_password(paid_guest(a_release()), PASSWORD)
        guest = Guest.objects.get()
        guest.claimed_at = clock.now()
        with pytest.raises(IntegrityError), transaction.atomic():
            guest.save()

    def test_is_refused_where_the_address_has_an_account(self) -> None:
        person = alice()
        guest = links.follow(links.token_for(paid_guest(a_release(), person.email)))
        with pytest.raises(claiming.HasAccount):
            claiming.choose_password(guest, PASSWORD)
        assert joining.put_on_shelf(guest.address, person) == 3
        assert joining.put_on_shelf(guest.address, person) == 0
        assert owned(person) == 3
        assert audit().is_clean

    def test_keeps_the_name_where_somebody_has_that_of_the_address(self) -> None:
        Person.objects.create_user(CAROL)
        guest = links.follow(links.token_for(paid_guest(a_release())))
        assert claiming.choose_password(guest, PASSWORD).username == f"guest-{guest.number}"

    @pytest.mark.parametrize("password", ["", "12345678", "short"])
    def test_is_refused_with_one_that_is_easy_to_guess(self, password: str) -> None:
        guest = links.follow(links.token_for(paid_guest(a_release())))
        with pytest.raises(claiming.BadPassword):
            claiming.choose_password(guest, password)
        assert Person.objects.get().email == ""


class TestRedeemingAsAGuest:
    def redeemed(self, code: str, email: str = CAROL) -> tuple[Guest, Any]:
        return redeem_as_guest(code, email, currency="EUR", country="FR", origin=HOME, address="192.0.2.1")

    def test_fills_the_wallet_of_a_new_guest(self) -> None:
        guest, redeemed = self.redeemed(a_batch().codes[0])
        assert redeemed.amount_micro == wallets.balance(guest.person, "EUR") == 10 * MICRO
        assert telling.tell_due(10) == 1

    def test_of_a_promotion_needs_an_account(self) -> None:
        with pytest.raises(OnlyWithAccount):
            self.redeemed(a_batch(VoucherBatch.Kind.PROMOTIONAL).codes[0])
        assert not Guest.objects.exists()

    def test_of_no_code_or_by_no_address_makes_no_guest(self) -> None:
        with pytest.raises(NotRedeemable):
            self.redeemed("0000")
        with pytest.raises(welcoming.BadAddress):
            self.redeemed(a_batch().codes[0], "carol")
        assert not Guest.objects.exists()


def test_a_gift_is_taken_by_an_address_alone_once() -> None:
    basket = a_basket(a_release())
    baskets.make_gift(basket, is_gift=True)
    order = ordered(basket)
    with pytest.raises(giving.NotToBeTaken):
        take_as_guest(order.gift, "bob@example.org", country="FR", origin=HOME)
    assert Guest.objects.count() == 1
    fill_wallet(order.person, "5")
    checkout.pay(order)
    guest = take_as_guest(order.gift, "bob@example.org", country="FR", origin=HOME)
    assert (owned(guest.person), owned(order.person)) == (3, 0)


def test_what_was_put_onto_a_shelf_belongs_to_it_for_ever() -> None:
    release, person = a_release(), bob()
    guest = paid_guest(release)
    joining.put_on_shelf(guest.address, person)
    order = Order.objects.get()
    refunding.refund(order, refunding.left(order), key="r", by="dana", reason="She asked.")
    assert (owned(person), wallets.balance(guest.person, "EUR")) == (0, 5 * MICRO)
