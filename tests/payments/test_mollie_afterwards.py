"""What comes after a payment by Mollie: refunds and their way, chargebacks that have to be asked for, balances."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import afterwards, reconciling, refunds, registry
from obbligato.payments.contract import NoAnswer
from obbligato.payments.models import Attempt, Dispute, Refund
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.contracts.asking import asked, begin, hear, refund_of
from tests.payments.contracts.mollie import TOKEN, MollieBench, mollie

pytestmark = pytest.mark.django_db
State = Attempt.State
EURO = MICRO


@pytest.fixture
def bench() -> Iterator[MollieBench]:
    with mollie() as made, registry.instead(made.provider), clock.stopped(clock.now()):
        yield made


def test_a_chargeback_is_heard_of_and_its_reversal(bench: MollieBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.approve(attempt.provider_reference)
    hear(bench, attempt.provider_reference)
    made = bench.company.charge_back(attempt.provider_reference, "12.00")
    hear(bench, attempt.provider_reference)
    dispute = Dispute.objects.get()
    assert (dispute.reference, dispute.state, dispute.reason) == (made["id"], "open", "Account unknown")
    assert wallets.balance(person, "EUR") == 0
    made["reversedAt"] = clock.now().isoformat()
    hear(bench, attempt.provider_reference)
    assert wallets.balance(person, "EUR") == 12 * EURO
    assert audit().is_clean


def test_a_chargeback_in_another_currency_is_not_read_as_ours(bench: MollieBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.approve(reference)
    bench.company.charge_back(reference, "12.00", "USD")
    with pytest.raises(NoAnswer):
        bench.provider.disputes(reference)
    bench.company.is_lying = True
    with pytest.raises(NoAnswer):
        bench.provider.disputes(reference)


def test_a_chargeback_whose_news_was_lost_is_found_within_a_day(bench: MollieBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.approve(attempt.provider_reference)
    hear(bench, attempt.provider_reference)
    made = bench.company.charge_back(attempt.provider_reference, "12.00")
    cache.clear()  # A day goes by.
    reconciling.reconcile()  # That somebody does this by hand is no reason not to look.
    upkeep.round_of_upkeep()  # Looks and asks.
    assert Dispute.objects.get().state == "open"
    made["reversedAt"] = clock.now().isoformat()
    bench.company.chargebacks["elsewhere"] = [{"paymentId": ""}]
    assert afterwards.look_for_disputes() == 0  # It did so today.
    cache.clear()
    upkeep.round_of_upkeep()
    assert Dispute.objects.get().state == "won"
    cache.clear()
    with bench.revoked():
        assert afterwards.look_for_disputes() == 0


def test_its_balance_is_all_that_it_holds_in_a_currency() -> None:
    with mollie(organization_token=TOKEN) as bench:
        for currency, available, pending in (
            ("EUR", "-5.00", "12.34"),
            ("CHF", "9.00", "9.00"),
            ("EUR", "1.00", "0.00"),
        ):
            bench.company.balances.append({
                "id": "bal_1", "currency": currency, "availableAmount": {"value": available, "currency": currency},
                "pendingAmount": {"value": pending, "currency": currency},
            })  # fmt: skip
        assert bench.provider.balance("EUR") == 8_340_000
        assert bench.provider.balance("USD") == 0
        with bench.revoked(), pytest.raises(NoAnswer):
            bench.provider.balance("EUR")
        bench.company.balances[0]["pendingAmount"]["currency"] = "CHF"
        with pytest.raises(NoAnswer):
            bench.provider.balance("EUR")
    with mollie() as without:
        assert without.provider.balance("EUR") is None


def test_a_refund_is_on_its_way_until_the_bank_has_it_and_may_come_back(bench: MollieBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.approve(attempt.provider_reference)
    hear(bench, attempt.provider_reference)
    attempt.refresh_from_db()
    refund = refunds.ask(attempt, amount_micro=5 * EURO, key="r", by="alice")
    assert refund.state == Refund.State.DISPATCHED
    theirs = bench.company.refunds[attempt.provider_reference][0]
    assert theirs["metadata"] == {"key": refund.key}
    for status, state in (("processing", "dispatched"), ("refunded", "done"), ("failed", "failed")):
        theirs["status"] = status
        hear(bench, attempt.provider_reference)
        refund.refresh_from_db()
        assert refund.state == state
    assert refund.said == "The bank sent it back."
    assert wallets.balance(person, "EUR") == 12 * EURO
    assert audit().is_clean


@pytest.mark.parametrize(("status", "is_doubt"), [(401, True), (409, True), (422, False), (403, False)])
def test_its_no_to_a_refund(bench: MollieBench, status: int, is_doubt: bool) -> None:
    reference = bench.provider.request(asked()).reference
    bench.approve(reference)
    with bench.company.saying(status, f'{{"status": {status}, "title": "No", "detail": "No."}}'.encode()):
        if is_doubt:
            with pytest.raises(NoAnswer):
                bench.provider.refund(refund_of(reference))
        else:
            assert bench.provider.refund(refund_of(reference)).reason == "Mollie: No."


def test_a_refund_is_looked_for_on_every_page(bench: MollieBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.approve(reference)
    made = refund_of(reference)
    assert bench.provider.lookup_refund(made).state == "not_sent"
    bench.provider.refund(refund_of(reference, 1))
    bench.provider.refund(made)
    assert bench.provider.lookup_refund(made).state == "dispatched"
    assert bench.provider.lookup_refund(refund_of("tr_elsewhere")).state == "not_sent"
    with bench.revoked(), pytest.raises(NoAnswer):
        bench.provider.lookup_refund(made)
    with bench.revoked(), pytest.raises(NoAnswer):
        bench.provider.lookup(reference, "")
    with bench.revoked(), pytest.raises(NoAnswer):
        bench.provider.void(reference)
