"""The paper of an order is its buyer's alone, tax is shown before she pays, and she is asked once where she lives."""

import io
import re
from typing import Any

import pypdf
import pytest
from django.test import Client

from obbligato.people.models import Person
from obbligato.sales import refunding
from obbligato.sales.documents.models import Invoice, LocationEvidence
from obbligato.sales.models import Order
from tests.makers import alice, bob, signed_in
from tests.sales.documents.makers import BUYER, a_paid_order, an_order, selling
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return signed_in(alice("10"))


@pytest.fixture
def paid() -> Order:
    return a_paid_order(Person.objects.get(username="alice"), a_silent_release())


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def words(answer: Any) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


def filled_checkout(client: Client, **changed: str) -> dict[str, str]:
    """The checkout's form as a browser would send it."""
    text = page(client, "/checkout")
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    chosen = re.search(r'<option value="(\w\w)" selected', text)
    assert chosen is not None
    return {**found, "country": chosen[1], **changed}


def put_something_in(client: Client) -> None:
    client.post("/basket/bundles", {"release": a_silent_release().slug, "format": "mp3-320"})


class TestReceipt:
    def test_is_linked_and_shown(self, client: Client, paid: Order) -> None:
        assert f"/orders/{paid.number}/receipt" in page(client, f"/orders/{paid.number}")
        answer = client.get(f"/orders/{paid.number}/receipt")
        assert paid.total in words(answer)
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_of_another_or_of_an_unpaid_order_is_not_found(self, client: Client, paid: Order) -> None:
        poor = bob()
        other = signed_in(poor)
        assert other.get(f"/orders/{paid.number}/receipt").status_code == 404
        waiting = an_order(poor, a_silent_release())
        assert other.get(f"/orders/{waiting.number}/receipt").status_code == 404
        assert "receipt" not in page(other, f"/orders/{waiting.number}").lower()
        assert Client().get(f"/orders/{paid.number}/receipt").status_code == 302


class TestInvoice:
    def test_is_asked_for_by_a_form_and_then_linked(self, client: Client, paid: Order) -> None:
        address = f"/orders/{paid.number}/invoice"
        assert "Invoice for a business …" in page(client, f"/orders/{paid.number}")
        assert "VAT id" in page(client, address)
        with selling():
            shown = client.post(address, BUYER, follow=True).content.decode()
        made = Invoice.objects.get()
        assert f"Invoice {made.number} is ready." in shown
        assert f"{address}s/{made.number}" in shown
        assert "Kontor &amp; Söhne" not in shown
        assert "Kontor & Söhne" in words(client.get(f"{address}s/{made.number}"))
        assert signed_in(bob()).get(f"{address}s/{made.number}").status_code == 404
        assert client.get(f"{address}s/INV-2026-999999").status_code == 404

    def test_that_cannot_be_made_keeps_what_was_typed(self, client: Client, paid: Order) -> None:
        answer = client.post(f"/orders/{paid.number}/invoice", {**BUYER, "vat_id": "DE1<b>"})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "not a VAT id" in text
        assert 'value="DE1&lt;b&gt;"' in text
        assert "Hauptstr. 1\n10115 Berlin</textarea>" in text
        assert client.post(f"/orders/{paid.number}/invoice", BUYER).status_code == 409  # Nobody said who sells.
        assert not Invoice.objects.exists()


class TestRefund:
    def test_is_on_the_orders_page_and_in_the_wallet(self, client: Client, paid: Order) -> None:
        first = paid.lines.order_by("pk")[0]
        refunding.refund(paid, {first.pk: first.price_micro}, key="r", by="dana", reason="It <skips>.")
        text = page(client, f"/orders/{paid.number}")
        assert "It &lt;skips&gt;." in text
        assert "no longer yours" in text
        assert "Refund of an order" in page(client, "/wallet")
        refunding.refund(paid, refunding.left(paid), key="s", by="dana", reason="All.")
        text = page(client, f"/orders/{paid.number}")
        assert "Download" not in text
        assert "This order was given back" in text


class TestTax:
    def test_is_shown_in_basket_and_checkout_and_order(self, client: Client) -> None:
        put_something_in(client)
        assert "incl. 20 % VAT €" in page(client, "/basket")
        assert "incl. 20 % VAT €" in page(client, "/checkout")
        client.post("/orders", filled_checkout(client))
        assert "incl. 20 % VAT €" in page(client, f"/orders/{Order.objects.get().number}")

    def test_follows_the_country_chosen_at_checkout_and_is_shown_before_she_pays(self, client: Client) -> None:
        put_something_in(client)
        again = client.post("/orders", filled_checkout(client, country="FI"))
        assert again.headers["Location"] == "/checkout"
        assert not Order.objects.exists()
        text = page(client, "/checkout")
        assert "You buy from Finland." in text
        assert "incl. 25.5 % VAT €" in text
        client.post("/orders", filled_checkout(client))
        made = Order.objects.get()
        assert (made.country, made.tax_basis_points, made.paid_at is not None) == ("FI", 2_550, True)

    def test_none_is_taken_where_the_store_takes_none(self, client: Client, settings: Any) -> None:
        settings.TAX_MODE = "none"
        put_something_in(client)
        assert "without VAT" in page(client, "/checkout")


class TestWhereSheLives:
    def test_is_asked_once_where_the_connection_is_elsewhere(self, client: Client, settings: Any) -> None:
        settings.PROXIES, settings.COUNTRY_HEADER = 1, "X-Country"
        put_something_in(client)
        client.defaults["HTTP_X_COUNTRY"] = "DE"
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de-DE,de"
        assert "Your connection seems to come from Germany." in page(client, "/checkout")
        client.post("/orders", filled_checkout(client, time_zone="Europe/Berlin"))
        made = Order.objects.get()
        assert made.paid_at is not None
        kept = dict(LocationEvidence.objects.values_list("kind", "country"))
        assert kept == {"declared": "FR", "address": "DE", "time_zone": "DE", "language": "DE"}

    def test_is_not_asked_where_all_fits(self, client: Client) -> None:
        put_something_in(client)
        assert "seems to come from" not in page(client, "/checkout")
