"""News of a BTCPay Server is signed over every byte, and only ever a reason to ask, however often it comes."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import inbox, registry
from obbligato.payments.contract import Event, Forged
from obbligato.payments.models import Alert, Attempt, InboxEvent
from obbligato.payments.providers.btcpay import news
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.contracts.asking import begin, hear, state
from tests.payments.contracts.btcpay import SECRET, STORE, BtcpayBench, btcpay, signed

pytestmark = pytest.mark.django_db
State = Attempt.State
EURO = MICRO


@pytest.fixture
def bench() -> Iterator[BtcpayBench]:
    with btcpay() as made, registry.instead(made.provider), clock.stopped(clock.now().replace(microsecond=0)):
        yield made


def test_news_is_of_this_store_and_signed_over_every_byte(bench: BtcpayBench) -> None:
    body = bench.company.news("Inv1")
    event = bench.provider.read_event(signed(body), body)
    assert (event.id, event.reference, event.is_proven) == ("delivery1", "Inv1", True)
    proof = signed(body)["btcpay-sig"]
    for strange in ("", proof[7:], proof.upper(), "sha256=", "sha1=" + proof[7:], "sha256=é", proof + "0"):
        with pytest.raises(Forged, match="signature"):
            bench.provider.read_event({"btcpay-sig": strange}, body)
    with pytest.raises(Forged, match="signature"):
        bench.provider.read_event(signed(body, "another-secret"), body)
    other = bench.company.news("Inv1", storeId="other")
    with pytest.raises(Forged, match="another store"):
        bench.provider.read_event(signed(other), other)


def test_old_and_new_secrets_hold_while_one_is_renewed() -> None:
    with btcpay(webhook_secrets=("brand-new-secret", SECRET)) as bench:
        body = bench.company.news("Inv1")
        for secret in ("brand-new-secret", SECRET):
            assert bench.provider.read_event(signed(body, secret), body).reference == "Inv1"


def test_a_redelivery_makes_the_store_ask_again_whatever_it_says_of_itself(bench: BtcpayBench) -> None:
    person = alice()
    attempt = begin(person)
    first = bench.company.news(attempt.provider_reference)
    bench.approve(attempt.provider_reference)
    for body in (first, first, bench.company.news(attempt.provider_reference, originalDeliveryId="delivery1")):
        inbox.receive("coins", signed(body), body)
        upkeep.round_of_upkeep()
    assert InboxEvent.objects.count() == 2
    assert wallets.balance(person, "EUR") == 12 * EURO
    assert not Alert.objects.exists()


def test_news_is_found_by_our_key_where_its_name_never_came(bench: BtcpayBench) -> None:
    person = alice()
    with bench.silent():
        attempt = begin(person)
    reference = next(iter(bench.company.invoices))
    bench.approve(reference)
    hear(bench, reference)
    assert (state(attempt), wallets.balance(person, "EUR")) == (State.SUCCEEDED, 12 * EURO)


def test_news_of_something_else_is_done_with(bench: BtcpayBench) -> None:
    body = json.dumps({"deliveryId": "d1", "type": "PayoutCreated", "storeId": STORE, "payoutId": "p"}).encode()
    assert inbox.handle(inbox.receive("coins", signed(body), body))


def test_no_address_in_news_is_ever_gone_to(bench: BtcpayBench) -> None:
    attempt = begin(alice())
    asked_before = len(bench.company.seen)
    body = bench.company.news(attempt.provider_reference, checkoutLink="http://127.0.0.1:9/", url="file:///etc/passwd")
    inbox.receive("coins", signed(body), body)
    upkeep.round_of_upkeep()
    paths = [one[1] for one in bench.company.seen[asked_before:]]
    assert paths == [f"/api/v1/stores/{STORE}/invoices/{attempt.provider_reference}"]


texts = st.text("aZ9/é", max_size=9) | st.sampled_from([STORE, "orderId"])
words = st.none() | st.booleans() | st.integers(0, 9) | texts | st.dictionaries(texts, texts, max_size=2)
fields = st.sampled_from(["deliveryId", "storeId", "invoiceId", "metadata", "type"])


@given(st.binary(max_size=200) | st.dictionaries(fields, words).map(lambda said: json.dumps(said).encode()))
def test_no_signed_body_breaks_it(body: bytes) -> None:
    try:
        event = news.read(signed(body), body, secrets=(SECRET,), store=STORE)
    except Forged:
        return
    assert isinstance(event, Event)
    assert event.id


@given(st.binary(max_size=200), st.text("sha256=é0f", max_size=80))
def test_no_body_without_its_proof_is_believed(body: bytes, proof: str) -> None:
    with pytest.raises(Forged):
        news.read({"btcpay-sig": proof}, body, secrets=(SECRET,), store=STORE)


@pytest.mark.parametrize(
    "said",
    [{"deliveryId": 7}, {"deliveryId": ""}, {"deliveryId": "d", "invoiceId": "/"}, {"deliveryId": "d", "metadata": 7},
     {"deliveryId": "d", "metadata": {"orderId": 7}}, {"invoiceId": "x"}, ["d"]],
    ids=range(7),
)  # fmt: skip
def test_news_in_another_form_is_none(said: object) -> None:
    body = json.dumps(said).encode()
    with pytest.raises(Forged, match="no news"):
        news.read(signed(body), body, secrets=(SECRET,), store=STORE)


def test_deeply_nested_news_is_none() -> None:
    body = b'{"deliveryId": ' + b"[" * 500_000
    with pytest.raises(Forged, match="no news"):
        news.read(signed(body), body, secrets=(SECRET,), store=STORE)
