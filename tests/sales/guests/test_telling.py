"""A guest is told by mail where her music is, once, and whoever asks for links learns nothing from the answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.people.throttle import TooManyAttempts
from obbligato.sales import baskets, checkout
from obbligato.sales.guests import links, telling, welcoming
from obbligato.sales.guests.models import LinkRequest, Notice
from tests.makers import a_release, alice, fill_wallet
from tests.meanwhile import meanwhile
from tests.people.mails.servers import put_in_place, refuses
from tests.sales.guests.makers import CAROL, HOME, a_basket, ordered, paid_guest

pytestmark = pytest.mark.django_db


class TestTelling:
    def test_says_what_was_bought_once_and_only_when_it_is_paid(self) -> None:
        order = ordered(a_basket(a_release()))
        assert telling.tell_due(10) == 0
        fill_wallet(order.person, "5")
        checkout.pay(order)
        assert (telling.tell_due(10), telling.tell_due(10)) == (1, 0)
        (sent,) = mail.outbox
        assert "Three Small Pieces" in str(sent.body)
        assert "It is a gift" not in str(sent.body)
        token = str(sent.body).partition("/guest/links/")[2].split()[0]
        assert links.guest_with(token) == order.person.guest

    def test_of_a_gift_says_so(self) -> None:
        basket = a_basket(a_release())
        baskets.make_gift(basket, is_gift=True)
        order = ordered(basket)
        fill_wallet(order.person, "5")
        checkout.pay(order)
        telling.tell_due(10)
        assert "It is a gift" in str(mail.outbox[0].body)

    def test_is_tried_again_where_the_server_was_away(self, settings: Any) -> None:
        guest = paid_guest(a_release())
        server = put_in_place(settings)
        server.is_there = False
        assert telling.tell_due(10) == 0
        server.is_there = True
        with clock.stopped(clock.now() + timedelta(minutes=5)):
            assert telling.tell_due(10) == 1
        assert telling.mail_of(guest) is None

    def test_is_given_up_where_the_address_is_refused_until_it_is_set_right(self, settings: Any) -> None:
        guest = paid_guest(a_release())
        server = put_in_place(settings)
        server.answers = [refuses()]
        assert (telling.tell_due(10), telling.tell_due(10)) == (0, 0)
        refused = telling.mail_of(guest)
        assert refused is not None
        assert refused.said == "550 No such user here"
        welcoming.correct(guest, "caroline@example.org")
        assert telling.tell_due(10) == 1
        assert (server.taken[0].to, telling.mail_of(guest)) == (["caroline@example.org"], None)

    def test_of_a_guest_who_is_gone_says_nothing(self) -> None:
        guest = paid_guest(a_release())
        telling._take_up(guest.notices.get())
        guest.notices.all().delete()
        assert (telling.tell_due(10), telling.mail_of(guest)) == (0, None)

    def test_buries_nobody_in_mails(self) -> None:
        guest = paid_guest(a_release())
        for _ in range(25):
            Notice.objects.create(guest=guest)
        assert telling.tell_due(100) == 20
        with clock.stopped(clock.now() + timedelta(hours=25)):
            assert telling.tell_due(100) == 6


class TestAskingForLinks:
    def test_sends_one_for_each_time_something_was_bought_and_ends_the_older_ones(self) -> None:
        release = a_release()
        guests = [paid_guest(release), paid_guest(release)]
        welcoming.welcome(CAROL, "FR")  # Who never paid is not told of.
        telling.tell_due(10)
        old = [links.token_for(guest) for guest in guests]
        mail.outbox.clear()
        telling.ask(CAROL.upper(), HOME)
        assert (telling.answer_due(10), telling.answer_due(10)) == (1, 0)
        (sent,) = mail.outbox
        found = [line.strip().rpartition("/")[2] for line in str(sent.body).splitlines() if "/guest/links/" in line]
        assert {links.guest_with(token) for token in found} == set(guests)
        for token in old:
            with pytest.raises(links.LinkEnded):
                links.guest_with(token)

    def test_does_the_same_for_every_address_and_looks_nobody_up(self, django_assert_num_queries: Any) -> None:
        alice()
        paid_guest(a_release())
        for address in (CAROL, "alice@example.org", "nobody@example.org"):
            with django_assert_num_queries(1):
                telling.ask(address, HOME)
        telling.tell_due(10)
        mail.outbox.clear()
        telling.answer_due(10)
        assert [sent.to for sent in mail.outbox] == [[CAROL]]
        assert str(LinkRequest.objects.first()) == f"links for {CAROL}"

    def test_of_who_has_a_wallet_only_is_answered_too(self) -> None:
        guest = welcoming.welcome(CAROL, "FR")
        Notice.objects.create(guest=guest)
        telling.tell_due(10)
        assert "waits for you" in str(mail.outbox[0].body)
        telling.ask(CAROL, HOME)
        assert telling.answer_due(10) == 1

    def test_too_often_is_refused_by_network_and_left_unanswered_by_address(self) -> None:
        paid_guest(a_release())
        telling.tell_due(10)
        for number in range(12):
            telling.ask(CAROL, f"network {number}")
        assert telling.answer_due(100) == 5
        for _ in range(10):
            telling.ask("nobody@example.org", HOME)
        with pytest.raises(TooManyAttempts):
            telling.ask(CAROL, HOME)
        with clock.stopped(clock.now() + timedelta(hours=25)):
            telling.answer_due(100)
            assert LinkRequest.objects.filter(address=CAROL).count() == 0

    def test_is_tried_again_where_the_server_was_away_even_for_days(self, settings: Any) -> None:
        paid_guest(a_release())
        telling.tell_due(10)
        telling.ask(CAROL, HOME)
        server = put_in_place(settings)
        server.is_there = False
        assert telling.answer_due(10) == 0
        server.is_there = True
        with clock.stopped(clock.now() + timedelta(days=3)):
            assert telling.answer_due(10) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("open_books")
class TestTwoProcesses:
    def test_tell_once(self) -> None:
        paid_guest(a_release())
        with meanwhile(lambda: telling.tell_due(10), after='FROM "guests_notice"', count=2):
            telling.tell_due(10)
        assert len(mail.outbox) == 1

    def test_answer_once(self) -> None:
        paid_guest(a_release())
        telling.tell_due(10)
        telling.ask(CAROL, HOME)
        with meanwhile(lambda: telling.answer_due(10), after='FROM "guests_linkrequest"', count=2):
            telling.answer_due(10)
        assert len(mail.outbox) == 2


class TestLanguage:
    def test_a_guest_is_written_to_in_the_language_in_which_she_bought(self) -> None:
        guest = paid_guest(a_release())
        Person.objects.filter(pk=guest.person_id).update(language="fr")
        telling.tell_due(10)
        (sent,) = mail.outbox
        assert sent.subject == "Votre musique de Obbligato"
        assert "Ceci est payé, et à vous pour toujours" in str(sent.body)
        assert f"valable {links.LIFETIME.days} jours" in str(sent.body)

    def test_new_links_too(self) -> None:
        guest = paid_guest(a_release())
        telling.tell_due(10)
        Person.objects.filter(pk=guest.person_id).update(language="ru")
        telling.ask(CAROL, HOME)
        telling.answer_due(10)
        assert "Ссылки из прежних писем больше не действуют" in str(mail.outbox[-1].body)
