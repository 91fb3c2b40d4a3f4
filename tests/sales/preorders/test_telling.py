"""Who ordered ahead is told by mail, once, what becomes of it; a guest is told where her link is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import cache

from obbligato.catalog.models import Release
from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence
from obbligato.people.models import Person
from obbligato.rights.models import Licence
from obbligato.sales import baskets, checkout
from obbligato.sales.guests import buying, joining, links, welcoming
from obbligato.sales.guests import telling as guest_mails
from obbligato.sales.guests.telling import TOLD_A_DAY
from obbligato.sales.models import Order, Purchase
from obbligato.sales.preorders import coming_out, holding, reclaiming, telling
from obbligato.sales.preorders.announcing import LATEST
from obbligato.sales.preorders.coming_out import come_out_due
from obbligato.sales.preorders.models import PreOrder
from obbligato.sales.preorders.telling import mail_of, tell_due
from tests.makers import alice, fill_wallet
from tests.people.mails.servers import put_in_place
from tests.sales.preorders.makers import DAY, MP3, NOON, a_release_to_come, announced, ordered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_store_that_sends_mail(settings: Any) -> Iterator[None]:
    settings.SENDS_MAIL = True
    with clock.stopped(NOON):
        yield


def told() -> tuple[str, str]:
    assert tell_due(10) == 1
    assert tell_due(10) == 0
    return mail.outbox[-1].subject, str(mail.outbox[-1].body)


def test_each_news_is_one_mail() -> None:
    release = a_release_to_come(tracks=2)
    order = ordered(alice("10"), release)
    subject, body = told()
    assert subject == "Your pre-order of “Three Small Pieces”"
    assert "comes out on 31 March 2026" in body
    assert f"{order.total} of your wallet is held" in body
    assert f"/orders/{order.number}" in body
    announced(release, days=31)
    assert told()[0] == "“Three Small Pieces” comes out on another day"
    Licence.objects.filter(recording__tracks__position=2).update(territories=["DE"])
    announced(release)
    mail.outbox.clear()
    clock.advance(DAY - clock.now())
    come_out_due(10)
    subject, body = told()
    assert subject == "“Three Small Pieces” is out, and yours"
    assert "€0.10 of what was held for it is back in your wallet." in body
    assert "“Piece 2” is not part of it" in body
    assert len(mail.outbox) == 1


def test_money_that_returned_is_told_with_its_reason() -> None:
    ordered(alice("10"), a_release_to_come(tracks=1))
    Licence.objects.update(territories=["DE"])
    clock.advance(DAY - clock.now())
    come_out_due(10)
    subject, body = told()
    assert subject == "Your money for “Three Small Pieces” is back"
    assert "It is not licensed for FR." in body


def test_what_is_not_part_of_it_is_told_in_her_language_with_her_amounts_and_days(settings: Any) -> None:
    settings.LANGUAGE_CODE = "ru"  # What upkeep would write amounts in.
    person = alice("10")
    ordered(person, a_release_to_come(tracks=3))
    Person.objects.update(language="fr")
    last = Licence.objects.filter(recording__tracks__position=1)
    last.update(valid_until=DAY.date())
    Licence.objects.filter(recording__tracks__position=2).update(territories=["DE"])
    clock.advance(DAY - clock.now())
    come_out_due(10)
    _, body = told()
    assert "Piece 1\u202f» n’en fait pas partie, et 0,10" in body
    assert "31 mars 2026" in body
    for english in ("not part", "returned", "licensed", "ended", "March", "€0.10"):
        assert english not in body


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (coming_out.WITHDRAWN, "Le label a retiré cette parution."),
        (coming_out.TOO_LATE, "90 jours"),
        (coming_out.OWNED, "Tout cela est déjà à vous."),
        (reclaiming.REASON, "banque"),
        (holding.CANCELLED, "annulé"),
    ],
)
def test_why_money_returned_is_told_in_her_language(reason: Sentence, said: str) -> None:
    order = ordered(alice("10"), a_release_to_come(tracks=1))
    Person.objects.update(language="fr")
    holding.give_back(order, reason=reason, news=PreOrder.News.BACK)
    _, body = told()
    assert said in body
    assert reason not in body


def test_it_is_the_wait_that_ends_a_pre_order_that_the_sentence_names() -> None:
    assert f"{LATEST.days} days" in coming_out.TOO_LATE


def test_who_cancels_herself_is_told_nothing_more() -> None:
    checkout.cancel(ordered(alice("10"), a_release_to_come(tracks=1)))
    assert tell_due(10) == 0


def test_a_guest_gets_her_link_at_once_and_on_the_day() -> None:
    release = a_release_to_come(tracks=1)
    basket = baskets.basket_with(None, None)
    baskets.add_release(basket, release, MP3)
    total = baskets.contents(basket).total_micro
    order = buying.buy(basket, "carol@example.org", expected_total_micro=total, country="FR", origin="192.0.2.1")
    fill_wallet(order.person, "10")
    checkout.complete_waiting_orders(order.person)
    _, body = told()
    assert mail.outbox[-1].to == ["carol@example.org"]
    assert "/guest/links/" in body
    assert f"{django_settings.SITE_URL}/guest\n" in body
    clock.advance(DAY - clock.now())
    come_out_due(10)
    assert tell_due(10) == 0
    assert guest_mails.tell_due(10) == 1
    assert Order.objects.get().state == "paid"


def a_guest_order(release: Release, address: str = "carol@example.org") -> Order:
    basket = baskets.basket_with(None, None)
    baskets.add_release(basket, release, MP3)
    total = baskets.contents(basket).total_micro
    return buying.buy(basket, address, expected_total_micro=total, country="FR", origin=address)


def test_a_guest_whose_link_ended_gets_another_and_can_cancel() -> None:
    order = a_guest_order(a_release_to_come(tracks=1))
    fill_wallet(order.person, "10")
    checkout.complete_waiting_orders(order.person)
    told()
    clock.advance(timedelta(days=8))
    guest_mails.ask("carol@example.org", "192.0.2.1")
    assert guest_mails.answer_due(10) == 1
    body = str(mail.outbox[-1].body)
    assert "Three Small Pieces" in body
    token = body.partition("/guest/links/")[2].split()[0]
    assert links.guest_with(token) == order.person.guest


def test_a_guest_who_sets_her_address_right_is_told_there() -> None:
    order = a_guest_order(a_release_to_come(tracks=1), "karol@example.org")
    fill_wallet(order.person, "10")
    checkout.complete_waiting_orders(order.person)
    told()
    welcoming.correct(order.person.guest, "carol@example.org")
    told()
    assert mail.outbox[-1].to == ["carol@example.org"]


def test_what_a_guest_was_given_stays_on_the_shelf_of_her_account_and_the_rest_joins_it() -> None:
    order = a_guest_order(a_release_to_come(tracks=2, given=1))
    fill_wallet(order.person, "10")
    checkout.complete_waiting_orders(order.person)
    person = alice()
    assert joining.put_on_shelf("carol@example.org", person) == 1
    clock.advance(DAY - clock.now())
    come_out_due(10)
    assert set(Purchase.objects.standing().values_list("person_id", flat=True)) == {person.pk}
    assert Purchase.objects.count() == 2


def test_what_costs_nothing_buries_nobody_in_mails() -> None:
    release = a_release_to_come(tracks=1, per_megabyte="0", minimum="0")
    for _ in range(TOLD_A_DAY):
        buying.checkout.pay_where_it_reaches(a_guest_order(release))
        tell_due(10)
        cache.clear()
    assert len(mail.outbox) == TOLD_A_DAY
    a_guest_order(release)
    assert tell_due(10) == 0


def test_nobody_is_written_to_without_an_address_or_a_server(settings: Any) -> None:
    ordered(alice("10"), a_release_to_come(tracks=1))
    Person.objects.update(email="")
    assert tell_due(10) == 0
    PreOrder.objects.update(news="held")
    settings.SENDS_MAIL = False
    assert tell_due(10) == 0
    assert PreOrder.objects.get().news == ""


def test_what_no_server_takes_is_told_later(settings: Any) -> None:
    order = ordered(alice("10"), a_release_to_come(tracks=1))
    server = put_in_place(settings)
    server.is_there = False
    assert tell_due(10) == 0
    assert mail_of(order) is not None
    server.is_there = True
    clock.advance(timedelta(minutes=5))
    assert tell_due(10) == 1
    assert mail_of(order) is None


def test_what_another_process_took_up_is_told_by_that_one() -> None:
    order = ordered(alice("10"), a_release_to_come(tracks=1))
    stale = PreOrder.objects.get()
    assert tell_due(10) == 1
    telling._take_up(stale, PreOrder.News.HELD)
    assert mail_of(order) is None
