"""What every provider does alike, whichever company is behind it. Each is shown beside a double of its company."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from obbligato.kernel import chance, clock
from obbligato.kernel.money import minor_unit_micro
from obbligato.payments.contract import Decline, Fact, Forged, NoAnswer, NotSent, RefundRequest, Request
from tests.payments.contracts.bench import Bench, RemoteBench
from tests.payments.contracts.btcpay import btcpay
from tests.payments.contracts.mollie import mollie
from tests.payments.contracts.sandbox import SandboxBench
from tests.payments.contracts.stripe import stripe

pytestmark = pytest.mark.django_db
EURO = 1_000_000


@contextmanager
def sandbox() -> Iterator[Bench]:
    yield SandboxBench()


REMOTE = {"stripe": stripe, "mollie": mollie, "btcpay": btcpay}
BENCHES = {"sandbox": sandbox, **REMOTE}


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with BENCHES[request.param]() as made:
        yield made


@pytest.fixture(params=REMOTE)
def remote(request: pytest.FixtureRequest) -> Iterator[RemoteBench]:
    with REMOTE[request.param]() as made:
        yield made


def asked(bench: Bench, amount_micro: int = 12 * EURO, currency: str = "EUR", key: str = "") -> Request:
    method = min(bench.provider.capabilities.methods)
    pages = "http://localhost:8000/wallet/top-ups"
    key = key or chance.token(32)
    return Request(key, amount_micro, currency, f"{pages}/x", method, "x", "http://localhost:8000/api/webhooks/x")


def paid(bench: Bench, **values: object) -> tuple[Request, Fact]:
    request = asked(bench, **values)  # type: ignore[arg-type]
    reference = bench.provider.request(request).reference
    bench.approve(reference)
    return request, bench.provider.lookup(reference, request.idempotency_key)


def test_it_says_what_it_can(bench: Bench) -> None:
    provider = bench.provider
    assert provider.name
    assert provider.label
    assert provider.description
    assert provider.capabilities.methods
    assert provider.capabilities.domains


def test_a_request_waits_for_its_payer(bench: Bench) -> None:
    fact = bench.provider.request(asked(bench))
    assert (fact.state, bool(fact.reference), fact.decline) == ("action_required", True, "")


def test_the_buyer_is_led_somewhere_to_pay(bench: Bench) -> None:
    request = asked(bench)
    fact = bench.provider.request(request)
    page = bench.provider.pay_page(request, fact.reference)
    assert bool(fact.next_url) != (page is not None)
    assert page is None or (page.kind and page.facts)


def test_the_same_key_is_one_charge(bench: Bench) -> None:
    request = asked(bench)
    first = bench.provider.request(request)
    if bench.provider.capabilities.idempotency is None:
        found = bench.provider.lookup("", request.idempotency_key)
        assert found.state == "not_sent" or found.reference == first.reference
    else:
        assert bench.provider.request(request).reference == first.reference
    assert bench.charges() == 1


def test_a_charge_is_found_by_its_reference(bench: Bench) -> None:
    request = asked(bench)
    made = bench.provider.request(request)
    found = bench.provider.lookup(made.reference, request.idempotency_key)
    assert (found.state, found.reference) == (made.state, made.reference)


def test_a_charge_is_finished_on_its_page_or_on_one_of_the_store(bench: Bench) -> None:
    request = asked(bench)
    made = bench.provider.request(request)
    assert bool(made.next_url) == (bench.provider.pay_page(request, made.reference) is None)


def test_what_it_never_heard_of_was_not_sent(bench: Bench) -> None:
    assert bench.provider.lookup("", chance.token(32)).state == "not_sent"


def test_what_was_paid_is_told_to_the_smallest_unit(bench: Bench) -> None:
    for currency in bench.currencies:
        amount_micro = 1234 * minor_unit_micro(currency)
        _, fact = paid(bench, amount_micro=amount_micro, currency=currency)
        assert (fact.state, fact.amount_micro, fact.currency) == ("succeeded", amount_micro, currency)


def test_a_no_has_a_class(bench: Bench) -> None:
    request = asked(bench)
    reference = bench.provider.request(request).reference
    bench.refuse(reference)
    fact = bench.provider.lookup(reference, request.idempotency_key)
    assert fact.state in {"declined", "expired", "voided", "action_required"}
    assert (fact.state == "declined") == bool(fact.decline)
    assert not fact.decline or Decline(fact.decline)


def test_a_charge_given_up_is_never_paid(bench: Bench) -> None:
    request = asked(bench)
    reference = bench.provider.request(request).reference
    bench.provider.void(reference)
    assert bench.provider.lookup(reference, request.idempotency_key).state in {"voided", "expired"}
    bench.provider.void(reference)


def test_parts_go_back_until_nothing_is_left(bench: Bench) -> None:
    _, fact = paid(bench)
    keys = [chance.token(32) for _ in range(3)]
    parts = [RefundRequest(key, fact.reference, amount, "EUR") for key, amount in zip(keys, (5, 7, 1), strict=True)]
    parts = [RefundRequest(one.idempotency_key, one.reference, one.amount_micro * EURO, "EUR") for one in parts]
    states = [bench.provider.refund(part).state for part in parts]
    assert states[2] == "failed"
    assert set(states[:2]) <= {"done", "dispatched"}


def test_the_same_refund_twice_is_one(bench: Bench) -> None:
    _, fact = paid(bench)
    half = RefundRequest(chance.token(32), fact.reference, 6 * EURO, "EUR")
    first, again = bench.provider.refund(half), bench.provider.refund(half)
    assert (first.state, first.reference) == (again.state, again.reference)
    other = RefundRequest(chance.token(32), fact.reference, 6 * EURO, "EUR")
    assert bench.provider.refund(other).state == first.state
    found = bench.provider.lookup_refund(half)
    assert (found.state, found.reference) == (first.state, first.reference)


def test_a_refund_it_never_heard_of_was_not_sent(bench: Bench) -> None:
    _, fact = paid(bench)
    assert (
        bench.provider.lookup_refund(RefundRequest(chance.token(32), fact.reference, EURO, "EUR")).state == "not_sent"
    )


def test_what_is_no_news_of_it_is_forged(bench: Bench) -> None:
    for body in (b"", b"{}", b"\xff\xfe", b'{"id": ' + b"[" * 5000, b"null", b'"x"'):
        with pytest.raises(Forged):
            bench.provider.read_event({}, body)


def test_where_nobody_listens_nothing_was_sent(remote: RemoteBench) -> None:
    with remote.unreachable(), pytest.raises(NotSent):
        remote.provider.request(asked(remote))
    with remote.unreachable(), pytest.raises((NotSent, NoAnswer)):
        remote.provider.lookup("x", "y")


def test_an_answer_that_never_comes_is_a_doubt_that_ends(remote: RemoteBench) -> None:
    request = asked(remote)
    with remote.silent(), pytest.raises(NoAnswer):
        remote.provider.request(request)
    if remote.provider.capabilities.idempotency is not None:
        assert remote.provider.request(request).state == "action_required"
        assert remote.charges() == 1


def test_html_instead_of_an_answer_is_no_answer(remote: RemoteBench) -> None:
    request = asked(remote)
    made = remote.provider.request(request)
    with remote.broken():
        for act in (
            lambda: remote.provider.request(asked(remote)),
            lambda: remote.provider.lookup(made.reference, request.idempotency_key),
            lambda: remote.provider.refund(RefundRequest("k", made.reference, EURO, "EUR")),
        ):
            with pytest.raises(NoAnswer):
                act()


def test_keys_that_hold_no_more_end_the_use_of_the_rail(remote: RemoteBench) -> None:
    with remote.revoked():
        fact = remote.provider.request(asked(remote))
    assert (fact.state, fact.decline) == ("declined", Decline.MERCHANT)


def test_a_pause_it_asks_for_is_kept_whatever_is_wanted_of_it(remote: RemoteBench) -> None:
    with clock.stopped(clock.now()):
        first = asked(remote)
        made = remote.provider.request(first)
        with remote.limited():
            fact = remote.provider.request(asked(remote))
        assert (fact.state, fact.decline) == ("declined", Decline.TECHNICAL)
        for act in (
            lambda: remote.provider.request(asked(remote)),
            lambda: remote.provider.lookup(made.reference, first.idempotency_key),
            lambda: remote.provider.refund(RefundRequest("k", made.reference, EURO, "EUR")),
            lambda: remote.provider.void(made.reference),
        ):
            with pytest.raises(NotSent):
                act()
        assert remote.charges() == 1
        clock.advance(timedelta(seconds=60))
        assert remote.provider.lookup(made.reference, first.idempotency_key).state == "action_required"


def test_news_says_what_asking_says(remote: RemoteBench) -> None:
    _, fact = paid(remote)
    headers, body = remote.news_of(fact.reference)
    event = remote.provider.read_event(headers, body)
    assert event.id
    assert event.reference == fact.reference
    if event.charge is not None:
        said = event.charge
        assert (said.state, said.amount_micro, said.currency) == (fact.state, fact.amount_micro, fact.currency)


def test_news_whose_body_was_touched_is_forged_or_proves_nothing(remote: RemoteBench) -> None:
    _, fact = paid(remote)
    headers, body = remote.news_of(fact.reference)
    assert remote.provider.read_event(headers, body).is_proven in {True, False}
    if remote.provider.read_event(headers, body).is_proven:
        with pytest.raises(Forged):
            remote.provider.read_event(headers, body.replace(b"1", b"2"))
        with pytest.raises(Forged):
            remote.provider.read_event({}, body)


def test_no_key_of_the_store_is_ever_shown(remote: RemoteBench) -> None:
    shown = f"{remote.provider!r} {vars(remote.provider)!r}"
    assert "secret" not in shown.lower().replace("secrets", "")
