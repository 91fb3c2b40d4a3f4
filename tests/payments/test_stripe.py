"""Stripe's rail: what it makes of each answer, each silence and each refusal, beside a double of its company."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from obbligato.kernel import chance, clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, contracts_file, reconciling, refunds, registry, top_ups
from obbligato.payments.contract import Decline, Fact, Method, NoAnswer, NotSent, RefundRequest, Request
from obbligato.payments.models import Attempt, RailBlock
from obbligato.payments.providers.stripe import charges
from obbligato.payments.providers.stripe.provider import StripeProvider as Rail
from obbligato.payments.reconciling import Booking
from obbligato.sales import wallets
from tests import waiting
from tests.makers import alice
from tests.payments.contracts.stripe import rail_at, stripe
from tests.payments.contracts.stripe_double import GOOD_CARD, REFUSED_CARD, STRONG_CARD, StripeDouble

pytestmark = pytest.mark.django_db
State = Attempt.State
IBAN, UNPAID_IBAN = "DE89370400440532013000", "DE62370400440532013001"


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    with stripe() as bench:
        yield bench.double


@pytest.fixture
def rail(double: StripeDouble) -> Rail:
    return rail_at(double)


def wish(key: str = "", *, micro: int = 5 * MICRO, currency: str = "EUR", method: str = Method.CARD) -> Request:
    return Request(key or chance.token(32), micro, currency, "http://localhost/back", method, "number-1")


def begin() -> Attempt:
    return top_ups.start(
        alice(), provider="stripe", amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/{number}"
    )


class TestAsking:
    def test_stripe_is_told_the_amount_the_key_and_the_number_and_nothing_of_the_buyer(
        self, double: StripeDouble, rail: Rail
    ) -> None:
        rail.request(wish("k" * 64))
        rail.request(wish(method=Method.DIRECT_DEBIT))
        assert double.asked[0] == {
            "amount": "500",
            "currency": "eur",
            "allowed_payment_method_types": ["card", "sepa_debit"],
            "metadata": {"key": "k" * 64, "number": "number-1"},
        }
        assert double.asked[1]["allowed_payment_method_types"] == ["sepa_debit"]

    def test_an_amount_that_stripe_cannot_write_is_not_sent(self, double: StripeDouble, rail: Rail) -> None:
        for currency in ("KWD", "UGX"):
            fact = rail.request(wish(micro=1_001_000, currency=currency))
            assert (fact.state, fact.decline) == (State.NOT_SENT, Decline.UNMAPPED)
        assert double.requests == []

    @pytest.mark.parametrize("mode", ["silent", "reset", "dripping", "html", "odd", "broken", "failing_after"])
    def test_whatever_is_no_answer_of_stripes_is_a_doubt(self, double: StripeDouble, rail: Rail, mode: str) -> None:
        began = time.monotonic()
        with double.behaving(mode), pytest.raises(NoAnswer):
            rail.request(wish())
        assert time.monotonic() - began < 5

    def test_an_answer_that_drips_on_holds_no_thread_for_long(self, double: StripeDouble, rail: Rail) -> None:
        with double.behaving("dripping"), pytest.raises(NoAnswer):
            rail.request(wish())
        waiting.until(lambda: "provider-call" not in {one.name for one in threading.enumerate()}, seconds=5)

    def test_an_answer_without_end_is_no_answer(self, double: StripeDouble, rail: Rail) -> None:
        with double.behaving("endless"), pytest.raises(NoAnswer):
            rail.request(wish())

    @pytest.mark.parametrize(
        ("mode", "decline"),
        [
            ("limited", Decline.TECHNICAL),
            ("closed", Decline.MERCHANT),
            ("revoked", Decline.MERCHANT),
            ("busy", Decline.DUPLICATE),
        ],
    )
    def test_a_refusal_has_a_class(self, double: StripeDouble, rail: Rail, mode: str, decline: Decline) -> None:
        with double.behaving(mode):
            fact = rail.request(wish())
        assert (fact.state, fact.decline) == (State.DECLINED, decline)
        assert fact.reason.endswith(".")

    def test_the_same_key_for_another_amount_is_a_doubt_to_be_looked_up(self, rail: Rail) -> None:
        rail.request(wish("same"))
        assert rail.request(wish("same", micro=6 * MICRO)).decline == Decline.DUPLICATE

    def test_nothing_is_tried_twice_by_the_sdk(self, double: StripeDouble, rail: Rail) -> None:
        with double.behaving("broken"), pytest.raises(NoAnswer):
            rail.request(wish())
        assert len(double.requests) == 1

    def test_a_host_without_a_name_or_with_anothers_certificate_was_sent_nothing(self, tmp_path: Path) -> None:
        with tls_server(tmp_path) as untrusted:
            for address in ("https://stripe.invalid", untrusted):
                with pytest.raises(NotSent):
                    rail_with(api_address=address).request(wish())


class TestAKeptFailure:
    """Stripe repeats the answer of a key for a day, also where that was a failure."""

    @pytest.mark.parametrize("lags", [False, True])
    def test_what_was_made_nevertheless_is_found(self, double: StripeDouble, rail: Rail, lags: bool) -> None:
        request, double.search_lags = wish(), lags
        with double.behaving("failing_after"), pytest.raises(NoAnswer):
            rail.request(request)
        assert rail.request(request).reference == double.intents[0]
        assert len(double.intents) == 1

    def test_what_was_not_made_is_believed_to_be_so_after_an_hour(self, double: StripeDouble, rail: Rail) -> None:
        with clock.stopped(clock.now()), registry.instead(rail):
            with double.behaving("failing_before"):
                attempt = begin()
            assert attempt.state == State.UNKNOWN
            clock.advance(timedelta(minutes=59))
            assert attempts.refresh(attempt).state == State.UNKNOWN
            clock.advance(timedelta(minutes=1))
            assert attempts.refresh(attempt).state == State.NOT_SENT
        assert double.intents == []


class TestAPayment:
    def test_a_card_fills_the_wallet(self, double: StripeDouble, rail: Rail) -> None:
        with registry.instead(rail):
            attempt = begin()
            assert (attempt.state, attempt.next_url) == (State.ACTION_REQUIRED, "")
            double.pay(attempt.provider_reference)
            assert attempts.refresh(attempt).state == State.SUCCEEDED
        assert wallets.balance(attempt.person, "EUR") == 5 * MICRO
        assert audit().is_clean

    def test_a_refused_card_leaves_it_open_for_another_and_says_no_more_than_that(
        self, double: StripeDouble, rail: Rail
    ) -> None:
        with registry.instead(rail):
            attempt = begin()
            status, _ = double.pay(attempt.provider_reference, REFUSED_CARD)
            refused = attempts.refresh(attempt)
            assert (status, refused.state, refused.decline) == (402, State.ACTION_REQUIRED, "")
            assert refused.reason == "The bank did not accept this. Please check what you typed, or pay another way."
            double.pay(attempt.provider_reference, GOOD_CARD)
            assert attempts.refresh(attempt).state == State.SUCCEEDED

    @pytest.mark.parametrize(("passed", "state"), [(True, State.SUCCEEDED), (False, State.ACTION_REQUIRED)])
    def test_a_bank_that_asks_who_she_is_decides(
        self, double: StripeDouble, rail: Rail, passed: bool, state: str
    ) -> None:
        reference = rail.request(wish()).reference
        double.pay(reference, STRONG_CARD)
        assert rail.lookup(reference, "").state == State.ACTION_REQUIRED
        assert rail.pay_page(wish(), reference) is not None
        double.authenticate(reference, passed=passed)
        assert rail.lookup(reference, "").state == state

    def test_a_direct_debit_is_on_its_way_and_arrives_by_itself(self, double: StripeDouble, rail: Rail) -> None:
        reference = rail.request(wish(method=Method.DIRECT_DEBIT)).reference
        double.pay(reference, iban=IBAN)
        fact = rail.lookup(reference, "")
        assert (fact.state, "up to 14 days" in fact.reason) == (State.ACTION_REQUIRED, True)
        assert rail.pay_page(wish(), reference) is None
        double.on_their_way.clear()
        assert rail.lookup(reference, "").state == State.SUCCEEDED

    def test_a_direct_debit_that_was_not_paid_may_be_paid_otherwise(self, double: StripeDouble, rail: Rail) -> None:
        reference = rail.request(wish(method=Method.DIRECT_DEBIT)).reference
        double.pay(reference, iban=UNPAID_IBAN)
        waiting.until(lambda: "did not accept" in rail.lookup(reference, "").reason, pause_seconds=0.1)

    def test_what_is_left_unfinished_for_a_day_is_given_up(self, double: StripeDouble, rail: Rail) -> None:
        left, paid = rail.request(wish()).reference, rail.request(wish()).reference
        double.pay(paid)
        with clock.stopped(clock.now() + timedelta(hours=23)):
            assert rail.lookup(left, "").state == State.ACTION_REQUIRED
        with clock.stopped(clock.now() + timedelta(hours=25)):
            assert rail.lookup(left, "").state == State.EXPIRED
            assert rail.lookup(paid, "").state == State.SUCCEEDED
        assert double.intent(left)["cancellation_reason"] == "abandoned"

    def test_the_page_shows_what_belongs_to_the_browser_alone(self, double: StripeDouble, rail: Rail) -> None:
        reference = rail.request(wish()).reference
        page = rail.pay_page(wish(), reference)
        assert page is not None
        assert page.facts == {
            "publishable_key": "pk_test_of_the_double",
            "client_secret": double.intent(reference)["client_secret"],
            "return_url": "http://localhost/back",
        }
        assert rail.pay_page(wish(), "pi_of_nobody") is None
        with double.behaving("revoked"), pytest.raises(NoAnswer):
            rail.pay_page(wish(), reference)

    def test_giving_up_what_was_paid_changes_nothing(self, double: StripeDouble, rail: Rail) -> None:
        reference = rail.request(wish()).reference
        double.pay(reference)
        rail.void(reference)
        rail.void("pi_of_nobody")
        assert rail.lookup(reference, "").state == State.SUCCEEDED
        with double.unreachable(), pytest.raises(NotSent):
            rail.void(reference)

    def test_a_payment_that_stripe_does_not_know_was_not_sent(self, double: StripeDouble, rail: Rail) -> None:
        assert rail.lookup("pi_of_nobody", "").state == State.NOT_SENT
        for mode in ("revoked", "puzzled"):
            with double.behaving(mode), pytest.raises(NoAnswer):
                rail.lookup("pi_of_nobody", "")

    def test_an_account_that_cannot_search_finds_it_among_the_newest(self, double: StripeDouble, rail: Rail) -> None:
        made = rail.request(wish("mine"))
        with double.behaving("searchless"):
            assert rail.lookup("", "mine").reference == made.reference
            assert rail.lookup("", "another").state == State.NOT_SENT

    def test_a_closed_account_is_used_no_more(self, double: StripeDouble, rail: Rail) -> None:
        with registry.instead(rail), double.behaving("closed"):
            assert begin().decline == Decline.MERCHANT
        assert RailBlock.objects.get().reason == "This way of paying is closed at the moment."


class TestARefund:
    def paid(self, double: StripeDouble, rail: Rail) -> Attempt:
        with registry.instead(rail):
            attempt = begin()
            double.pay(attempt.provider_reference)
            return attempts.refresh(attempt)

    def test_it_goes_back_once_and_the_books_say_so(self, double: StripeDouble, rail: Rail) -> None:
        attempt = self.paid(double, rail)
        with registry.instead(rail):
            for _ in range(2):
                refund = refunds.ask(attempt, amount_micro=2 * MICRO, key="r", by="alice")
        assert (refund.state, len(double.refunds(attempt.provider_reference))) == ("done", 1)
        assert wallets.balance(attempt.person, "EUR") == 3 * MICRO
        assert audit().is_clean

    def test_an_answer_that_is_lost_is_found(self, double: StripeDouble, rail: Rail) -> None:
        attempt = self.paid(double, rail)
        with registry.instead(rail):
            with double.behaving("reset"):
                refund = refunds.ask(attempt, amount_micro=2 * MICRO, key="r", by="alice")
            assert refund.state == "unknown"
            assert refunds.refresh(refund).state == "done"

    def test_a_refusal_leaves_the_money_in_the_wallet_and_a_doubt_does_not(
        self, double: StripeDouble, rail: Rail
    ) -> None:
        request = RefundRequest(chance.token(32), self.paid(double, rail).provider_reference, 9 * MICRO, "EUR")
        assert rail.refund(request).state == "failed"
        with double.behaving("busy"), pytest.raises(NoAnswer):
            rail.refund(request)
        with double.behaving("revoked"), pytest.raises(NoAnswer):
            rail.lookup_refund(request)


def rail_with(**keys: str) -> Rail:
    values = {
        "provider": "stripe",
        "secret_key": "sk_test_1234",
        "publishable_key": "pk_test_1234",
        "webhook_secrets": "whsec_12345678",
        **keys,
    }
    table = "\n".join(f'{name} = "{value}"' for name, value in values.items())
    (contract,) = contracts_file.parse(f"[cards]\n{table}\n".encode())
    return Rail(contract, seconds=5)


@contextmanager
def tls_server(folder: Path) -> Iterator[str]:
    """Somebody who listens with a certificate that nobody signed."""
    file = folder / "both.pem"
    file.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class TestAContract:
    @pytest.mark.parametrize(
        ("keys", "sentence"),
        [
            ({"secret_key": "pk_live_1234"}, "needs a secret_key that begins with"),
            ({"secret_key": "sk_test_"}, "needs a secret_key that begins with"),
            ({"publishable_key": "sk_test_1234"}, "needs a publishable_key that begins with pk_test_"),
            ({"publishable_key": "pk_live_1234"}, "needs a publishable_key that begins with pk_test_"),
            ({"webhook_secrets": ""}, "needs webhook_secrets"),
            ({"methods": "cheque"}, "has methods, which must be a list of card and sepa_debit"),
            ({"api_version": "2024-06-20"}, "has api_version, which must be one of Stripe's, not before 2026-07-29"),
            ({"api_version": "newest"}, "has api_version"),
            ({"api_address": "http://stripe.example"}, "has api_address, which must begin with https://"),
            ({"webhook_secret": "whsec_12345678"}, "has webhook_secret, which means nothing to stripe"),
        ],
    )
    def test_what_is_wrong_with_it_is_said_and_no_key_shown(self, keys: dict[str, str], sentence: str) -> None:
        with pytest.raises(contracts_file.BadContracts) as refused:
            rail_with(**keys)
        assert str(refused.value).startswith(f"In the file of rails, [cards] {sentence}")
        assert "1234" not in str(refused.value)

    def test_it_says_what_it_carries(self) -> None:
        card, debit = rail_with(), rail_with(methods="sepa_debit", api_version="2026-10-28.endive")
        assert (card.name, card.label, card.capabilities.currencies) == ("cards", "Card", None)
        assert (debit.label, debit.capabilities.currencies) == ("SEPA direct debit", frozenset({"EUR"}))
        assert card.capabilities.domains == ("processor:stripe",)

    def test_the_registry_opens_it(self, double: StripeDouble) -> None:
        (opened,) = registry.opened(contracts_file.parse(double.contract.encode()))
        assert (opened.name, opened.label) == ("stripe", "Card or SEPA direct debit")
        assert opened.request(wish()) == Fact(State.ACTION_REQUIRED, double.intents[0], currency="EUR")


CERTIFICATE = """
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghSZw7rLLF+wtKBtM
msH3AQTI0w4oDl+IlTvGVAjAXF+hRANCAATvJloZkMy+h5deGblpYD1Xpmr7I8Ns
v/WssIxmIEQG/mo54zQBlFBm6F5Ow0VPR7ou/CZAnslc0VrpETgohYoN
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUCCH3iPaQZz2Mxexh7mvMHBp5nn0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODE0MDIwMloYDzIxMjYxMTA0
MTQwMjAyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATvJloZkMy+h5deGblpYD1Xpmr7I8Nsv/WssIxmIEQG/mo54zQBlFBm
6F5Ow0VPR7ou/CZAnslc0VrpETgohYoNo2kwZzAdBgNVHQ4EFgQUsHAEteX++Iaw
uRmbqWH0He3xWRowHwYDVR0jBBgwFoAUsHAEteX++IawuRmbqWH0He3xWRowDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhAPY2hRRD+ztMfqLEQ6mL2VsYFh7JAckzrNaeZQUiJkM1AiBQE6jJUB84
0pyOdPH1Fg0uUg/CoFQSXJc5Gr3wEqWRug==
-----END CERTIFICATE-----
"""


def test_what_it_holds_is_compared_and_its_fee_booked(double: StripeDouble, rail: Rail) -> None:
    with registry.instead(rail):
        attempt = begin()
        double.pay(attempt.provider_reference)
        attempts.refresh(attempt)
        assert rail.balance("EUR") == 4_500_000
        assert rail.balance("USD") == 0
        with double.behaving("revoked"), pytest.raises(NoAnswer):
            rail.balance("EUR")
        (compared,) = reconciling.reconcile()
        assert compared.difference is not None
        assert compared.difference.amount_micro == -500_000
        reconciling.book(compared.difference, Booking.FEES, by="dana", reason="Of November.")
        assert [one.difference for one in reconciling.reconcile()] == [None]
    assert audit().is_clean


@pytest.mark.parametrize(
    ("charge", "country"),
    [
        ("ch_1", ""),
        (None, ""),
        ({}, ""),
        ({"payment_method_details": {"type": "card", "card": {"country": "FR"}}}, "FR"),
        ({"payment_method_details": {"type": "sepa_debit", "sepa_debit": {"country": "DE"}}}, "DE"),
        ({"payment_method_details": {"type": "card", "card": None}}, ""),
    ],
)
def test_the_country_of_a_card_is_told_where_it_is_known(charge: object, country: str) -> None:
    assert charges.country_of(charge) == country  # type: ignore[arg-type]
