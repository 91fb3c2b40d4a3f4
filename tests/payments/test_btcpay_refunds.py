"""A refund in coins waits until it is claimed and paid, and is nowhere twice meanwhile."""

from collections.abc import Iterator

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import refunds, registry
from obbligato.payments.contract import NoAnswer, NotSent, RefundFact, RefundRequest
from obbligato.payments.models import Attempt, Refund
from obbligato.payments.providers.btcpay import facts
from obbligato.payments.providers.btcpay.provider import BtcpayProvider
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.contracts.asking import asked, begin, hear, refund_of
from tests.payments.contracts.btcpay import BtcpayBench, btcpay

pytestmark = pytest.mark.django_db
State = Attempt.State
EURO = MICRO


@pytest.fixture
def bench() -> Iterator[BtcpayBench]:
    with btcpay() as made, registry.instead(made.provider), clock.stopped(clock.now().replace(microsecond=0)):
        yield made


def test_a_refund_waits_until_it_is_claimed_and_paid(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.approve(attempt.provider_reference)
    hear(bench, attempt.provider_reference)
    attempt.refresh_from_db()
    refund = refunds.ask(attempt, amount_micro=5 * EURO, key="r", by="alice")
    assert (refund.state, refund.provider_reference) == (Refund.State.DISPATCHED, "Pull0")
    assert refunds.to_be_taken(person)[0].next_url == f"{bench.company.address}/pull-payments/Pull0"
    assert bench.company.seen[-1][3]["customAmount"] == "5.00"
    bench.company.claim("Pull0", "5.00", "AwaitingApproval")
    assert refunds.refresh(refund).state == Refund.State.DISPATCHED
    bench.company.payouts["Pull0"][0]["state"] = "Completed"
    assert refunds.refresh(refund).state == Refund.State.DONE
    assert wallets.balance(person, "EUR") == 7 * EURO
    assert audit().is_clean


def test_a_refund_nobody_claimed_comes_back_when_it_is_closed(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.approve(attempt.provider_reference)
    hear(bench, attempt.provider_reference)
    attempt.refresh_from_db()
    refund = refunds.ask(attempt, amount_micro=5 * EURO, key="r", by="alice")
    bench.company.pulls["Pull0"]["expiresAt"] = int(clock.now().timestamp())
    assert refunds.refresh(refund).said == facts.CLOSED
    assert wallets.balance(person, "EUR") == 12 * EURO
    again = refunds.ask(attempt, amount_micro=12 * EURO, key="r2", by="alice")
    assert again.state == Refund.State.DISPATCHED


def test_a_refund_claimed_in_part_is_for_a_person(bench: BtcpayBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.approve(reference)
    request = refund_of(reference)
    bench.provider.refund(request)
    bench.company.claim("Pull0", "2.00")
    assert bench.provider.lookup_refund(request).state == "dispatched"
    bench.company.pulls["Pull0"]["archived"] = True
    assert bench.provider.lookup_refund(request) == RefundFact("unknown", "Pull0", facts.IN_PART)


def test_a_refund_of_what_was_never_paid_or_never_was_is_refused(bench: BtcpayBench) -> None:
    reference = bench.provider.request(asked()).reference
    for one in (reference, "nobodys"):
        assert bench.provider.refund(refund_of(one)).state == "failed"
    bench.approve(reference)
    bench.company.mark(reference, "Expired")
    bench.company.invoices[reference]["additionalStatus"] = "PaidLate"
    fact = bench.provider.refund(refund_of(reference))
    assert fact.reason == "BTCPay Server: Cannot refund this invoice"


def test_a_refund_that_was_made_is_never_said_to_be_unsent(bench: BtcpayBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.approve(reference)
    request = refund_of(reference)
    bench.provider.refund(request)
    for trouble in (bench.revoked, bench.broken):
        with trouble(), pytest.raises(NoAnswer):
            bench.provider.refund(request)
        with trouble(), pytest.raises(NoAnswer):
            bench.provider.lookup_refund(request)
    with bench.unreachable(), pytest.raises(NotSent):
        bench.provider.lookup_refund(request)

    class Fading(BtcpayProvider):
        """It is there for the first question and gone for the second."""

        def lookup_refund(self, request: RefundRequest) -> RefundFact:
            raise NotSent

    bench.provider.__class__ = Fading
    with pytest.raises(NoAnswer):
        bench.provider.refund(request)
