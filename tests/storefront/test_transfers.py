"""Paying by bank transfer as a buyer sees it: where to send it, by which reference, and nine days later it is hers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from segno import helpers

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments.bank import instructions, own_account
from obbligato.payments.bank.models import OwnAccount
from obbligato.payments.models import Alert, Attempt
from obbligato.sales import checkout, wallets
from obbligato.sales.models import Order, Purchase
from tests.backoffice.goods import an_order
from tests.makers import alice, bob, signed_in
from tests.payments.bank.makers import IBAN, begin, camt, paid, take
from tests.payments.bank.qr_codes import content_of
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _account(settings: Any) -> None:
    settings.BANK_IBAN, settings.BANK_NAME, settings.BANK_BIC = IBAN, "Töne & Söhne <GmbH>", "COBADEFFXXX"


def page_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_a_top_up_by_transfer_leads_to_where_to_send_it() -> None:
    client = signed_in(alice())
    sent = client.post("/wallet/top-ups", {"amount": "10.00", "method": "bank_transfer", "key": "k"})
    attempt = Attempt.objects.get()
    assert sent.headers["Location"] == f"/wallet/top-ups/{attempt.number}/transfer"
    page = page_of(client, sent.headers["Location"])
    reference = attempt.provider_reference
    for words in (
        "€10.00", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "Töne &amp; Söhne &lt;GmbH&gt;",
        " ".join(reference[start : start + 4] for start in range(0, 20, 4)), f'data-copy="{reference}"',
        'data-copy="10.00"', "one to three banking days", "You may close this page", "kept for fourteen days",
    ):  # fmt: skip
        assert words in page, words


def test_the_code_to_scan_says_what_the_page_says() -> None:
    person = alice()
    attempt = begin(person, "12.30")
    content = content_of(page_of(signed_in(person), f"/wallet/top-ups/{attempt.number}/transfer"))
    assert content.split("\n") == [
        "BCD", "002", "1", "SCT", "COBADEFFXXX", "Töne & Söhne <GmbH>", IBAN, "EUR12.30", "",
        attempt.provider_reference,
    ]  # fmt: skip
    known = helpers.make_epc_qr(
        "Töne & Söhne <GmbH>", IBAN, "12.30", reference=attempt.provider_reference, bic="COBADEFFXXX", encoding=1
    )
    assert content_of(known.svg_inline(dark="#000")).rstrip("\n").replace("EUR12.3\n", "EUR12.30\n") == content


def test_there_is_no_code_for_money_it_cannot_carry() -> None:
    attempt = begin(alice())
    wanted = instructions.instructions_of(attempt)
    assert wanted is not None
    attempt.currency = "USD"
    assert wanted.code_svg == ""


def test_nobody_else_sees_it() -> None:
    attempt = begin(alice())
    address = f"/wallet/top-ups/{attempt.number}/transfer"
    page_of(signed_in(bob()), address, status=404)
    assert Client().get(address).status_code == 302


def test_a_page_for_what_is_there_or_goes_another_way_leads_on() -> None:
    person = alice()
    client = signed_in(person)
    card = client.post("/wallet/top-ups", {"amount": "5.00", "method": "card", "key": "s"})
    assert card.status_code == 302
    for attempt in (Attempt.objects.get(), begin(person)):
        take(camt([paid(attempt)], number=attempt.number)) if attempt.provider == "bank_transfer" else None
        answer = client.get(f"/wallet/top-ups/{attempt.number}/transfer")
        assert answer.headers["Location"] == f"/wallet/top-ups/{attempt.number}"
    assert "€10.00 arrived" in page_of(client, answer.headers["Location"])


def test_a_strangers_cent_is_shown_and_the_rest_still_asked_for() -> None:
    person = alice()
    attempt = begin(person)
    client = signed_in(person)
    assert "Your transfer is on its way" in page_of(client, f"/wallet/top-ups/{attempt.number}")
    take(camt([paid(attempt, "0.01")]))
    page = page_of(client, f"/wallet/top-ups/{attempt.number}")
    assert "€0.01 arrived" in page
    assert "€9.99 of your transfer is still to come" in page
    assert "€0.01 came already; €9.99 is still to come" in page_of(client, f"/wallet/top-ups/{attempt.number}/transfer")
    assert "€9.99 since" in page_of(client, "/wallet")


def test_what_was_not_sent_in_sixty_days_is_no_longer_asked_for() -> None:
    person = alice()
    with clock.stopped(clock.now()):
        one, two = begin(person), begin(person, key="2")
        take(camt([paid(one, "4.00")]))
        client = signed_in(person)
        assert page_of(client, "/wallet").count("where to send it") == 2
        clock.advance(timedelta(days=60))
        assert "where to send it" not in page_of(client, "/wallet")
        assert "No transfer came within sixty days" in page_of(client, f"/wallet/top-ups/{two.number}")


def test_without_an_account_nothing_is_offered_and_old_pages_still_answer(settings: Any) -> None:
    person = alice()
    attempt = begin(person)
    settings.BANK_IBAN = ""
    client = signed_in(person)
    assert "Bank transfer" not in page_of(client, "/wallet")
    assert client.get(f"/wallet/top-ups/{attempt.number}/transfer").status_code == 302
    page_of(client, f"/wallet/top-ups/{attempt.number}")


def test_another_account_is_shown_when_it_is_confirmed(settings: Any) -> None:
    person = alice()
    attempt = begin(person)
    client = signed_in(person)
    assert IBAN in page_of(client, f"/wallet/top-ups/{attempt.number}/transfer")
    settings.BANK_IBAN = "NL91ABNA0417164300"
    page = page_of(client, f"/wallet/top-ups/{attempt.number}/transfer")
    assert "send nothing yet" in page
    assert "NL91" not in page
    assert "DE89" not in page
    assert "<svg" not in page.partition("</dl>")[2]
    own_account.confirm(OwnAccount.objects.order_by("pk")[1], iban="NL91ABNA0417164300", by="dana")
    assert "NL91ABNA0417164300" in page_of(client, f"/wallet/top-ups/{attempt.number}/transfer")


class TestAnOrderThatWaits:
    def order(self) -> Order:
        return an_order(alice(), a_silent_release(), "flac-16-44")

    def test_shows_where_to_send_what_it_waits_for(self) -> None:
        order = self.order()
        client = signed_in(order.person)
        asked = client.post(f"/orders/{order.number}/payment", {"method": "bank_transfer", "key": "k"})
        assert asked.headers["Location"].endswith("/transfer")
        page = page_of(client, order.get_absolute_url())
        assert Attempt.objects.get().provider_reference in page
        assert "copying.js" in page
        assert 'http-equiv="refresh"' not in page
        assert "Or another way" in page

    def test_is_paid_by_itself_when_the_transfer_comes_nine_days_later(self) -> None:
        with clock.stopped(clock.now()):
            order = self.order()
            attempt = begin(order.person, f"{order.total_micro / MICRO:.2f}")
            for _ in range(9):
                clock.advance(timedelta(days=1))
                upkeep.round_of_upkeep()
            assert Attempt.objects.get().state == "action_required"
            take(camt([paid(attempt, on=clock.today())], on=clock.today()))
            upkeep.round_of_upkeep()
        order.refresh_from_db()
        assert order.paid_at is not None
        assert Purchase.objects.filter(person=order.person).count() == 3
        assert "Thank you. It is yours." in page_of(signed_in(order.person), order.get_absolute_url())
        assert not Alert.objects.exists()

    def test_was_cancelled_meanwhile_and_the_money_is_in_the_wallet(self) -> None:
        order = self.order()
        attempt = begin(order.person)
        checkout.cancel(order)
        take(camt([paid(attempt)]))
        upkeep.round_of_upkeep()
        assert wallets.balance(order.person, "EUR") == 10 * MICRO
        history = wallets.history(order.person, "EUR")
        assert [one.kind for one in history] == ["Top-up"]
