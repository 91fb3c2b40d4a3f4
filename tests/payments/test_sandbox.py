"""The practice processor sends back what it took, voids what nobody decided, and sends no news."""

import pytest

from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, inbox, refunds, registry, sandbox_desk, top_ups
from obbligato.payments.contract import RefundRequest
from obbligato.payments.models import Attempt
from obbligato.sales import wallets
from tests.makers import alice

pytestmark = pytest.mark.django_db


def begin() -> Attempt:
    return top_ups.start(alice(), amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/", method="card")


def captured() -> Attempt:
    attempt = begin()
    sandbox_desk.decide(attempt.provider_reference, "approve")
    return attempts.refresh(attempt)


def test_a_refund_is_sent_back_once_and_can_be_looked_up() -> None:
    attempt = captured()
    refund = refunds.ask(attempt, amount_micro=2 * MICRO, key="r", by="alice")
    assert (refund.state, wallets.balance(attempt.person, "EUR")) == ("done", 3 * MICRO)
    sandbox = registry.provider("sandbox")
    request = RefundRequest(refund.key, attempt.provider_reference, 2 * MICRO, "EUR")
    assert sandbox.refund(request).reference == refund.provider_reference
    assert sandbox.lookup_refund(request).state == "done"
    assert sandbox.lookup_refund(RefundRequest("other", attempt.provider_reference, MICRO, "EUR")).state == "not_sent"
    assert audit().is_clean


def test_more_than_it_took_or_of_nothing_it_sends_nothing_back() -> None:
    attempt = captured()
    sandbox = registry.provider("sandbox")
    for reference, amount in ((attempt.provider_reference, 6 * MICRO), ("sbx_none", MICRO)):
        assert sandbox.refund(RefundRequest("k", reference, amount, "EUR")).state == "failed"


def test_what_nobody_decided_can_be_given_up() -> None:
    attempt = begin()
    registry.provider("sandbox").void(attempt.provider_reference)
    assert attempts.refresh(attempt).state == "voided"
    assert sandbox_desk.decide(attempt.provider_reference, "approve").state == "voided"


def test_it_sends_no_news() -> None:
    with pytest.raises(inbox.NotFromProvider, match="it is asked"):
        inbox.receive("sandbox", {}, b"{}")
