"""A payment company is lost mid-checkout, in each way: one order, paid once, and every cent accounted for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from obbligato.payments import inbox, registry
from obbligato.payments.models import Alert, Attempt, RailBlock
from obbligato.payments.providers.sandbox.provider import SandboxProvider
from obbligato.people.models import Person
from obbligato.sales import wallets
from obbligato.sales.models import Order, Purchase
from tests.makers import alice
from tests.payments.contracts.stripe import rail_at, stripe
from tests.payments.contracts.stripe_double import StripeDouble
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import checkout_form, page_of, put_in_basket

pytestmark = pytest.mark.django_db
State = Attempt.State


class Dearer(SandboxProvider):
    """The rail behind: Stripe is asked first."""

    capabilities = replace(SandboxProvider.capabilities, cost_basis_points=100)


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    with stripe() as bench, registry.instead(rail_at(bench.double), Dearer()), clock.stopped(clock.now()):
        yield bench.double


@pytest.fixture
def buyer(client: Client) -> Person:
    """At the checkout, with something in her basket."""
    person = alice()
    client.force_login(person)
    put_in_basket(client, a_silent_release().slug)
    return person


def pay(client: Client) -> str:
    """She presses the button, twice; where she is sent."""
    form = checkout_form(client, method="card")
    first, second = client.post("/orders", form), client.post("/orders", form)
    assert first.headers["Location"] == second.headers["Location"]
    return first.headers["Location"]


def approve_at_the_bank(client: Client, bank: str) -> str:
    return client.post(f"{bank}/decision", {"outcome": "approve"}).headers["Location"]


def expect_one_order_paid_once(person: Person, *, by: str, surplus_micro: int = 0) -> None:
    """And nothing moved that is not in the books."""
    order = Order.objects.get()
    assert order.paid_at is not None
    assert Purchase.objects.count() == order.lines.count()
    captured = Attempt.objects.filter(state=State.SUCCEEDED)
    assert by in {one.provider for one in captured}
    assert sum(one.captured_micro for one in captured) == order.total_micro + surplus_micro
    assert wallets.balance(person, "EUR") == surplus_micro
    assert audit().is_clean


def test_while_all_is_well_stripe_is_asked_and_the_order_is_paid(
    double: StripeDouble, buyer: Person, client: Client
) -> None:
    page = pay(client)
    assert page.endswith("/card")
    double.pay(Attempt.objects.get().provider_reference)
    assert "is paid now" in page_of(client, page.removesuffix("/card"))
    expect_one_order_paid_once(buyer, by="stripe")
    assert Attempt.objects.count() == 1


def test_nobody_listens_there_any_more(double: StripeDouble, buyer: Person, client: Client) -> None:
    with double.unreachable():
        bank = pay(client)
        assert bank.startswith("/sandbox/")
        assert "is paid now" in page_of(client, approve_at_the_bank(client, bank))
    expect_one_order_paid_once(buyer, by="sandbox")
    assert [one.state for one in Attempt.objects.order_by("pk")] == [State.NOT_SENT, State.SUCCEEDED]
    assert double.intents == []


def test_the_account_is_closed(double: StripeDouble, buyer: Person, client: Client) -> None:
    with double.behaving("closed"):
        bank = pay(client)
        assert "is paid now" in page_of(client, approve_at_the_bank(client, bank))
    expect_one_order_paid_once(buyer, by="sandbox")
    assert RailBlock.objects.get().provider == "stripe"


def test_it_falls_silent_after_her_money_was_taken(double: StripeDouble, buyer: Person, client: Client) -> None:
    page = pay(client)
    reference = Attempt.objects.get().provider_reference
    double.pay(reference)
    with double.behaving("silent"):
        assert "One moment" in page_of(client, page.removesuffix("/card"))
        clock.advance(timedelta(minutes=10))
        upkeep.round_of_upkeep()
        assert Order.objects.get().is_waiting
    clock.advance(timedelta(hours=1))
    upkeep.round_of_upkeep()
    assert "Thank you" in page_of(client, Order.objects.get().get_absolute_url())
    expect_one_order_paid_once(buyer, by="stripe")
    assert Attempt.objects.count() == 1


def test_it_falls_silent_and_she_pays_another_way_meanwhile(
    double: StripeDouble, buyer: Person, client: Client
) -> None:
    pay(client)
    reference = Attempt.objects.get().provider_reference
    double.pay(reference)
    order = Order.objects.get()
    with double.behaving("silent"):
        again = client.post(f"{order.get_absolute_url()}/payment", {"key": "again", "method": "card"})
        page_of(client, approve_at_the_bank(client, again.headers["Location"]))
        expect_one_order_paid_once(buyer, by="sandbox")
    kept = inbox.receive("stripe", *double.signed(double.event("payment_intent.succeeded", double.intent(reference))))
    assert inbox.handle(kept)
    expect_one_order_paid_once(buyer, by="stripe", surplus_micro=order.total_micro)  # What came twice is in her wallet.


def test_it_answers_500_and_goes_on_answering_it(double: StripeDouble, buyer: Person, client: Client) -> None:
    with double.behaving("failing_after"):
        page = pay(client)
        assert "One moment" in page_of(client, page)  # It may have been done: no other rail is asked.
        assert Attempt.objects.get().state == State.UNKNOWN
    clock.advance(timedelta(minutes=1))
    upkeep.round_of_upkeep()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.provider_reference) == (State.ACTION_REQUIRED, double.intents[0])
    assert f"{page}/card" in page_of(client, page)
    double.pay(attempt.provider_reference)
    assert "is paid now" in page_of(client, page)
    expect_one_order_paid_once(buyer, by="stripe")
    assert len(double.intents) == 1


def test_it_answered_500_and_had_done_nothing(double: StripeDouble, buyer: Person, client: Client) -> None:
    with double.behaving("failing_before"):
        page = pay(client)
        assert Attempt.objects.get().state == State.UNKNOWN
    clock.advance(timedelta(hours=2))
    upkeep.round_of_upkeep()
    assert "Nothing was charged" in page_of(client, page)
    order = Order.objects.get()
    again = client.post(f"{order.get_absolute_url()}/payment", {"key": "again", "method": "card"})
    assert "is paid now" in page_of(client, approve_at_the_bank(client, again.headers["Location"]))
    expect_one_order_paid_once(buyer, by="sandbox")
    assert double.intents == []
    assert not Alert.objects.exists()
