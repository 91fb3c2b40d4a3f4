"""A stranger becomes an owner, by the pages alone: each test walks through the shop as a browser without scripts."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from obbligato.catalog.models import Release
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel import clock
from obbligato.payments import rails
from obbligato.payments.models import Attempt
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.models import Basket, Order
from obbligato.sales.quoting import format_named
from tests.makers import a_release, alice, bob, fill_wallet
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return response.content.decode()


def put_in_basket(client: Client, slug: str, format_name: str = "mp3-320") -> None:
    response = client.post("/basket/bundles", {"release": slug, "format": format_name})
    assert response.headers["Location"] == "/basket"


def checkout_form(client: Client, **more: str) -> dict[str, str]:
    page = page_of(client, "/checkout")
    names = ("basket", "expected_total_micro", "key")
    return {name: field(page, name) for name in names} | {"country": "FR"} | more


def test_a_stranger_signs_up_tops_up_and_owns_what_was_in_the_basket(client: Client) -> None:
    release = a_silent_release()
    put_in_basket(client, release.slug)
    assert client.get("/checkout").status_code == 302
    sign_up = {"email": "alice@example.org", "username": "alice", "password1": "felt-hammer-42", "next": "/checkout"}
    assert client.post("/account/signup/", sign_up).headers["Location"] == "/checkout"

    sent = client.post("/orders", checkout_form(client, method="card"))
    bank = sent.headers["Location"]
    assert bank.startswith("/sandbox/")
    assert "no real money" in page_of(client, bank)
    challenge = client.post(f"{bank}/decision", {"outcome": "challenge"})
    assert challenge.headers["Location"] == bank
    assert "Is it really you?" in page_of(client, bank)
    back = client.post(f"{bank}/decision", {"outcome": "challenge_passed"}).headers["Location"]
    assert "is paid now" in page_of(client, back)
    assert f"/library/{release.slug}/download?format=mp3-320" in page_of(client, Order.objects.get().get_absolute_url())
    assert "Nocturnes" in page_of(client, "/library")
    assert client.get("/library.zip").headers["Location"].startswith("/delivery/libraries/")
    assert client.get("/library.zip?format=wav").status_code == 409
    assert "Nothing is in it yet" in page_of(client, "/basket")
    assert "You own this" in page_of(client, release.get_absolute_url())


def test_paying_from_the_wallet_needs_no_way_of_paying(client: Client) -> None:
    client.force_login(alice("10"))
    put_in_basket(client, a_silent_release().slug)
    paid = client.post("/orders", checkout_form(client), follow=True).content.decode()
    assert "Thank you. It is yours." in paid
    assert "Purchase" in page_of(client, "/wallet")


def test_a_double_click_on_pay_is_one_order(client: Client) -> None:
    client.force_login(alice("10"))
    put_in_basket(client, a_silent_release().slug)
    form = checkout_form(client)
    first, second = client.post("/orders", form), client.post("/orders", form)
    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


def test_a_double_click_on_top_up_is_one_attempt(client: Client) -> None:
    client.force_login(alice())
    form = {"key": field(page_of(client, "/wallet"), "key"), "amount": "10.00", "method": "card"}
    first, second = client.post("/wallet/top-ups", form), client.post("/wallet/top-ups", form)
    assert first.headers["Location"] == second.headers["Location"]
    assert Attempt.objects.count() == 1


def test_another_amount_wins_over_a_preset(client: Client) -> None:
    client.force_login(alice())
    client.post("/wallet/top-ups", {"key": "k", "amount": "10.00", "other_amount": "7,50", "method": "card"})
    assert Attempt.objects.get().amount_micro == 7_500_000


@pytest.mark.parametrize("amount", ["", "0", "-5", "x", "1e9", "0.001", "NaN"])
def test_an_amount_that_is_none_is_refused_in_a_sentence(client: Client, amount: str) -> None:
    client.force_login(alice())
    response = client.post("/wallet/top-ups", {"key": "k", "amount": amount, "method": "card"})
    assert response.status_code == 422
    assert "This cannot be done" in response.content.decode()


def test_a_declined_card_is_told_kindly_and_the_order_waits(client: Client) -> None:
    client.force_login(alice())
    put_in_basket(client, a_silent_release().slug)
    bank = client.post("/orders", checkout_form(client, method="card")).headers["Location"]
    back = client.post(f"{bank}/decision", {"outcome": "decline"}).headers["Location"]
    page = page_of(client, back)
    assert "It was not paid" in page
    assert "The card was declined." in page
    order = Order.objects.get()
    assert order.is_waiting
    assert "This order waits" in page_of(client, order.get_absolute_url())


def test_where_nothing_carries_the_payment_the_order_is_kept(client: Client) -> None:
    client.force_login(alice())
    put_in_basket(client, a_silent_release().slug)
    form = checkout_form(client, method="card")
    rails.block("sandbox", reason="The account was closed.", by="dana")
    page = client.post("/orders", form, follow=True).content.decode()
    assert "What you chose waits for you" in page
    assert "This order waits" in page
    assert "There is no way to top up a wallet just now" in page
    assert "Card: not possible at the moment" in page
    assert Order.objects.get().is_waiting


def test_with_no_way_of_paying_at_all_an_order_can_be_placed_and_waits(client: Client) -> None:
    client.force_login(alice())
    put_in_basket(client, a_silent_release().slug)
    rails.block("sandbox", reason="The account was closed.", by="dana")
    assert "it waits for its money" in page_of(client, "/checkout")
    page = client.post("/orders", checkout_form(client, waiting="1"), follow=True).content.decode()
    assert "This order waits" in page
    assert "it waits for its money" not in page


def test_payments_under_way_are_told_before_another_is_begun(client: Client) -> None:
    client.force_login(alice())
    put_in_basket(client, a_silent_release().slug)
    client.post("/orders", checkout_form(client, method="card"))
    page = page_of(client, Order.objects.get().get_absolute_url())
    assert "A payment is under way already" in page
    assert f"/wallet/top-ups/{Attempt.objects.get().number}" in page


def test_a_late_answer_completes_the_order_when_its_page_looks_again(client: Client) -> None:
    client.force_login(alice())
    put_in_basket(client, a_silent_release().slug)
    bank = client.post("/orders", checkout_form(client, method="card")).headers["Location"]
    back = client.post(f"{bank}/decision", {"outcome": "delay"}).headers["Location"]
    waiting = page_of(client, back)
    assert 'http-equiv="refresh"' in waiting
    assert "One moment" in waiting
    with clock.stopped(clock.now() + timedelta(minutes=1)):
        assert "Thank you" in page_of(client, Order.objects.get().get_absolute_url())


def test_money_that_came_another_way_pays_a_waiting_order(client: Client) -> None:
    person = alice()
    client.force_login(person)
    order = _waiting_order(client)
    fill_wallet(person, "10")
    assert "Thank you" in page_of(client, order.get_absolute_url())


def test_a_waiting_order_can_be_cancelled(client: Client) -> None:
    client.force_login(alice())
    order = _waiting_order(client)
    cancelled = client.post(f"{order.get_absolute_url()}/cancellation", follow=True).content.decode()
    assert "Order cancelled" in cancelled


def test_expired_quotes_are_confirmed_anew(client: Client) -> None:
    client.force_login(alice("10"))
    put_in_basket(client, a_silent_release().slug)
    form = checkout_form(client)
    with clock.stopped(clock.now() + timedelta(days=3)):
        assert client.post("/orders", form).status_code == 410
        assert "older than they are honoured for" in page_of(client, "/basket")
        assert "older than they are honoured for" in page_of(client, "/checkout")
        client.post("/basket/quotes")
        assert "Go to checkout" in page_of(client, "/basket")
        assert "Thank you" in client.post("/orders", checkout_form(client), follow=True).content.decode()


def test_a_session_that_ended_over_a_form_leads_back_to_the_form(client: Client) -> None:
    for act, page in (("/orders", "/checkout"), ("/wallet/top-ups", "/wallet"), ("/orders/1/payment", "/orders/1")):
        assert client.post(act, {}).headers["Location"] == page
    for act, page in (("/wallet/top-ups", "/wallet"), ("/orders/1/payment", "/orders/1")):
        assert client.get(act).headers["Location"] == page


def test_who_types_the_address_of_orders_finds_hers_in_the_wallet(client: Client) -> None:
    assert client.get("/orders").headers["Location"] == "/wallet#orders"


def test_only_who_buys_is_told_that_buying_needs_an_account(client: Client) -> None:
    assert "Your basket is empty" in page_of(client, "/checkout")
    assert "you need an account" not in client.get("/orders", follow=True).content.decode()
    put_in_basket(client, a_silent_release().slug)
    assert "you need an account" in client.get("/checkout", follow=True).content.decode()


def test_a_field_does_not_say_its_label_twice(client: Client) -> None:
    for page in ("/account/login/", "/account/signup/", "/account/password/reset/"):
        form = page_of(client, page).partition("<main")[2]
        assert "placeholder" not in form


def test_a_total_that_changed_meanwhile_is_not_charged(client: Client) -> None:
    client.force_login(alice("10"))
    put_in_basket(client, a_silent_release().slug)
    form = checkout_form(client) | {"expected_total_micro": "1"}
    assert client.post("/orders", form).status_code == 409
    assert not Order.objects.exists()


def test_another_persons_basket_cannot_be_ordered(client: Client) -> None:
    client.force_login(alice("10"))
    put_in_basket(client, a_silent_release().slug)
    form = checkout_form(client)
    other = Client()
    other.force_login(bob("10"))
    assert other.post("/orders", form).status_code == 422
    assert not Order.objects.exists()


def test_single_tracks_come_and_go(client: Client) -> None:
    release = a_silent_release()
    assert release.edition
    track = tracks_of(release.edition)[1]
    added = client.post("/basket/bundles", {"track": track.pk, "format": "flac"})
    assert added.headers["Location"] == f"{release.get_absolute_url()}?format=flac"
    assert track.title in page_of(client, "/basket")
    bundle = Basket.objects.get().lines.get().bundle
    client.post(f"/basket/bundles/{bundle}/removal")
    assert "Nothing is in it yet" in page_of(client, "/basket")


def test_a_track_added_live_answers_with_a_fragment_and_the_new_count(client: Client) -> None:
    release = a_silent_release()
    assert release.edition
    form = {"track": tracks_of(release.edition)[0].pk, "format": "flac"}
    fragment = client.post("/basket/bundles", form, headers={"HX-Request": "true"}).content.decode()
    assert "In your basket" in fragment
    assert 'id="basket-count" hx-swap-oob="true"' in fragment


def test_an_owner_fetches_tracks_and_the_whole_release(client: Client) -> None:
    release = _bought(client, alice("10"))
    assert release.edition
    shelf = f"/library/{release.slug}"
    assert "free for you" in page_of(client, shelf)
    track = tracks_of(release.edition)[0]
    link = client.get(f"{shelf}/tracks/{track.pk}?format=mp3-320")
    assert link.headers["Location"].startswith("/delivery/copies/")
    whole = client.get(f"{shelf}/download?format=mp3-320")
    assert whole.headers["Location"].startswith("/delivery/releases/")


def test_a_bounded_format_is_waited_for_and_then_given(client: Client) -> None:
    release = _bought(client, alice("10"))
    address = f"/library/{release.slug}/download?codec=opus&quality=64"
    first = client.get(address)
    assert first.status_code == 302 or "Encoding from the master" in first.content.decode()
    fragment = page_of(client, f"/library/{release.slug}/readiness?format=opus-64")
    assert "<html" not in fragment
    assert "data-start" in fragment or "<progress" in fragment


def test_a_larger_format_asks_for_the_difference_first(client: Client) -> None:
    release = _bought(client, alice("10"))
    assert "Put the difference in the basket" in page_of(client, f"/library/{release.slug}?format=wav")
    refused = client.get(f"/library/{release.slug}/download?format=wav")
    assert refused.status_code == 409
    put_in_basket(client, release.slug, "wav")
    assert "WAV" in page_of(client, "/basket")


def test_another_persons_library_is_not_found(client: Client) -> None:
    release = _bought(client, alice("10"))
    other = Client()
    other.force_login(bob())
    assert other.get(f"/library/{release.slug}").status_code == 404
    assert other.get(f"/library/{release.slug}/download?format=mp3-320").status_code == 404


def _waiting_order(client: Client) -> Order:
    put_in_basket(client, a_silent_release().slug)
    client.post("/orders", checkout_form(client, method="card"))
    return Order.objects.get()


def _bought(client: Client, person: Person) -> Release:
    client.force_login(person)
    release = a_release()
    put_in_basket(client, release.slug)
    client.post("/orders", checkout_form(client))
    return release


def test_the_difference_is_for_what_she_owns_and_not_for_the_whole_release(client: Client) -> None:
    person = alice("10")
    release = a_release(minimum="0.01")
    basket = baskets.basket_with(None, person)
    baskets.add_track(basket, release.edition.tracks.get(position=1), format_named("mp3-64"))
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    client.force_login(person)
    assert client.post(f"/library/{release.slug}/difference", {"format": "wav"}).url == "/basket"
    held = baskets.contents(baskets.basket_with(client.session["basket"], person))
    assert [len(bundle.lines) for bundle in held.bundles] == [1]
    assert held.total_micro > 0


def test_a_name_of_sixty_thousand_letters_is_refused_with_a_sentence(client: Client) -> None:
    page = client.post("/account/login/", {"login": "a" * 60_000, "password": "x"})
    assert page.status_code == 200
    assert "longer than any name" in page.content.decode()


def test_the_back_office_signs_in_through_the_same_door(client: Client) -> None:
    assert client.get("/desk/", follow=True).redirect_chain[-1][0].startswith("/account/login/")
