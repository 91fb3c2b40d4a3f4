"""Mollie's own ways: news that proves nothing, keys for an hour, words for a no, chargebacks to be asked for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.config import upkeep
from obbligato.kernel import chance, clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, inbox, registry
from obbligato.payments.contract import Decline, Event, Forged, Method, NoAnswer, NotSent, Request
from obbligato.payments.contracts_file import BadContracts, Contract
from obbligato.payments.models import Attempt, RailBlock
from obbligato.payments.providers.mollie import facts
from obbligato.payments.providers.mollie.provider import MollieProvider
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.contracts.asking import asked, begin, hear, refund_of
from tests.payments.contracts.mollie import KEY, MollieBench, mollie

pytestmark = pytest.mark.django_db
State = Attempt.State
EURO = MICRO


@pytest.fixture
def bench() -> Iterator[MollieBench]:
    with mollie() as made, registry.instead(made.provider), clock.stopped(clock.now()):
        yield made


def test_a_payment_is_made_on_its_page_and_heard_of_by_asking(bench: MollieBench) -> None:
    person = alice()
    attempt = begin(person)
    assert attempt.next_url.startswith("https://www.mollie.example/checkout/tr_")
    _, _, headers, body = bench.company.seen[0]
    assert body["amount"] == {"currency": "EUR", "value": "12.00"}
    assert (body["method"], body["metadata"]["number"]) == (["creditcard"], attempt.number)
    assert (headers["idempotency-key"], body["metadata"]["key"]) == (attempt.key, attempt.key)
    assert body["redirectUrl"].endswith(attempt.number)
    bench.approve(attempt.provider_reference)
    hear(bench, attempt.provider_reference)
    assert wallets.balance(person, "EUR") == 12 * EURO
    assert audit().is_clean


def test_its_news_is_asked_for_where_the_world_can_reach_the_store_alone(bench: MollieBench) -> None:
    news = "https://store.example.org/api/webhooks/cards"
    bench.provider.request(asked(news_url=news))
    bench.provider.request(asked(news_url="http://localhost:8000/api/webhooks/cards"))
    assert [one[3].get("webhookUrl") for one in bench.company.seen] == [news, None]


def test_a_payment_without_any_news_is_asked_after(bench: MollieBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.approve(attempt.provider_reference)
    clock.advance(timedelta(seconds=5))
    upkeep.round_of_upkeep()
    assert wallets.balance(person, "EUR") == 12 * EURO


def test_a_payment_of_another_amount_waits_for_a_person(bench: MollieBench) -> None:
    person = alice()
    attempt = begin(person)
    bench.company.pay(attempt.provider_reference, "0.01")
    hear(bench, attempt.provider_reference)
    assert wallets.balance(person, "EUR") == 0
    attempt.refresh_from_db()
    assert (attempt.state, attempt.reported_micro) == (State.MISMATCH, 10_000)


def test_what_was_captured_in_part_is_what_was_captured(bench: MollieBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.approve(reference)
    bench.company.payments[reference]["amountCaptured"] = {"currency": "EUR", "value": "7.00"}
    assert bench.provider.lookup(reference, "").amount_micro == 7 * EURO


@pytest.mark.parametrize("status", ["open", "pending", "authorized", "canceled", "expired"])
def test_only_paid_is_paid(bench: MollieBench, status: str) -> None:
    reference = bench.provider.request(asked()).reference
    bench.company.payments[reference]["status"] = status
    fact = bench.provider.lookup(reference, "")
    assert (fact.state, fact.amount_micro) == (facts.STATES[status], 0)
    assert fact.state != State.SUCCEEDED


@pytest.mark.parametrize("status", ["settled", "", None, 7])
def test_a_state_nobody_knows_is_no_answer(bench: MollieBench, status: object) -> None:
    reference = bench.provider.request(asked()).reference
    bench.company.payments[reference]["status"] = status
    with pytest.raises(NoAnswer):
        bench.provider.lookup(reference, "")


def test_a_name_that_is_none_is_no_answer(bench: MollieBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.company.payments[reference]["id"] = "../../balances"
    with pytest.raises(NoAnswer):
        bench.provider.lookup(reference, "")


@pytest.mark.parametrize(("reason", "decline"), [*facts.DECLINES.items(), ("brand_new_word", Decline.UNMAPPED)])
def test_each_reason_has_its_class(bench: MollieBench, reason: str, decline: Decline) -> None:
    reference = bench.provider.request(asked()).reference
    bench.company.fail(reference, reason)
    fact = bench.provider.lookup(reference, "")
    assert (fact.state, fact.decline) == (State.DECLINED, decline)
    assert fact.reason


@pytest.mark.parametrize(
    ("status", "decline"),
    [
        (401, "merchant"),
        (403, "merchant"),
        (409, "duplicate"),
        (422, "technical"),
        (429, "technical"),
        (404, "technical"),
    ],
)
def test_its_no_to_a_request_has_a_class(bench: MollieBench, status: int, decline: str) -> None:
    said = f'{{"status": {status}, "title": "No", "detail": "It says no."}}'.encode()
    with bench.company.saying(status, said, Retry_After="60"):
        fact = bench.provider.request(asked())
    assert (fact.state, fact.decline, fact.reason) == (State.DECLINED, decline, "Mollie: It says no.")


def test_keys_revoked_on_the_way_block_the_rail(bench: MollieBench) -> None:
    with bench.revoked():
        assert begin(alice()).state == State.DECLINED
    assert "Missing authentication" in RailBlock.objects.get().reason


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"<html>", b'{"status": "x"}', b'{"id": 7}', b'{"status": 500, "detail": "Oops"}',
     b'{"id": "tr_12345", "status": "paid", "amount": {"value": "-1", "currency": "EUR"}}',
     b'{"id": "tr_12345", "status": "paid", "amount": {"value": "1.00", "currency": "XXQ"}}',
     b'{"id": "tr_12345", "status": "paid", "amount": {"value": 1, "currency": "EUR"}}'],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 500, 503, 400])
def test_what_is_no_answer_of_mollies_is_none(bench: MollieBench, body: bytes, status: int) -> None:
    reference = bench.provider.request(asked()).reference
    with bench.company.saying(status, body):
        for act in (
            lambda: bench.provider.lookup(reference, ""),
            lambda: bench.provider.lookup("", "key"),
            lambda: bench.provider.request(asked()),
            lambda: bench.provider.refund(refund_of(reference)),
            lambda: bench.provider.lookup_refund(refund_of(reference)),
            lambda: bench.provider.disputes(reference),
        ):
            with pytest.raises(NoAnswer):
                act()


@pytest.mark.parametrize("mood", ["reset", "dripping"])
def test_an_answer_that_breaks_off_or_drips_is_a_doubt(bench: MollieBench, mood: str) -> None:
    bench.provider.account.deadline_seconds = 1.0
    request = asked()
    with bench.company.moody(mood), pytest.raises(NoAnswer):
        bench.provider.request(request)
    assert bench.provider.request(request).state == State.ACTION_REQUIRED
    assert bench.charges() == 1


def test_a_doubt_is_ended_by_the_same_key_within_half_an_hour(bench: MollieBench) -> None:
    person = alice()
    with bench.silent():
        attempt = begin(person)
    assert attempt.state == State.UNKNOWN
    clock.advance(timedelta(minutes=29))
    assert attempts.refresh(attempt).state == State.ACTION_REQUIRED
    assert bench.charges() == 1


def test_a_cached_fault_ends_by_looking_for_the_key(bench: MollieBench) -> None:
    """500 is all that the key brings for an hour; that the payment was made after all shows in the list."""
    for _ in range(7):
        bench.provider.request(asked())
    with bench.company.saying(500, b'{"status": 500, "title": "x", "detail": "Oops"}'):
        attempt = begin(alice())
        clock.advance(timedelta(minutes=5))
        assert attempts.refresh(attempt).state == State.UNKNOWN
    for _ in range(4):
        bench.provider.request(asked())
    clock.advance(timedelta(minutes=26))
    found = attempts.refresh(attempt)
    assert (found.state, found.provider_reference) == (State.ACTION_REQUIRED, "tr_0000000007")
    assert bench.charges() == 12


def test_old_payments_are_not_looked_through(bench: MollieBench) -> None:
    key = chance.token(32)
    bench.provider.request(Request(key, EURO, "EUR", "https://store.example.org/x", number="n"))
    for _ in range(4):
        bench.provider.request(asked())
    assert bench.provider.lookup("", key).state == State.ACTION_REQUIRED
    clock.advance(timedelta(days=4))
    for _ in range(4):
        bench.provider.request(asked())
    assert bench.provider.lookup("", key).state == State.NOT_SENT


def test_not_found_is_not_believed_too_early(bench: MollieBench) -> None:
    person = alice()
    with bench.silent():
        attempt = begin(person)
    bench.company.is_lying = True
    clock.advance(timedelta(minutes=31))
    assert attempts.refresh(attempt).state == State.UNKNOWN
    bench.company.is_lying = False
    assert attempts.refresh(attempt).state == State.ACTION_REQUIRED


def test_news_of_another_shops_payment_changes_nothing(bench: MollieBench) -> None:
    attempt = begin(alice())
    for strange in ("tr_elsewhere", "tr_"):
        with pytest.raises((inbox.OfNothingKnown, inbox.NotFromProvider)):
            inbox.receive("cards", {}, f"id={strange}".encode())
    inbox.receive("cards", {}, f"id={attempt.provider_reference}&status=paid".encode())
    upkeep.round_of_upkeep()
    attempt.refresh_from_db()
    assert attempt.state == State.ACTION_REQUIRED


@given(st.binary(max_size=300) | st.text("aZ0&=%é", max_size=60).map(lambda text: f"id=tr_{text}".encode()))
def test_no_body_breaks_it(body: bytes) -> None:
    provider = MollieProvider(Contract("cards", "mollie", {"api_key": KEY}))
    try:
        event = provider.read_event({"content-type": "?"}, body)
    except Forged:
        return
    assert event == Event(event.reference, event.reference, is_proven=False)


def test_a_payment_that_mollie_knows_no_more_was_not_sent(bench: MollieBench) -> None:
    assert bench.provider.lookup("tr_elsewhere", "").state == State.NOT_SENT
    with bench.unreachable(), pytest.raises(NotSent):
        bench.provider.request(asked())


def test_what_cannot_be_cancelled_expires(bench: MollieBench) -> None:
    reference = bench.provider.request(asked()).reference
    bench.company.payments[reference]["isCancelable"] = False
    bench.provider.void(reference)
    assert bench.provider.lookup(reference, "").state == State.ACTION_REQUIRED


def test_each_method_goes_to_its_own_words(bench: MollieBench) -> None:
    with mollie(methods=("creditcard", "ideal", "paypal", "bancontact")) as several:
        for method in (Method.CARD, Method.BANK_TRANSFER, Method.WALLET, Method.CRYPTO):
            several.provider.request(asked(method=method))
        words = [one[3]["method"] for one in several.company.seen]
    assert words == [
        ["creditcard", "bancontact"],
        ["ideal"],
        ["paypal"],
        ["creditcard", "ideal", "paypal", "bancontact"],
    ]
    assert several.provider.capabilities.domains == ("processor:mollie", "country:nl")
    assert "network:visa" in bench.provider.capabilities.domains


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "needs api_key"),
        ({"api_key": "sk_live_1"}, "begins with live_ or test_"),
        ({"api_key": KEY, "methods": ("directdebit",)}, "has methods, of which there are: creditcard, banc"),
        ({"api_key": KEY, "methods": ()}, "has methods"),
        ({"api_key": KEY, "organization_token": "live_123456789"}, "needs organization_token to begin with access_"),
        ({"api_key": KEY, "profile": "pfl_1"}, "has profile, which means nothing to mollie"),
        ({"api_key": KEY, "api_address": "http://api.example.org"}, "begins with https://"),
    ],
)
def test_a_contract_that_cannot_be_used_says_why(keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadContracts, match=sentence) as refused:
        MollieProvider(Contract("cards", "mollie", keys))
    assert KEY not in str(refused.value)


def test_a_contract_says_what_its_rail_carries() -> None:
    keys = {"api_key": "live_abcdefgh", "methods": "paypal"}
    made = MollieProvider(
        Contract("cards", "mollie", keys, ("bank:north",), frozenset({"CHF"}), frozenset({"CH"}), 7, 9)
    )
    able = made.capabilities
    assert (made.label, able.currencies, able.countries) == ("PayPal", {"CHF"}, {"CH"})
    assert (able.cost_fixed_micro, able.cost_basis_points, able.domains[-1]) == (7, 9, "bank:north")
    with pytest.raises(BadContracts, match="names KWD, which Mollie does not take"):
        MollieProvider(Contract("cards", "mollie", keys, currencies=frozenset({"KWD"})))
    assert made.pay_page(asked(), "tr_1") is None
