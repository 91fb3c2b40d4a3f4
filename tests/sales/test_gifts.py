"""What is bought for somebody else is nobody's until it is taken, and then for ever; nobody is told twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from obbligato.catalog.models import Release
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, refunding, wallets
from obbligato.sales.gifts import giving
from obbligato.sales.gifts.models import Gift
from obbligato.sales.models import Order, Purchase
from obbligato.sales.quoting import format_named
from tests.makers import a_release, alice, bob, fill_wallet
from tests.people.mails.servers import put_in_place

pytestmark = pytest.mark.django_db
FLAC = format_named("flac")
WORDS = giving.Words("carol@example.org", "Alice", "For your birthday.\nEnjoy.")


def given(person: Person, release: Release, words: giving.Words = WORDS) -> Gift:
    """A gift of all of it."""
    basket = baskets.basket_with(None, person)
    baskets.make_gift(basket, is_gift=True)
    baskets.add_release(basket, release, FLAC)
    total_micro = baskets.contents(basket).total_micro
    return checkout.buy(basket, person, expected_total_micro=total_micro, country="FR", gift=words).gift


def owned(person: Person) -> int:
    return Purchase.objects.standing().filter(person=person).count()


class TestTaking:
    def test_makes_all_of_it_the_takers_and_nothing_the_buyers(self) -> None:
        buyer, taker = alice("5"), bob()
        gift = given(buyer, a_release())
        assert (owned(buyer), owned(taker)) == (0, 0)
        assert giving.take(gift, taker).taken_by == taker
        assert (owned(buyer), owned(taker)) == (0, 3)
        assert wallets.balance(buyer, "EUR") == 5 * MICRO - gift.order.total_micro
        assert audit().is_clean

    def test_is_done_once(self) -> None:
        gift, taker = given(alice("5"), a_release()), bob()
        giving.take(gift, taker)
        giving.take(gift, taker)
        with pytest.raises(giving.NotToBeTaken, match="already"):
            giving.take(gift, Person.objects.create_user("carol"))
        assert owned(taker) == 3

    def test_may_be_done_by_who_bought_it(self) -> None:
        buyer = alice("5")
        giving.take(given(buyer, a_release()), buyer)
        assert owned(buyer) == 3

    def test_waits_for_the_money(self) -> None:
        buyer = alice()
        gift = given(buyer, a_release())
        with pytest.raises(giving.NotToBeTaken, match="not paid"):
            giving.take(gift, bob())
        fill_wallet(buyer, "5")
        checkout.complete_waiting_orders(buyer)
        assert giving.take(gift, Person.objects.get(username="bob")).taken_at is not None

    def test_of_what_was_given_back_is_too_late(self) -> None:
        gift = given(alice("5"), a_release())
        amounts = {line.pk: line.price_micro for line in gift.order.lines.all()}
        refunding.refund(gift.order, amounts, key="k", by="dana", reason="She asked.")
        with pytest.raises(giving.NotToBeTaken):
            giving.take(gift, bob())

    def test_leaves_a_row_that_names_who_and_when(self) -> None:
        gift = given(alice("5"), a_release())
        with pytest.raises(IntegrityError), transaction.atomic():
            Gift.objects.update(taken_at=clock.now())
        assert "whoever takes it" in str(Purchase.objects.first())
        assert str(gift) == f"gift {gift.number}"


class TestWhatSheOwnsHerself:
    def test_does_not_make_a_gift_cheaper(self) -> None:
        buyer, release = alice("9"), a_release()
        basket = baskets.basket_with(None, buyer)
        baskets.add_release(basket, release, FLAC)
        total_micro = baskets.contents(basket).total_micro
        checkout.buy(basket, buyer, expected_total_micro=total_micro, country="FR")
        assert given(buyer, release).order.total_micro == total_micro

    def test_counts_again_when_it_is_for_herself_after_all(self) -> None:
        buyer, release = alice("9"), a_release()
        giving.take(given(buyer, release), buyer)
        basket = baskets.basket_with(None, buyer)
        baskets.make_gift(basket, is_gift=True)
        baskets.add_release(basket, release, FLAC)
        assert baskets.make_gift(basket, is_gift=True).count == 1
        assert baskets.make_gift(basket, is_gift=False).count == 0

    def test_does_not_stop_a_gift_that_waited(self) -> None:
        buyer, release = alice(), a_release()
        waiting = given(buyer, release).order
        fill_wallet(buyer, "9")
        basket = baskets.basket_with(None, buyer)
        baskets.add_release(basket, release, FLAC)
        total_micro = baskets.contents(basket).total_micro
        checkout.buy(basket, buyer, expected_total_micro=total_micro, country="FR")
        assert checkout.pay(waiting).paid_at is not None


class TestLink:
    def test_leads_to_its_gift_alone(self) -> None:
        gift = given(alice("5"), a_release())
        assert giving.gift_with(gift.number, gift.proof) == gift
        for number, proof in ((gift.number, "0" * 32), (gift.number, ""), ("x" * 99, gift.proof)):
            with pytest.raises(giving.NoSuchGift):
                giving.gift_with(number, proof)


class TestWords:
    def test_may_be_left_out(self) -> None:
        assert giving.words(" ", "", "") == giving.Words()

    @pytest.mark.parametrize(
        "said",
        [
            ("nobody", "", ""),
            ("a@example.org\nBcc: b@example.org", "", ""),
            (f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org", "", ""),
            ("", "x" * 81, ""),
            ("", "", "x" * 501),
        ],
    )
    def test_that_make_no_sense_are_refused(self, said: tuple[str, str, str]) -> None:
        with pytest.raises(giving.BadGift):
            giving.words(*said)

    def test_of_a_name_are_one_line(self) -> None:
        assert giving.words("", " Alice \n\t A. ", "").from_name == "Alice A."


class TestTelling:
    def test_is_done_once_with_the_link(self) -> None:
        gift = given(alice("5"), a_release())
        assert (giving.tell_due(9), giving.tell_due(9)) == (1, 0)
        (letter,) = mail.outbox
        assert letter.to == ["carol@example.org"]
        assert "Alice gives you “Three Small Pieces”.\n\nFor your birthday.\nEnjoy." in letter.body
        assert f"/gifts/{gift.number}/{gift.proof}" in letter.body

    def test_is_not_done_where_there_is_nobody_to_tell_or_nothing_to_take(self) -> None:
        release = a_release()
        given(alice(), release)
        giving.take(given(bob("9"), release), Person.objects.get(username="bob"))
        given(Person.objects.get(username="bob"), release, giving.Words())
        assert giving.tell_due(9) == 0

    def test_is_tried_again_where_the_mail_server_is_not_there(self, settings: Any) -> None:
        gift = given(alice("5"), a_release(), giving.Words("carol@example.org"))
        server = put_in_place(settings)
        server.is_there = False
        assert giving.tell_due(9) == 0
        assert giving.mail_of(gift) is not None
        server.is_there = True
        with clock.stopped(clock.now() + timedelta(minutes=5)):
            assert giving.tell_due(9) == 1
        assert "Somebody gives you" in str(server.taken[0].body)
        assert giving.mail_of(gift) is None

    def test_says_nothing_any_more_of_what_was_taken_meanwhile(self, settings: Any) -> None:
        gift = given(alice("5"), a_release())
        server = put_in_place(settings)
        server.is_there = False
        giving.tell_due(9)
        giving.take(gift, bob())
        server.is_there = True
        with clock.stopped(clock.now() + timedelta(minutes=5)):
            assert giving.tell_due(9) == 0
        assert (server.taken, giving.mail_of(gift)) == ([], None)

    def test_is_bounded_by_the_day_and_keeps_no_other_buyer_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        buyer, release = alice("9"), a_release()
        monkeypatch.setattr(giving, "TOLD_A_DAY", 2)
        with clock.stopped(clock.now()):
            for _ in range(3):
                given(buyer, release)
            assert giving.tell_due(9) == 2
            given(bob("5"), release)
            assert giving.tell_due(1) == 1
            assert giving.tell_due(9) == 0
            clock.advance(timedelta(hours=25))
            assert giving.tell_due(9) == 1

    def test_by_two_processes_at_once_is_one_mail(self) -> None:
        gift = given(alice("5"), a_release())
        Gift.objects.update(told_at=clock.now())
        giving._take_up(gift)
        assert giving.mail_of(gift) is None


def test_a_gift_is_an_order_like_any_other_in_the_books() -> None:
    gift = given(alice("5"), a_release())
    order = Order.objects.get(gift=gift)
    assert order.is_gift
    assert order.paid_at is not None
    assert order.lines.filter(purchase__person__isnull=True).count() == 3


def test_a_gift_is_told_in_the_language_of_who_gives_it() -> None:
    given(alice("5"), a_release())
    Person.objects.filter(username="alice").update(language="fr")
    giving.tell_due(9)
    (letter,) = mail.outbox
    assert letter.subject == "De la musique pour vous, chez Obbligato"
    assert "Alice vous offre «\u202fThree Small Pieces\u202f».\n\nFor your birthday." in letter.body
