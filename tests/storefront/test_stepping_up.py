"""What could carry a wallet's money away asks for the password once more: a stolen session empties no wallet."""

from typing import Any

import pytest
from django.test import Client

from obbligato.kernel.money import MICRO
from obbligato.payments.vouchers.models import Voucher
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.vouchers.makers import KEY
from tests.storefront.signing_in import sign_in

pytestmark = pytest.mark.django_db
ADDRESS = "/wallet/gift-cards/purchases"
FORM = {"key": KEY, "amount": "20"}


def answer_with(client: Client, password: str) -> Any:
    return client.post("/account/reauthenticate/", {"password": password, "next": ADDRESS})


def test_a_session_alone_buys_no_gift_card(client: Client) -> None:
    person = alice("50")
    client.force_login(person)
    asked = client.post(ADDRESS, FORM, follow=True)
    assert asked.redirect_chain[0][0].startswith("/account/reauthenticate/")
    assert "Your password once more" in asked.content.decode()
    for password in ("", "a wrong password"):
        assert answer_with(client, password).status_code == 200
    assert client.post(ADDRESS, FORM).status_code == 302
    assert not Voucher.objects.exists()
    assert wallets.balance(person, "EUR") == 50 * MICRO


def test_with_the_password_the_form_that_was_sent_goes_on_and_the_next_one_needs_none(client: Client) -> None:
    person = alice("50")
    client.force_login(person)
    client.post(ADDRESS, FORM)
    shown = answer_with(client, "a long password")
    assert 'class="code"' in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert 'class="code"' in client.post(ADDRESS, {**FORM, "key": KEY[::-1]}).content.decode()
    assert wallets.balance(person, "EUR") == 10 * MICRO


@pytest.mark.parametrize(("seconds", "is_asked"), [(10, False), (290, False), (310, True), (86_400, True)])
def test_a_password_counts_for_five_minutes(client: Client, seconds: int, is_asked: bool) -> None:
    sign_in(client, alice("50"), proven_seconds_ago=seconds)
    assert (client.post(ADDRESS, FORM).status_code == 302) == is_asked


def test_passwords_are_not_guessed_there(client: Client) -> None:
    client.force_login(alice("50"))
    client.post(ADDRESS, FORM)
    assert {answer_with(client, f"guess {number}").status_code for number in range(20)} == {200, 429}
    assert answer_with(client, "a long password").status_code == 429
