"""A BTCPay Server's own ways: coins late, in part or too many, invoices marked by hand, refunds to be claimed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, refunds, registry
from obbligato.payments.contract import NoAnswer
from obbligato.payments.contracts_file import BadContracts, Contract
from obbligato.payments.models import Attempt, RailBlock
from obbligato.payments.providers.btcpay import facts
from obbligato.payments.providers.btcpay.provider import BtcpayProvider
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.contracts.asking import asked, begin, hear, state
from tests.payments.contracts.btcpay import KEY, SECRET, STORE, BtcpayBench, btcpay

pytestmark = pytest.mark.django_db
State = Attempt.State
EURO = MICRO


@pytest.fixture
def bench() -> Iterator[BtcpayBench]:
    with btcpay() as made, registry.instead(made.provider), clock.stopped(clock.now().replace(microsecond=0)):
        yield made


def test_coins_fill_the_wallet_when_they_are_settled(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    reference = attempt.provider_reference
    assert attempt.next_url == f"{bench.company.address}/i/{reference}"
    body = bench.company.seen[0][3]
    assert (body["amount"], body["currency"]) == ("12.00", "EUR")
    assert body["metadata"] == {"orderId": attempt.key, "itemDesc": f"Top-up {attempt.number}"}
    assert body["checkout"]["redirectURL"].endswith(attempt.number)
    bench.company.pay(reference, status="Processing")
    hear(bench, reference)
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.ACTION_REQUIRED, 0)
    bench.company.confirm(reference)
    hear(bench, reference)
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.SUCCEEDED, 12 * EURO)
    assert audit().is_clean


def test_more_than_was_asked_for_is_hers_and_less_when_nothing_more_can_come(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.company.pay(attempt.provider_reference, "1.5")
    hear(bench, attempt.provider_reference)
    assert wallets.balance(person, "EUR") == 18 * EURO
    attempt.refresh_from_db()
    assert attempt.captured_micro == 18 * EURO


def test_what_comes_when_it_was_paid_already_is_hers_too_once(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    for share, euros in (("1", 12), ("0.5", 18), ("0.25", 21)):
        bench.company.pay(attempt.provider_reference, share)
        for _ in range(2):
            hear(bench, attempt.provider_reference)
        assert wallets.balance(person, "EUR") == euros * EURO
    attempt.refresh_from_db()
    assert (attempt.captured_micro, refunds.refundable_micro(attempt)) == (21 * EURO, 21 * EURO)
    assert audit().is_clean


def test_a_part_waits_for_the_rest_until_nobody_looks_any_more(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.company.pay(attempt.provider_reference, "0.5")
    clock.advance(timedelta(minutes=16))
    hear(bench, attempt.provider_reference)
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.ACTION_REQUIRED, 0)
    clock.advance(timedelta(days=1))
    upkeep.round_of_upkeep()
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.SUCCEEDED, 6 * EURO)
    assert audit().is_clean


@pytest.mark.parametrize("is_told", [True, False])
def test_coins_after_the_end_are_money(bench: BtcpayBench, is_told: bool) -> None:
    """W22: an expired invoice that is paid late, whether its news comes or not."""
    person = alice()
    attempt = begin(person)
    clock.advance(timedelta(minutes=16))
    assert attempts.refresh(attempt).state == State.EXPIRED
    bench.company.pay(attempt.provider_reference, status="Processing")
    if is_told:
        hear(bench, attempt.provider_reference)
    assert wallets.balance(person, "EUR") == 0
    bench.company.confirm(attempt.provider_reference)
    assert bench.company.invoices[attempt.provider_reference]["additionalStatus"] == "PaidLate"
    if is_told:
        hear(bench, attempt.provider_reference)
    else:
        clock.advance(timedelta(days=1))
        upkeep.round_of_upkeep()
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.SUCCEEDED, 12 * EURO)


def test_a_late_part_is_credited_though_the_payment_had_expired(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    clock.advance(timedelta(minutes=16))
    attempts.refresh(attempt)
    bench.company.pay(attempt.provider_reference, "0.25")
    hear(bench, attempt.provider_reference)
    assert state(attempt) == State.EXPIRED
    clock.advance(timedelta(days=1))
    upkeep.round_of_upkeep()
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.SUCCEEDED, 3 * EURO)


def test_an_invoice_nobody_paid_is_asked_about_once_more_and_never_again(bench: BtcpayBench) -> None:
    attempt = begin(alice())
    clock.advance(timedelta(minutes=16))
    assert attempts.refresh(attempt).ask_next_at == clock.now() + timedelta(days=1) - timedelta(minutes=1)
    clock.advance(timedelta(days=1))
    upkeep.round_of_upkeep()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.ask_next_at) == (State.EXPIRED, None)


def test_marked_as_settled_by_hand_is_no_money(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.company.mark(attempt.provider_reference, "Settled")
    hear(bench, attempt.provider_reference)
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.MISMATCH, 0)
    assert attempt.reason == facts.BY_HAND
    attempts.accept_mismatch(attempt, by="dana")
    assert wallets.balance(person, "EUR") == 12 * EURO


def test_of_what_was_marked_by_hand_the_coins_that_came_are_hers(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.company.pay(attempt.provider_reference, "0.5")
    bench.company.mark(attempt.provider_reference, "Settled")
    hear(bench, attempt.provider_reference)
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.SUCCEEDED, 6 * EURO)


@pytest.mark.parametrize("status", ["Settled", "Processing"])
def test_an_invalid_invoice_with_coins_waits_for_a_person(bench: BtcpayBench, status: str) -> None:
    attempt = begin(alice())
    bench.company.pay(attempt.provider_reference, status=status)
    bench.company.mark(attempt.provider_reference, "Invalid")
    hear(bench, attempt.provider_reference)
    assert (state(attempt), attempt.reported_micro) == (State.MISMATCH, 12 * EURO)


def test_coins_that_were_taken_back_on_their_way_are_none(bench: BtcpayBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.company.pay(reference, status="Invalid")
    bench.company.mark(reference, "Invalid")
    assert bench.provider.lookup(reference, "").state == State.VOIDED


def test_what_is_paid_is_not_given_up(bench: BtcpayBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.company.pay(reference, "0.5", status="Processing")
    bench.provider.void(reference)
    assert bench.company.invoices[reference]["status"] == "New"
    bench.company.pay(reference, "0.5", status="Processing")
    bench.provider.void(reference)
    bench.company.confirm(reference)
    assert bench.provider.lookup(reference, "").state == State.SUCCEEDED
    bench.provider.void("nobodys")
    with bench.revoked(), pytest.raises(NoAnswer):
        bench.provider.void(reference)


def test_a_void_that_comes_too_late_says_nothing(bench: BtcpayBench) -> None:
    reference = bench.provider.request(asked()).reference
    with bench.company.saying(422, b'[{"path": "status", "message": "Too late."}]'):
        bench.provider.void(reference)


def test_a_doubt_is_ended_by_our_key(bench: BtcpayBench) -> None:
    with bench.silent():
        attempt = begin(alice())
    assert attempt.state == State.UNKNOWN
    bench.company.is_lying = True
    clock.advance(timedelta(minutes=1))
    assert attempts.refresh(attempt).state == State.UNKNOWN
    bench.company.is_lying = False
    assert attempts.refresh(attempt).state == State.ACTION_REQUIRED
    assert bench.charges() == 1


@pytest.mark.parametrize("mood", ["reset", "dripping"])
def test_an_answer_that_breaks_off_or_drips_is_a_doubt(bench: BtcpayBench, mood: str) -> None:
    bench.provider.server.deadline_seconds = 1.0
    request = asked()
    with bench.company.moody(mood), pytest.raises(NoAnswer):
        bench.provider.request(request)
    assert bench.provider.lookup("", request.idempotency_key).state == State.ACTION_REQUIRED


def test_an_answer_larger_than_any_is_none(bench: BtcpayBench, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench.company.saying(200, b" " * 21_000_000), pytest.raises(NoAnswer):
        bench.provider.request(asked())


@pytest.mark.parametrize(
    ("status", "body", "decline"),
    [
        (401, b'{"code": "unauthenticated", "message": "No."}', "merchant"),
        (403, b'{"code": "missing-permission", "message": "No."}', "merchant"),
        (400, b'{"message": "No."}', "technical"),
        (422, b'[7, {"path": "amount", "message": "No."}]', "technical"),
        (429, b'{"message": "No."}', "technical"),
    ],
)
def test_its_no_to_a_request_has_a_class(bench: BtcpayBench, status: int, body: bytes, decline: str) -> None:
    with bench.company.saying(status, body):
        fact = bench.provider.request(asked())
    assert (fact.state, fact.decline, fact.reason) == (State.DECLINED, decline, "BTCPay Server: No.")


def test_keys_revoked_on_the_way_block_the_rail(bench: BtcpayBench) -> None:
    with bench.revoked():
        assert begin(alice()).state == State.DECLINED
    assert "Authentication is required" in RailBlock.objects.get().reason


PAID = {"id": "x", "status": "Settled", "additionalStatus": "None", "currency": "EUR", "amount": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"7", b'"x"', b"<html>", b"[7]", b"[" * 100_000, b'{"message": "It is down."}',
        json.dumps({**PAID, "status": "Paid"}).encode(), json.dumps({**PAID, "currency": "XXQ"}).encode(),
        json.dumps({**PAID, "id": "../x"}).encode(), json.dumps([PAID, "x"]).encode(),
        json.dumps([{**PAID, "payments": [{"value": "NaN", "status": "Settled"}]}]).encode(),
    ],
    ids=range(13),
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 201, 302, 404, 500, 503])
def test_what_is_no_answer_of_a_btcpay_server_is_none(bench: BtcpayBench, body: bytes, status: int) -> None:
    reference = bench.provider.request(asked()).reference
    with bench.company.saying(status, body):
        with pytest.raises(NoAnswer):
            bench.provider.lookup(reference, "")
        if (status, body[:1]) != (200, b"["):
            with pytest.raises(NoAnswer):
                bench.provider.lookup("", "key")


@pytest.mark.parametrize("change", [{"rate": "-1"}, {"rate": None}, {"payments": [{"status": "Settled"}]}])
def test_payments_that_cannot_be_read_are_no_answer(bench: BtcpayBench, change: dict[str, Any]) -> None:
    method = {"rate": "10", "payments": [{"value": "1", "status": "Settled"}], **change}
    with pytest.raises(NoAnswer):
        facts.of_invoice(PAID, [method], address="https://x", now=clock.now())


@pytest.mark.parametrize("change", [{"id": "../x"}, {"id": None}, {"status": "Paid"}, {"currency": "XXQ"}])
def test_an_invoice_that_cannot_be_read_is_no_answer(change: dict[str, Any]) -> None:
    with pytest.raises(NoAnswer):
        facts.of_invoice({**PAID, **change}, [], address="https://x", now=clock.now())


def test_an_invoice_with_another_key_is_not_ours(bench: BtcpayBench) -> None:
    strange = [{"id": "a", "metadata": {"orderId": "other"}}, {"id": "b", "metadata": None}]
    with bench.company.saying(200, json.dumps(strange).encode()):
        assert bench.provider.lookup("", "key").state == State.NOT_SENT


def test_a_name_that_is_none_is_not_asked_for(bench: BtcpayBench) -> None:
    with pytest.raises(NoAnswer):
        bench.provider.lookup("../../users/me", "")
    assert not bench.company.seen


FULL = {"server_address": "https://pay.example.org", "api_key": KEY, "store_id": STORE, "webhook_secrets": (SECRET,)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"server_address": "http://pay.example.org"}, "begins with https://"),
        ({"api_key": ""}, "needs api_key"),
        ({"store_id": "a/b"}, "needs store_id"),
        ({"webhook_secrets": ()}, "without a secret anyone could say"),
        ({"webhook_secrets": ("long-enough", "")}, "without a secret anyone could say"),
        ({"wallet": "x"}, "has wallet, which means nothing"),
    ],
)
def test_a_contract_that_cannot_be_used_says_why(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadContracts, match=sentence):
        BtcpayProvider(Contract("coins", "btcpay", {**FULL, **change}))


def test_a_contract_says_what_its_rail_carries() -> None:
    made = BtcpayProvider(Contract("coins", "btcpay", FULL, ("bank:north",)))
    able = made.capabilities
    assert able.domains == ("server:pay.example.org", "network:bitcoin", "bank:north")
    assert (able.idempotency, able.takes_any_amount, able.currencies) == (None, True, None)
    assert made.pay_page(asked(), "x") is None
