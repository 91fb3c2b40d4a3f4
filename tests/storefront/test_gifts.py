"""A gift from the basket to the library of somebody else, by pages alone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from obbligato.kernel import clock
from obbligato.sales.gifts import giving
from obbligato.sales.models import Order, Purchase
from tests.makers import a_release, alice, bob, signed_in
from tests.people.mails.servers import put_in_place, refuses

pytestmark = pytest.mark.django_db


def bought_by(client: Client, slug: str) -> str:
    """The address of the paid gift's page."""
    client.post("/basket/bundles?gift=1", {"release": slug, "format": "flac"})
    page = client.get("/checkout").content.decode()
    form = dict(re.findall(r'name="(basket|expected_total_micro|key|seen_country)" value="([^"]*)"', page))
    words = {"gift_email": "carol@example.org", "gift_from": "Alice <b>", "gift_message": "Enjoy."}
    return str(client.post("/orders", {**form, **words, "country": "FR"}).headers["Location"])


def link_on(page: str) -> str:
    found = re.search(r"/gifts/[0-9a-f]+/[0-9a-f]+", page)
    assert found
    return found[0]


def test_a_gift_is_bought_handed_on_and_taken() -> None:
    release, buyer = a_release(), signed_in(alice("5"))
    page = buyer.get(bought_by(buyer, release.slug)).content.decode()
    assert "It is a gift" in page
    link = link_on(page)
    stranger = Client().get(link)
    assert stranger.headers["Referrer-Policy"] == "same-origin"  # With none, a browser's form would name no origin.
    assert "Sign up and take it" in stranger.content.decode()
    assert "Alice &lt;b&gt; gives this away" in stranger.content.decode()
    taker = signed_in(bob())
    assert taker.post(f"{link}/taking").headers["Location"] == "/library"
    assert "This gift is yours" in taker.get(link).content.decode()
    assert "It was taken" in buyer.get(f"/orders/{Order.objects.get().number}").content.decode()
    assert "This gift was taken" in Client().get(link).content.decode()
    assert Purchase.objects.filter(person__username="bob").count() == 3


def test_a_buyer_is_told_that_the_mail_was_refused_and_hands_on_the_link(settings: Any) -> None:
    buyer = signed_in(alice("5"))
    address = bought_by(buyer, a_release().slug)
    assert "it is being sent to carol@example.org" in buyer.get(address).content.decode()
    server = put_in_place(settings)
    server.answers = [refuses(450), refuses(550, b"No <such> user")]
    giving.tell_due(9)
    assert "it is being sent to carol@example.org" in buyer.get(address).content.decode()
    with clock.stopped(clock.now() + timedelta(minutes=5)):
        giving.tell_due(9)
    page = buyer.get(address).content.decode()
    assert "The mail to <strong>carol@example.org</strong> was refused. Please hand on this link yourself." in page
    assert "Its mail server says: 550 No &lt;such&gt; user" in page
    assert 'data-copy="http' in page
    assert "sent to" not in page
    assert link_on(page)


def test_a_buyer_may_keep_it_and_an_order_that_is_none_is_no_gift() -> None:
    release, person = a_release(), alice("5")
    buyer = signed_in(person)
    address = bought_by(buyer, release.slug)
    assert buyer.post(f"{address}/keeping").status_code == 302
    assert Purchase.objects.filter(person=person).count() == 3
    Order.objects.update(is_gift=False)
    assert buyer.post(f"{address}/keeping").status_code == 404
    assert signed_in(bob()).post(f"{address}/keeping").status_code == 404


def test_a_basket_becomes_a_gift_and_none_again() -> None:
    release, buyer = a_release(), signed_in(alice())
    buyer.post("/basket/bundles", {"release": release.slug, "format": "flac"})
    buyer.post("/basket/gift", {"is_gift": "1"})
    assert "This is a gift:" in buyer.get("/basket").content.decode()
    buyer.post("/basket/gift", {"is_gift": "0"})
    assert "This is a gift for somebody" in buyer.get("/basket").content.decode()
    assert Client().post("/basket/gift", {"is_gift": "1"}).status_code == 302


def test_a_wrong_address_is_refused_before_anything_is_bought() -> None:
    release, buyer = a_release(), signed_in(alice("5"))
    buyer.post("/basket/bundles?gift=1", {"release": release.slug, "format": "flac"})
    page = buyer.get("/checkout").content.decode()
    form = dict(re.findall(r'name="(basket|expected_total_micro|key|seen_country)" value="([^"]*)"', page))
    assert buyer.post("/orders", {**form, "country": "FR", "gift_email": "nobody"}).status_code == 422
    assert not Order.objects.exists()
    assert buyer.get("/gifts/0000/1111").status_code == 404
