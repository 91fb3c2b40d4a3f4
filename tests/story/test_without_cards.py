"""Every card company has gone. The store sells on, by transfer, voucher, coins and balance, and says what goes on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from obbligato.payments import inbox, registry
from obbligato.payments.contract import Capabilities, Decline, Fact, Method
from obbligato.payments.models import Attempt, RailBlock
from obbligato.payments.providers.bank_transfer.provider import BankTransferProvider
from obbligato.people.models import Person
from obbligato.sales.models import Order
from tests import makers
from tests.payments.bank.makers import IBAN, camt, paid, take
from tests.payments.contracts.btcpay import BtcpayBench, btcpay
from tests.payments.fakes import Saying
from tests.payments.vouchers.makers import a_batch
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import checkout_form, page_of, put_in_basket

pytestmark = pytest.mark.django_db
GONE = Fact("declined", reason="Your account was closed.", decline=Decline.MERCHANT)


@pytest.fixture
def coins(settings: Any) -> Iterator[BtcpayBench]:
    """The rails of a store whose two card companies close its accounts on the same day."""
    settings.SANDBOX, settings.BANK_IBAN, settings.BANK_NAME = False, IBAN, "Quiet Label"
    cards = Capabilities(frozenset({Method.CARD}), domains=("network:one",))
    north, south = Saying("north", GONE, cards), Saying("south", GONE, cards)
    bank = BankTransferProvider()
    with btcpay() as bench, clock.stopped(clock.now()), registry.instead(north, south, bank, bench.provider):
        yield bench


def at_the_checkout(name: str) -> tuple[Client, Person]:
    client, person = Client(), Person.objects.create_user(name, f"{name}@example.org", "a long password", country="FR")
    client.force_login(person)
    put_in_basket(client, a_silent_release().slug)
    return client, person


def waiting_order(client: Client, person: Person) -> Order:
    client.post("/orders", checkout_form(client, method="card"))
    return Order.objects.get(person=person)


def test_the_order_waits_and_its_page_says_what_is_left_to_pay_by(coins: BtcpayBench) -> None:
    client, person = at_the_checkout("alice")
    order = waiting_order(client, person)
    assert set(RailBlock.objects.values_list("provider", flat=True)) == {"north", "south"}
    page = page_of(client, order.get_absolute_url())
    assert "This order waits" in page
    assert "Card: not possible at the moment" in page
    assert 'value="bank_transfer"' in page
    assert 'value="crypto"' in page
    assert 'value="card"' not in page
    assert "Voucher or gift card" in page
    checkout = page_of(at_the_checkout("bob")[0], "/checkout")
    assert "Card: not possible at the moment" in checkout
    assert 'value="bank_transfer"' in checkout
    dana = Client()
    dana.force_login(makers.dana())
    rails = dana.get("/desk/payments/railblock/rails/").content.decode()
    assert "Your account was closed." in rails


def test_a_transfer_pays_it_nine_days_later_by_itself(coins: BtcpayBench) -> None:
    client, person = at_the_checkout("alice")
    order = waiting_order(client, person)
    client.post(f"{order.get_absolute_url()}/payment", {"key": "k", "method": "bank_transfer"})
    attempt = Attempt.objects.get(provider="bank_transfer")
    page = page_of(client, order.get_absolute_url())
    assert attempt.provider_reference in page
    clock.advance(timedelta(days=9))
    take(camt([paid(attempt, on=clock.today())], on=clock.today()))
    upkeep.round_of_upkeep()
    assert "Thank you. It is yours." in page_of(client, order.get_absolute_url())
    assert audit().is_clean


def test_a_voucher_pays_it_at_once(coins: BtcpayBench) -> None:
    client, person = at_the_checkout("alice")
    order = waiting_order(client, person)
    code = a_batch().codes[0]
    client.post("/redeem/redemptions", {"code": code, "key": "v", "next": order.get_absolute_url()})
    assert "Thank you. It is yours." in page_of(client, order.get_absolute_url())
    assert audit().is_clean


def test_coins_pay_it_when_their_server_says_so(coins: BtcpayBench) -> None:
    client, person = at_the_checkout("alice")
    order = waiting_order(client, person)
    leaving = client.post(f"{order.get_absolute_url()}/payment", {"key": "k", "method": "crypto"})
    attempt = Attempt.objects.get(provider=coins.provider.name)
    assert attempt.next_url in leaving.content.decode()
    coins.approve(attempt.provider_reference)
    inbox.receive(coins.provider.name, *coins.news_of(attempt.provider_reference))
    upkeep.round_of_upkeep()
    upkeep.round_of_upkeep()
    assert "Thank you. It is yours." in page_of(client, order.get_absolute_url())
    assert audit().is_clean


def test_what_is_in_the_wallet_already_needs_nobody(coins: BtcpayBench) -> None:
    client, person = at_the_checkout("alice")
    makers.fill_wallet(person, "10")
    client.post("/orders", checkout_form(client))
    assert Order.objects.get(person=person).paid_at is not None
