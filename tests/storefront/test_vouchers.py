"""A buyer redeems codes, gives cards away, sees her bonus and has unused money back, by the pages alone."""

import html
import re
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from obbligato.kernel.money import MICRO
from obbligato.payments import registry, sandbox_desk, top_ups
from obbligato.payments.contract import RefundFact
from obbligato.payments.models import Refund, SandboxCharge
from obbligato.payments.vouchers import bonuses
from obbligato.payments.vouchers.models import Redemption, Voucher
from obbligato.people.models import Person
from obbligato.sales import wallets
from obbligato.sales.models import Order
from tests.makers import alice, bob, fill_wallet
from tests.payments.fakes import Saying, captured
from tests.payments.vouchers.makers import KEY, a_batch, paid, spend
from tests.storefront.makers import a_silent_release
from tests.storefront.signing_in import sign_in
from tests.storefront.test_journeys import checkout_form, field, page_of, put_in_basket

pytestmark = pytest.mark.django_db
SHOWN = re.compile(r'class="code">([^<]*)<')


def redeem(client: Client, code: str, **more: str) -> Any:
    return client.post("/redeem/redemptions", {"key": "k", "code": code, **more}, follow=True)


class TestRedeeming:
    def test_from_the_wallet_says_what_came_and_what_is_left(self, client: Client) -> None:
        person = alice()
        client.force_login(person)
        code = a_batch().codes[0]
        assert "Voucher or gift card" in page_of(client, "/wallet")
        page = client.post("/redeem", {"code": code, "next": "/wallet", "most_micro": "4000000"}).content.decode()
        assert "This code is worth €10.00" in page
        assert "the rest stays on it" in page
        form = {name: field(page, name) for name in ("key", "next")}
        for _ in range(2):
            answer = redeem(client, code, most_micro="4000000", **form)
        assert answer.redirect_chain == [("/wallet", 302)]
        assert "€4.00 is in your wallet. €6.00 is left on it; keep its code." in answer.content.decode()
        assert wallets.balance(person, "EUR") == 4 * MICRO
        assert "Voucher or gift card</td>" in page_of(client, "/wallet")

    def test_pays_a_waiting_order_by_itself_and_takes_only_what_is_missing(self, client: Client) -> None:
        person = alice()
        client.force_login(person)
        put_in_basket(client, a_silent_release().slug)
        client.post("/orders", checkout_form(client, method="card"))
        order = Order.objects.get()
        page = page_of(client, order.get_absolute_url())
        assert 'http-equiv="refresh"' in page
        page = page_of(client, f"{order.get_absolute_url()}?code")
        assert 'http-equiv="refresh"' not in page  # It would take away what she types.
        missing = field(page, "most_micro")
        answer = redeem(client, a_batch().codes[0], most_micro=missing, next=order.get_absolute_url())
        assert "Thank you. It is yours." in answer.content.decode()
        assert wallets.balance(person, "EUR") == int(missing) - order.total_micro < 10_000

    def test_at_checkout_leads_back_to_it(self, client: Client) -> None:
        client.force_login(alice())
        put_in_basket(client, a_silent_release().slug)
        assert field(page_of(client, "/checkout"), "next") == "/checkout"
        page = redeem(client, a_batch().codes[0], next="/checkout").content.decode()
        assert "from wallet" in page
        assert client.post("/orders", checkout_form(client), follow=True).status_code == 200
        assert Order.objects.get().paid_at is not None

    def test_of_a_code_that_is_no_good_is_refused_in_one_sentence(self, client: Client) -> None:
        client.force_login(alice())
        answer = redeem(client, "0000-0000")
        assert answer.status_code == 404
        assert "This code cannot be redeemed." in answer.content.decode()
        assert "Type it again" in answer.content.decode()

    def test_too_often_says_when_to_come_back(self, client: Client) -> None:
        client.force_login(alice())
        for number in range(10):
            redeem(client, "0", key=str(number))
        answer = redeem(client, a_batch().codes[0], key="more")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")

    @pytest.mark.parametrize("most", ["x", "-1", "0", "1", "9" * 16])
    def test_of_a_senseless_amount_is_refused(self, client: Client, most: str) -> None:
        client.force_login(alice())
        assert redeem(client, a_batch().codes[0], most_micro=most).status_code == 422
        assert not Redemption.objects.exists()


class TestThePageOfAQrCode:
    def test_asks_a_visitor_to_sign_in_and_has_the_script_that_keeps_the_code(self, client: Client) -> None:
        code = a_batch().codes[0]
        assert "storefront/voucher.js" in page_of(client, "/redeem")
        page = client.post("/redeem", {"code": code}).content.decode()
        assert "/account/login/?next=/redeem" in page
        assert "data-code=" in page
        assert "<script>" not in page
        assert client.post("/redeem/redemptions", {"code": "x"}).headers["Location"] == "/redeem"

    def test_has_the_field_for_a_buyer(self, client: Client) -> None:
        client.force_login(alice("3"))
        page = page_of(client, "/redeem")
        assert 'name="code"' in page
        assert "€3.00" in page

    def test_is_still_found_by_older_sheets_and_forms(self, client: Client) -> None:
        client.force_login(alice())
        for old in ("/voucher", "/wallet/redemptions"):
            answer = client.get(old)
            assert (answer.status_code in {301, 308}, answer.headers["Location"]) == (True, "/redeem")
        form = {"code": a_batch().codes[0], "key": "k"}
        answer = client.post("/wallet/redemptions", form)
        assert (answer.status_code, answer.headers["Location"]) == (308, "/redeem/redemptions")
        assert "is in your wallet" in client.post("/wallet/redemptions", form, follow=True).content.decode()

    def test_looks_a_code_up_for_a_buyer(self, client: Client) -> None:
        client.force_login(alice())
        page = client.post("/redeem", {"code": a_batch().codes[0]}).content.decode()
        assert "Put it into my wallet" in page
        assert "the rest stays on it" not in page


class TestGiftCards:
    def test_are_bought_once_and_shown_once_with_a_qr_code_and_a_pdf(self, client: Client) -> None:
        person = alice("50")
        sign_in(client, person)
        form = {"key": field(page_of(client, "/wallet/gift-cards"), "key"), "amount": "20"}
        first, again = (client.post("/wallet/gift-cards/purchases", form) for _ in range(2))
        page = again.content.decode()
        assert SHOWN.findall(first.content.decode()) == SHOWN.findall(page)
        assert "no-store" in again.headers["Cache-Control"]
        (code,) = SHOWN.findall(page)
        drawing = re.search(r"base64,([^\"]+)", page)
        assert drawing is not None
        assert b"<svg" in b64decode(html.unescape(drawing[1]))
        sheet = client.post("/wallet/gift-cards/sheets", {"code": code})
        assert "no-store" in sheet.headers["Cache-Control"]
        assert code in PdfReader(BytesIO(sheet.content)).pages[0].extract_text()
        listed = page_of(client, "/wallet/gift-cards")
        assert code[-4:] in listed
        assert code not in listed
        assert wallets.balance(person, "EUR") == 30 * MICRO

    def test_are_redeemed_by_a_friend(self, client: Client) -> None:
        sign_in(client, alice("50"))
        bought = client.post("/wallet/gift-cards/purchases", {"key": KEY, "amount": "20"}).content.decode()
        friend = Client()
        friend.force_login(bob())
        assert "€20.00 is in your wallet." in redeem(friend, SHOWN.findall(bought)[0]).content.decode()
        assert "used up" in page_of(client, "/wallet/gift-cards")

    @pytest.mark.parametrize(("amount", "status"), [("", 422), ("0", 422), ("-5", 422), ("51", 409), ("0.5", 422)])
    def test_that_cannot_be_are_refused(self, client: Client, amount: str, status: int) -> None:
        sign_in(client, alice("50"))
        assert client.post("/wallet/gift-cards/purchases", {"key": KEY, "amount": amount}).status_code == status
        assert client.post("/wallet/gift-cards/purchases", {"amount": "5"}).status_code == 422
        assert not Voucher.objects.exists()

    def test_whose_code_cannot_be_told_again_are_listed(self, client: Client, settings: Any) -> None:
        sign_in(client, alice("50"))
        form = {"key": KEY, "amount": "20"}
        client.post("/wallet/gift-cards/purchases", form)
        Voucher.objects.update(code_hash="0" * 64)  # As after the store's secret was changed.
        assert client.post("/wallet/gift-cards/purchases", form).headers["Location"] == "/wallet/gift-cards"

    def test_of_somebody_else_are_never_printed(self, client: Client) -> None:
        sign_in(client, alice("50"))
        bought = client.post("/wallet/gift-cards/purchases", {"key": KEY, "amount": "20"}).content.decode()
        other = Client()
        other.force_login(bob())
        assert other.post("/wallet/gift-cards/sheets", {"code": SHOWN.findall(bought)[0]}).status_code == 404


def test_a_bonus_is_promised_on_the_form_and_seen_in_the_history(client: Client) -> None:
    person = alice()
    client.force_login(person)
    bonuses.set_tier(currency="EUR", from_micro=50 * MICRO, bonus_micro=5 * MICRO, by="dana")
    page = page_of(client, "/wallet")
    assert "€50.00<small>+€5.00 bonus</small>" in page
    assert "€5.00 on €50.00 or more" in page
    client.post("/wallet/top-ups", {"key": "k", "amount": "50.00", "method": "card"})
    sandbox_desk.decide(SandboxCharge.objects.get().reference, "approve")
    page_of(client, f"/wallet/top-ups/{person.attempts.get().number}")
    assert "Bonus</td>" in page_of(client, "/wallet")
    assert wallets.balance(person, "EUR") == 55 * MICRO


class TestRefunds:
    @pytest.fixture(autouse=True)
    def rail(self) -> Iterator[Saying]:
        rail = Saying("a", captured(50))
        with registry.instead(rail):
            yield rail

    def topped_up(self, client: Client) -> Person:
        person = alice()
        client.force_login(person)
        paid(person)
        return person

    def test_of_one_payment_is_one_button_and_one_refund(self, client: Client, settings: Any) -> None:
        settings.TWO_PERSON_LIMIT_MICRO = MICRO
        person = self.topped_up(client)
        spend(person, 20)
        page = page_of(client, "/wallet/refunds")
        form = {name: field(page, name) for name in ("key", "attempt", "amount_micro")}
        for _ in range(2):
            page = client.post("/wallet/refunds/requests", form, follow=True).content.decode()
        assert "€30.00: Sent back." in page
        assert "There is nothing that could go back." in page
        assert (Refund.objects.count(), wallets.balance(person, "EUR")) == (1, 0)
        assert "Sent back to where it came from<br>" in page_of(client, "/wallet")

    def test_says_what_cannot_go_back_and_which_bonus_would_leave(self, client: Client) -> None:
        bonuses.set_tier(currency="EUR", from_micro=50 * MICRO, bonus_micro=5 * MICRO, by="dana")
        person = self.topped_up(client)
        fill_wallet(person, "7")
        page = page_of(client, "/wallet/refunds")
        assert "Of the €62.00 in your wallet, €50.00 can go back." in page
        assert "they came from no card or account" in page
        assert "its bonus of €5.00 leaves too" in page

    def test_of_all_goes_by_each_payment_once_and_leaves_out_what_is_under_way(
        self, client: Client, rail: Saying
    ) -> None:
        person = self.topped_up(client)
        for number in (2, 3):
            rail.fact = captured(50, f"ch_{number}")
            paid(person, key=f"k{number}")
        rail.refund_fact = RefundFact("unknown")
        page = page_of(client, "/wallet/refunds")
        newest = {name: field(page, name) for name in ("key", "attempt")}
        assert "Send back all €150.00" in page
        client.post("/wallet/refunds/requests", {**newest, "amount_micro": str(MICRO)})
        rail.refund_fact = RefundFact("done", "re-1")
        for _ in range(2):
            page = client.post("/wallet/refunds/requests", {"key": "all"}, follow=True).content.decode()
        assert sorted(Refund.objects.values_list("amount_micro", "state")) == [
            (MICRO, "unknown"), (50 * MICRO, "done"), (50 * MICRO, "done"),
        ]  # fmt: skip
        assert "Outcome unknown" in page

    def test_of_anothers_payment_is_as_missing_as_none(self, client: Client) -> None:
        self.topped_up(client)
        number = top_ups.Attempt.objects.get().number
        other = Client()
        other.force_login(bob("50"))
        form = {"key": "k", "attempt": number, "amount_micro": str(MICRO)}
        assert other.post("/wallet/refunds/requests", form).status_code == 404

    def test_of_a_rail_that_is_gone_names_it(self, client: Client) -> None:
        self.topped_up(client)
        with registry.instead():
            assert ">a</td>" in page_of(client, "/wallet/refunds")

    def test_that_fails_says_why_and_the_money_is_there(self, client: Client, rail: Saying) -> None:
        person = self.topped_up(client)
        rail.refund_fact = RefundFact("failed", reason="The card was closed.")
        page = client.post("/wallet/refunds/requests", {"key": "k"}, follow=True).content.decode()
        assert "The card was closed." in page
        assert wallets.balance(person, "EUR") == 50 * MICRO


@pytest.mark.parametrize("address", ["/wallet/gift-cards", "/wallet/refunds"])
def test_pages_of_a_buyer_ask_a_visitor_to_sign_in(client: Client, address: str) -> None:
    assert client.get(address).headers["Location"].startswith("/account/login/?next=")
