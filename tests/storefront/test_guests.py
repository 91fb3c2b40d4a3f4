"""A visitor buys by an e-mail address, from the basket to her library and back, and nobody learns of anybody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales import baskets
from obbligato.sales import checkout as sales_checkout
from obbligato.sales.guests import links, telling
from obbligato.sales.guests.models import Guest, LinkRequest
from obbligato.sales.models import Order, Purchase
from obbligato.sales.preorders import telling as preorder_mails
from tests.makers import alice, bob, fill_wallet
from tests.payments.vouchers.makers import a_batch
from tests.people.mails.servers import put_in_place, refuses
from tests.sales.guests.makers import CAROL, a_basket, ordered, owned, paid_guest
from tests.sales.preorders.makers import NOON, a_release_to_come
from tests.sales.preorders.test_telling import a_guest_order
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import field, page_of, put_in_basket

pytestmark = pytest.mark.django_db
PASSWORD = "felt-hammer-42"


@pytest.fixture(autouse=True)
def _a_store_that_sends_mail(settings: Any) -> None:
    settings.SENDS_MAIL = True


def form_of(client: Client, **more: str) -> dict[str, str]:
    page = page_of(client, "/checkout")
    names = ("basket", "expected_total_micro", "key", "seen_country")
    return {name: field(page, name) for name in names} | {"country": "FR", "email": CAROL, "method": "card"} | more


def pay(client: Client, slug: str, outcome: str = "approve", **more: str) -> Order:
    """Buy it by card as a guest."""
    put_in_basket(client, slug)
    bank = client.post("/guest/orders", form_of(client, **more)).headers["Location"]
    back = client.post(f"{bank}/decision", {"outcome": outcome}).headers["Location"]
    page_of(client, back)
    return Order.objects.latest("pk")


def link_in_mail() -> str:
    found = re.search(r"/guest/links/\S+", str(mail.outbox[-1].body))
    assert found
    return found[0]


class TestARefusedMail:
    def test_is_told_with_what_to_do(self, client: Client, settings: Any) -> None:
        order = pay(client, a_silent_release().slug)
        server = put_in_place(settings)
        server.answers = [refuses()]
        telling.tell_due(9)
        said = f"The mail to <strong>{CAROL}</strong> was refused. Please give another address"
        for address in (order.get_absolute_url(), "/guest"):
            page = page_of(client, address)
            assert said in page
            assert "Its mail server says: 550 No such user here" in page
            assert "The link in your mail" not in page
        client.post("/guest/address", {"email": "caroline@example.org"})
        assert "was refused" not in page_of(client, "/guest")
        server.answers = [refuses()]
        telling.tell_due(9)
        page = page_of(client, order.get_absolute_url())
        assert "open in this browser alone; please fetch it now." in page
        assert "The right address" not in page

    def test_about_a_pre_order_is_told_too(self, client: Client, settings: Any) -> None:
        put_in_place(settings).answers = [refuses()]
        with clock.stopped(NOON):
            order = a_guest_order(a_release_to_come(tracks=1), CAROL)
            fill_wallet(order.person, "10")
            sales_checkout.complete_waiting_orders(order.person)
            preorder_mails.tell_due(9)
            client.force_login(order.person)
            session = client.session
            session["guest"] = order.person.guest.number
            session.save()
            assert "was refused" in page_of(client, order.get_absolute_url())


class TestBuying:
    def test_takes_two_steps_and_the_mail_opens_the_library_elsewhere(self, client: Client) -> None:
        release = a_silent_release()
        order = pay(client, release.slug)
        page = page_of(client, order.get_absolute_url())
        assert "Thank you. It is yours." in page
        assert CAROL in page
        assert f"/library/{release.slug}/download" in page
        assert client.get(f"/orders/{order.number}/receipt").status_code == 200
        upkeep.round_of_upkeep()
        elsewhere = Client()
        shown = elsewhere.get(link_in_mail())
        assert shown.headers["Referrer-Policy"] == "same-origin"  # With none, a browser's form would name no origin.
        assert "no-store" in shown.headers["Cache-Control"]
        assert elsewhere.get("/library").status_code == 302, "a link opens nothing before its button is pressed"
        assert elsewhere.post(f"{link_in_mail()}/opening").headers["Location"] == "/library"
        assert "Nocturnes" in page_of(elsewhere, "/library")
        assert elsewhere.get(f"/library/{release.slug}/download?format=mp3-320").status_code in {200, 302}

    def test_is_not_offered_where_no_mail_is_sent_and_that_is_said(self, client: Client, settings: Any) -> None:
        settings.SENDS_MAIL = False
        put_in_basket(client, a_silent_release().slug)
        assert "this store sends no mails" in client.get("/checkout", follow=True).content.decode()
        assert client.post("/guest/orders", {}).headers["Location"] == "/checkout"
        assert "This store sends no mails" in page_of(client, "/guest")

    def test_with_a_wrong_address_says_so_beside_the_field_and_keeps_the_rest(self, client: Client) -> None:
        put_in_basket(client, a_silent_release().slug)
        answer = client.post("/guest/orders", form_of(client, email="carol@"))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'href="#email"' in page
        assert 'value="carol@"' in page
        assert 'aria-invalid="true"' in page
        assert not Guest.objects.exists()

    def test_from_another_country_shows_its_tax_first(self, client: Client) -> None:
        put_in_basket(client, a_silent_release().slug)
        page = client.post("/guest/orders", form_of(client, country="DE", seen_country="FR")).content.decode()
        assert "You buy from Germany" in page
        assert f'value="{CAROL}"' in page
        assert not Order.objects.exists()

    def test_of_nothing_is_refused_and_a_signed_in_buyer_is_led_to_her_checkout(self, client: Client) -> None:
        assert client.post("/guest/orders", {"country": "FR", "email": CAROL}).status_code == 422
        assert "Your basket is empty" in page_of(client, "/checkout")
        client.force_login(alice())
        assert client.post("/guest/orders", {}).headers["Location"] == "/checkout"
        assert 'name="email"' not in page_of(client, "/checkout")

    def test_that_is_declined_keeps_the_order_and_another_way_pays_it(self, client: Client) -> None:
        order = pay(client, a_silent_release().slug, outcome="decline")
        page = page_of(client, order.get_absolute_url())
        assert "This order waits" in page
        assert "As soon as it is paid" in page
        fill_wallet(order.person, "10")
        client.post(f"/orders/{order.number}/payment", {})
        assert owned(order.person) == 3

    def test_by_a_double_click_is_one_order_also_where_the_second_has_the_old_session(self, client: Client) -> None:
        put_in_basket(client, a_silent_release().slug)
        form = form_of(client)
        second = Client()
        client.post("/guest/orders", form)
        second.post("/guest/orders", form)
        assert Order.objects.count() == 1

    def test_again_in_the_same_session_is_told_by_mail_as_well(self, client: Client) -> None:
        first = pay(client, a_silent_release().slug)
        put_in_basket(client, a_silent_release(title="Others").slug)
        fill_wallet(first.person, "10")
        form = {name: value for name, value in form_of(client).items() if name != "method"}
        client.post("/orders", form)
        upkeep.round_of_upkeep()
        assert ["Others" in str(sent.body) for sent in mail.outbox] == [False, True]

    def test_of_a_gift_gives_the_link_to_hand_on(self, client: Client) -> None:
        release = a_silent_release()
        client.post("/basket/bundles?gift=1", {"release": release.slug, "format": "mp3-320"})
        bank = client.post("/guest/orders", form_of(client, gift_from="Carol")).headers["Location"]
        client.post(f"{bank}/decision", {"outcome": "approve"})
        upkeep.round_of_upkeep()
        order = Order.objects.get()
        page = page_of(client, order.get_absolute_url())
        assert "It is a gift" in page
        assert f"/gifts/{order.gift.number}" in page

    def test_gives_the_browser_another_session_so_that_none_can_be_foisted_on_her(self, client: Client) -> None:
        put_in_basket(client, a_silent_release().slug)
        before = client.session.session_key
        client.post("/guest/orders", form_of(client))
        assert client.session.session_key != before
        thief = Client()
        thief.cookies["sessionid"] = before
        assert thief.get("/wallet").status_code == 302

    def test_shows_the_same_to_who_types_a_known_address_and_an_unknown_one(self) -> None:
        person, release = alice("5"), a_silent_release()
        pages = []
        for address in (person.email, "nobody@example.org"):
            visitor = Client()
            order = pay(visitor, release.slug, email=address)
            page = page_of(visitor, order.get_absolute_url())
            for own in (address, order.number, order.person.guest.number, visitor.cookies["csrftoken"].value):
                page = page.replace(own, "…")
            pages.append(re.sub(r'value="[^"]{40,}"|\d\d:\d\d', "", page))
        assert pages[0] == pages[1]
        assert owned(person) == 0

    def test_from_one_network_ends_at_a_number(self, client: Client) -> None:
        put_in_basket(client, a_silent_release().slug)
        form = form_of(client, email="x")
        for _ in range(25):
            client.post("/guest/orders", form)
        form = form_of(client)
        for number in range(20):
            Client().post("/guest/orders", {**form, "email": f"m{number}@example.org"})
        assert client.post("/guest/orders", form).status_code == 429
        assert Guest.objects.count() == 1


class TestLinks:
    def test_that_are_anothers_altered_used_or_old_open_nothing(self, client: Client) -> None:
        guest = paid_guest(a_silent_release())
        token = links.token_for(guest)
        for wrong in (token[:-2], f"{token}0", token.replace("-1-", "-2-"), "x"):
            assert client.get(f"/guest/links/{wrong}").status_code == 410
            assert client.post(f"/guest/links/{wrong}/opening").status_code == 410
        with clock.stopped(clock.now() + timedelta(days=8)):
            answer = client.post(f"/guest/links/{token}/opening")
            assert answer.status_code == 410
            assert "Please ask for a new one" in answer.content.decode()
        assert client.get("/library").status_code == 302

    def test_end_when_a_password_is_chosen(self, client: Client) -> None:
        token = links.token_for(paid_guest(a_silent_release()))
        client.post(f"/guest/links/{token}/opening")
        assert "Choose a password" in page_of(client, "/guest")
        page = client.post("/guest/password", {"password": "12345678"})
        assert page.status_code == 422
        assert 'href="#password"' in page.content.decode()
        assert client.post("/guest/password", {"password": PASSWORD}).headers["Location"] == "/library"
        assert "Nocturnes" in page_of(client, "/library")
        assert f"Signed in as</span> {CAROL}" in page_of(client, "/library") or CAROL in page_of(client, "/library")
        assert client.get("/account/password/change/").status_code == 200
        assert Client().post(f"/guest/links/{token}/opening").status_code == 410
        assert Client().login(username=CAROL, password=PASSWORD)

    def test_put_it_onto_the_shelf_of_who_is_signed_in(self, client: Client) -> None:
        person, release = alice(), a_silent_release()
        guest = paid_guest(release, person.email)
        address = f"/guest/links/{links.token_for(guest)}"
        assert Client().post(f"{address}/shelving").headers["Location"] == address
        client.force_login(person)
        assert "Put it on the shelf of alice" in page_of(client, address)
        answer = client.post(f"{address}/shelving", follow=True)
        assert "3 tracks more stand on your shelf" in answer.content.decode()
        assert Purchase.objects.filter(person=person).count() == 3
        buyer = Client()
        buyer.post(f"{address}/opening")
        order = Order.objects.get()
        assert "This stands on the shelf of an account" in page_of(buyer, order.get_absolute_url())

    def test_of_another_address_are_put_onto_no_guests_shelf(self, client: Client) -> None:
        release = a_silent_release()
        mine, hers = paid_guest(release, "mallory@example.org"), paid_guest(release)
        client.post(f"/guest/links/{links.token_for(mine)}/opening")
        answer = client.post(f"/guest/links/{links.token_for(hers)}/shelving")
        assert answer.status_code == 403
        assert owned(mine.person) == 3

    def test_are_asked_for_with_one_answer_for_every_address_and_the_same_work(self, client: Client) -> None:
        alice()
        paid_guest(a_silent_release())
        answers, work = set(), set()
        for address in (CAROL, "alice@example.org", "nobody@example.org"):
            with CaptureQueriesContext(connection) as asked:
                answer = client.post("/guest/links", {"email": address})
            work.add(
                tuple(one["sql"].split()[0] for one in asked if "LinkRequest" in one["sql"] or "guest" in one["sql"])
            )
            answers.add((answer.status_code, answer.headers["Location"], page_of(client, "/guest").count("on its way")))
        assert len(work) == 1
        assert answers == {(302, "/guest", 1)}
        assert LinkRequest.objects.count() == 3
        wrong = client.post("/guest/links", {"email": "carol@"})
        assert (wrong.status_code, 'href="#email"' in wrong.content.decode()) == (422, True)


class TestWhoTypedAnothersAddress:
    def test_never_gets_a_password_for_it_and_is_out_once_its_owner_acts(self, client: Client) -> None:
        order = pay(client, a_silent_release().slug)
        token = links.token_for(order.person.guest)
        assert client.post("/guest/password", {"password": PASSWORD}).status_code == 403
        owner = Client()
        owner.post(f"/guest/links/{token}/opening")
        assert client.post("/guest/password", {"password": PASSWORD}).status_code == 403
        assert client.get("/library").status_code == 200, "he keeps looking at what he paid for"
        assert client.post("/guest/address", {"email": "mallory@example.org"}).status_code == 409
        put_in_basket(owner, a_silent_release(title="Others").slug)
        assert client.get("/library").status_code == 302
        assert owner.get("/library").status_code == 200

    def test_corrects_a_slip_once(self, client: Client) -> None:
        order = pay(client, a_silent_release().slug, email="carrol@example.org")
        page = page_of(client, order.get_absolute_url())
        assert "The address is wrong" in page
        wrong = client.post("/guest/address", {"email": "c@"})
        assert wrong.status_code == 422
        moved = client.post("/guest/address", {"email": CAROL, "next": order.get_absolute_url()})
        assert moved.headers["Location"] == order.get_absolute_url()
        assert "The address is wrong" not in page_of(client, "/guest")
        assert client.post("/guest/address", {"email": "third@example.org"}).status_code == 409
        other = Client()
        assert other.post("/guest/address", {"email": "m@example.org"}).headers["Location"] == "/guest"
        other.force_login(bob())
        assert other.post("/guest/address", {"email": "m@example.org"}).headers["Location"] == "/guest"
        assert other.post("/guest/password", {"password": PASSWORD}).status_code == 403


def test_a_guest_has_no_account_pages_and_buys_no_gift_card(client: Client) -> None:
    pay(client, a_silent_release().slug)
    for page in ("email/", "password/set/", "password/change/", "login/", "signup/", "reauthenticate/"):
        assert client.get(f"/account/{page}").headers["Location"] == "/guest"
    assert client.post("/account/password/set/", {"password1": PASSWORD}).headers["Location"] == "/guest"
    assert client.post("/wallet/gift-cards/purchases", {"key": "k", "amount": "1"}).status_code == 403
    assert client.get("/account/logout/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/library").status_code == 302
    assert "Send me a new link" in page_of(client, "/guest")
    assert Person.objects.filter(email=CAROL).count() == 0


class TestRedeeming:
    def test_shows_what_a_code_is_worth_before_a_visitor_redeems_it_by_her_address(self, client: Client) -> None:
        code = a_batch().codes[0]
        page = page_of(client, f"/redeem?code={code}")
        assert f'value="{code}"' in page
        shown = client.post("/redeem", {"code": code}).content.decode()
        assert "This code is worth €10.00" in shown
        wrong = client.post("/redeem/guest", {"code": code, "email": "carol@"})
        assert wrong.status_code == 422
        assert 'href="#email"' in wrong.content.decode()
        page = client.post("/redeem/guest", {"code": code, "email": CAROL}, follow=True).content.decode()
        assert "€10.00 is in your wallet." in page
        assert client.post("/redeem/guest", {"code": code, "email": CAROL}).headers["Location"] == "/redeem"
        upkeep.round_of_upkeep()
        assert [sent.to for sent in mail.outbox] == [[CAROL]]

    def test_is_not_offered_by_an_address_where_no_mail_is_sent(self, client: Client, settings: Any) -> None:
        settings.SENDS_MAIL = False
        code = a_batch().codes[0]
        assert "Or without an account" not in client.post("/redeem", {"code": code}).content.decode()
        assert client.post("/redeem/guest", {"code": code, "email": CAROL}).headers["Location"] == "/redeem"

    def test_of_a_code_that_is_no_good_says_so_beside_the_field(self, client: Client) -> None:
        answer = client.post("/redeem", {"code": "0000"})
        assert answer.status_code == 404
        assert 'href="#code"' in answer.content.decode()


class TestTakingAGift:
    def link(self) -> str:
        basket = a_basket(a_silent_release())
        baskets.make_gift(basket, is_gift=True)
        order = ordered(basket)
        fill_wallet(order.person, "10")
        sales_checkout.pay(order)
        return f"/gifts/{order.gift.number}/{order.gift.proof}"

    def test_needs_an_address_and_no_account(self, client: Client) -> None:
        link = self.link()
        assert "Take it for this address" in page_of(client, link)
        wrong = client.post(f"{link}/guest", {"email": "carol@"})
        assert (wrong.status_code, 'href="#email"' in wrong.content.decode()) == (422, True)
        assert client.post(f"{link}/guest", {"email": "bob@example.org"}).headers["Location"] == "/library"
        assert "Nocturnes" in page_of(client, "/library")
        assert client.post(f"{link}/guest", {"email": "bob@example.org"}).headers["Location"] == link
        assert Client().post(f"{link}/guest", {"email": "mallory@example.org"}).status_code == 409
        assert Guest.objects.filter(address="mallory@example.org").count() == 0
        upkeep.round_of_upkeep()
        assert "waits for you" in str(mail.outbox[-1].body)

    def test_is_not_offered_where_no_mail_is_sent(self, client: Client, settings: Any) -> None:
        link, settings.SENDS_MAIL = self.link(), False
        assert "Take it for this address" not in page_of(client, link)
        assert client.post(f"{link}/guest", {"email": CAROL}).headers["Location"] == link
