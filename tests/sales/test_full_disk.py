"""The disk is full from any statement on: nothing is half done, and what was paid is found when there is room."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, inbox, refunds, registry, top_ups
from obbligato.payments.contract import Event, Fact, RefundFact, RefundRequest, Request
from obbligato.payments.models import Attempt, InboxEvent, Refund
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, wallets
from obbligato.sales.models import Order, Purchase
from obbligato.sales.quoting import format_named
from tests.makers import alice
from tests.payments.fakes import Fake
from tests.storefront.makers import a_silent_release

EUROS = 5 * MICRO
WRITES = ("INSERT", "UPDATE", "DELETE")


class Company(Fake):
    """It does what it is asked once per key, and remembers it on a disk of its own."""

    def __init__(self) -> None:
        self.charges: dict[str, Fact] = {}
        self.sent_back: dict[str, RefundFact] = {}

    def request(self, request: Request) -> Fact:
        assert request.idempotency_key not in self.charges, "It was sent twice."
        fact = Fact("succeeded", f"ch_{len(self.charges)}", request.amount_micro, request.currency)
        return self.charges.setdefault(request.idempotency_key, fact)

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        return self.charges.get(idempotency_key, Fact("not_sent"))

    def refund(self, request: RefundRequest) -> RefundFact:
        assert request.idempotency_key not in self.sent_back, "It was sent back twice."
        fact = RefundFact("done", f"re_{len(self.sent_back)}")
        return self.sent_back.setdefault(request.idempotency_key, fact)

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        return self.sent_back.get(request.idempotency_key, RefundFact("not_sent"))

    def read_event(self, headers: Any, body: bytes) -> Event:
        return Event(id=body.decode(), reference=body.decode())


@pytest.fixture
def company(open_books: None) -> Iterator[Company]:
    made = Company()
    with registry.instead(made), clock.stopped(clock.now()):
        yield made


@contextmanager
def room_for(writes: int) -> Iterator[None]:
    """So many statements still find room on the disk."""
    left = [writes]

    def write(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        left[0] -= sql.startswith(WRITES)
        if sql.startswith(WRITES) and left[0] < 0:
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(write):
        yield


def at_every_statement(act: Callable[[int], object]) -> Iterator[int]:
    """Let the disk be full from each write of an act on, one after the other, until it finds room for all of them."""
    for writes in count():
        try:
            with room_for(writes):
                act(writes)
        except OperationalError:
            yield writes
        else:
            break
    assert writes > 2, "Next to nothing was written."
    yield writes


def heal() -> None:
    """Whatever is under way is asked after, when its provider is believed that it knows nothing of it."""
    clock.advance(timedelta(hours=2))
    for attempt in attempts.due_for_asking(99):
        attempts.refresh(attempt)
    for refund in refunds.due_for_asking(99):
        refunds.refresh(refund)


def begin(person: Person, key: object) -> Attempt:
    return top_ups.start(person, amount_micro=EUROS, currency="EUR", key=str(key), return_url="/")


def test_a_payment_is_one_charge_and_fills_the_wallet_with_it(company: Company) -> None:
    person = alice()
    for number in at_every_statement(lambda number: begin(person, number)):
        assert begin(person, number).state in {"prepared", "dispatched", "succeeded"}  # She sends her form again.
        heal()
        assert len(company.charges) <= number + 1
        assert not Attempt.objects.exclude(state__in=["succeeded", "not_sent"]).exists()
        assert wallets.balance(person, "EUR") == EUROS * len(company.charges)
        assert audit().is_clean
    assert company.charges


def test_a_refund_is_sent_once_and_leaves_the_wallet_once(company: Company) -> None:
    person = alice()
    paid = [begin(person, f"p{number}") for number in range(20)]
    whole = wallets.balance(person, "EUR")
    for number in at_every_statement(
        lambda number: refunds.ask(paid[number], amount_micro=EUROS, key=f"r{number}", by="alice")
    ):
        heal()
        assert wallets.balance(person, "EUR") == whole - EUROS * len(company.sent_back)
        assert not Refund.objects.exclude(state__in=["done", "failed"]).exists()
        assert len(company.sent_back) <= number + 1
        assert audit().is_clean
    assert company.sent_back


def test_news_that_cannot_be_kept_is_not_said_to_be_kept(company: Company) -> None:
    client = Client(raise_request_exception=False)

    def post() -> int:
        return client.post("/api/webhooks/fake", b"evt_1", content_type="application/json").status_code

    with room_for(0):
        assert post() == 500
    assert not InboxEvent.objects.exists()
    assert post() == 204
    assert inbox.work(9) == 1


def test_an_order_is_paid_with_all_that_belongs_to_it_or_not_at_all(company: Company) -> None:
    person = alice("50")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, a_silent_release(), format_named("mp3-320"))
    total_micro = baskets.contents(basket).total_micro

    def buy(_: int) -> Order:
        return checkout.buy(basket, person, expected_total_micro=total_micro, country="FR")

    outcomes = []
    for _ in at_every_statement(buy):
        paid = Order.objects.filter(paid_at__isnull=False).count()
        outcomes.append((Order.objects.count(), paid, Purchase.objects.count(), wallets.balance(person, "EUR")))
        assert audit().is_clean
    assert set(outcomes[:-1]) == {(0, 0, 0, 50 * MICRO)}
    assert outcomes[-1] == (1, 1, 3, 50 * MICRO - total_micro)
