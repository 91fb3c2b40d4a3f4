"""News from Stripe: what proves it, what it says, and what becomes of it when it is late, lost, foreign or nonsense."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import attempts, inbox, refunds, registry, top_ups
from obbligato.payments.contract import Forged, Untimely
from obbligato.payments.models import Alert, Attempt, Dispute, InboxEvent
from obbligato.payments.providers.stripe.provider import StripeProvider
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.contracts.stripe import rail_at, stripe
from tests.payments.contracts.stripe_double import NEXT_SIGNING_KEY, SIGNING_KEY, StripeDouble

pytestmark = pytest.mark.django_db
Headers = dict[str, str]


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    with stripe() as bench, clock.stopped(clock.now()):
        yield bench.double


@pytest.fixture
def rail(double: StripeDouble) -> Iterator[StripeProvider]:
    rail = rail_at(double)
    with registry.instead(rail):
        yield rail


def begin(*, paid_at: StripeDouble | None = None) -> Attempt:
    attempt = top_ups.start(alice(), amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/{number}")
    if paid_at is not None:
        paid_at.pay(attempt.provider_reference)
    return attempt


def news_of(double: StripeDouble, attempt: Attempt, **more: object) -> dict[str, Any]:
    intent = double.intent(attempt.provider_reference)
    return double.event(f"payment_intent.{intent['status']}", intent, **more)


def dispute(attempt: Attempt, status: str, **more: object) -> dict[str, Any]:
    return {
        "object": "dispute", "id": "dp_1", "status": status, "amount": 500, "currency": "eur", "reason": "fraudulent",
        "payment_intent": attempt.provider_reference, **more,
    }  # fmt: skip


class TestProof:
    def test_either_key_proves_it_while_they_are_renewed(self, double: StripeDouble, rail: StripeProvider) -> None:
        event = news_of(double, begin())
        for key in (SIGNING_KEY, NEXT_SIGNING_KEY):
            assert rail.read_event(*double.signed(event, key=key)).id == event["id"]
        with pytest.raises(Forged):
            rail.read_event(*double.signed(event, key="whsec_of_another_account"))

    @pytest.mark.parametrize("minutes", [-10, 10])
    def test_a_time_too_long_ago_or_still_to_come_is_refused_and_somebody_told(
        self, double: StripeDouble, rail: StripeProvider, minutes: int
    ) -> None:
        event = news_of(double, begin(paid_at=double))
        at = int((clock.now() + timedelta(minutes=minutes)).timestamp())
        with pytest.raises(Untimely) as refused:
            rail.read_event(*double.signed(event, at=at))
        assert refused.value.event.id == event["id"]
        for _ in range(2):
            with pytest.raises(inbox.NotFromProvider, match="set the clock"):
                inbox.receive("stripe", *double.signed(event, at=at))
        assert "this machine's clock" in Alert.objects.get(kind="untimely_news").sentence
        assert not InboxEvent.objects.exists()

    @pytest.mark.parametrize("minutes", [-4, 4])
    def test_a_few_minutes_are_nothing(self, double: StripeDouble, rail: StripeProvider, minutes: int) -> None:
        at = int((clock.now() + timedelta(minutes=minutes)).timestamp())
        assert rail.read_event(*double.signed(news_of(double, begin()), at=at)).charge is not None

    def test_what_came_in_time_is_believed_however_late_it_is_understood(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        attempt = begin(paid_at=double)
        kept = inbox.receive("stripe", *double.signed(news_of(double, attempt)))
        clock.advance(timedelta(days=2))
        assert inbox.handle(kept)
        assert wallets.balance(attempt.person, "EUR") == 5 * MICRO

    @pytest.mark.parametrize(
        "header", ["", "t=1", "t=,v1=x", "t=x,v1=x", "t=1,t=2,v1=x", "t=99999999999,v1=x", "t=²,v1=x", "v1=x", ",=,"]
    )
    def test_a_header_that_is_no_signature_is_refused(self, rail: StripeProvider, header: str) -> None:
        with pytest.raises(Forged):
            rail.read_event({"stripe-signature": header}, b"{}")

    @pytest.mark.parametrize(
        "body",
        [b"", b"null", b"[]", b"{}", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"id": ' + b'{"a":' * 50_000, b'{"id": 1}'],
    )
    def test_nonsense_is_refused_even_where_it_is_signed(
        self, double: StripeDouble, rail: StripeProvider, body: bytes
    ) -> None:
        with pytest.raises(Forged):
            rail.read_event(*double.signed(body))

    @pytest.mark.parametrize("change", [{"id": ""}, {"id": 5}, {"object": "charge"}, {"livemode": None}, {"data": {}}])
    def test_an_event_that_lacks_something_is_refused(
        self, double: StripeDouble, rail: StripeProvider, change: dict[str, Any]
    ) -> None:
        with pytest.raises(Forged):
            rail.read_event(*double.signed({**news_of(double, begin()), **change}))

    def test_news_of_live_payments_is_none_of_a_test_account(self, double: StripeDouble, rail: StripeProvider) -> None:
        with pytest.raises(Forged, match="test payments"):
            rail.read_event(*double.signed({**news_of(double, begin()), "livemode": True}))


class TestByHttp:
    def test_news_is_kept_before_it_is_answered_and_forged_news_is_not(
        self, double: StripeDouble, rail: StripeProvider, client: Client
    ) -> None:
        headers, body = double.signed(news_of(double, begin(paid_at=double)))
        proof = {"Stripe-Signature": headers["stripe-signature"]}
        sent = {"data": body, "content_type": "application/json"}
        assert client.post("/api/webhooks/stripe", **sent, headers=proof).status_code == 204
        assert client.post("/api/webhooks/stripe", **sent).status_code == 403
        assert client.post("/api/webhooks/nobody", **sent, headers=proof).status_code == 422
        assert client.post("/api/webhooks/stripe", **{**sent, "data": body + b" "}, headers=proof).status_code == 403
        assert InboxEvent.objects.count() == 1
        assert inbox.work(9) == 1
        assert Attempt.objects.get().state == Attempt.State.SUCCEEDED


class TestMeaning:
    def test_a_payment_fills_the_wallet_once_whatever_else_is_said(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        attempt = begin()
        early = news_of(double, attempt)
        double.pay(attempt.provider_reference)
        for event in (news_of(double, attempt), early, news_of(double, attempt)):
            assert inbox.handle(inbox.receive("stripe", *double.signed(event)))
        assert attempts.refresh(Attempt.objects.get()).state == Attempt.State.SUCCEEDED
        assert wallets.balance(attempt.person, "EUR") == 5 * MICRO
        assert audit().is_clean

    def test_what_is_no_matter_of_this_store_is_kept_and_done_with(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        attempt = begin()
        foreign = {**double.intent(attempt.provider_reference), "metadata": {}}
        things: list[dict[str, Any]] = [
            {"object": "balance", "available": []},
            {"object": "charge", "id": "ch_1"},
            foreign,
            {"object": "refund", "id": "re_1", "status": "succeeded", "payment_intent": None},
            dispute(attempt, "warning_needs_response"),
            dispute(attempt, "needs_response", payment_intent=None),
        ]
        for thing in things:
            kept = inbox.receive("stripe", *double.signed(double.event("some.news", thing)))
            assert inbox.handle(kept)
        assert InboxEvent.objects.filter(handled_at__isnull=True).count() == 0
        assert not Alert.objects.exists()
        assert not Dispute.objects.exists()

    def test_a_swapped_reference_is_set_aside(self, double: StripeDouble, rail: StripeProvider) -> None:
        attempt = begin(paid_at=double)
        intent = {**double.intent(attempt.provider_reference), "id": "pi_of_another"}
        inbox.handle(inbox.receive("stripe", *double.signed(double.event("payment_intent.succeeded", intent))))
        assert Attempt.objects.get().state == Attempt.State.MISMATCH
        assert wallets.balance(attempt.person, "EUR") == 0

    def test_a_refund_that_bounced_is_in_the_wallet_again(self, double: StripeDouble, rail: StripeProvider) -> None:
        attempt = attempts.refresh(begin(paid_at=double))
        refund = refunds.ask(attempt, amount_micro=2 * MICRO, key="r", by="alice")
        (made,) = double.refunds(attempt.provider_reference)
        bounced = {**made, "payment_intent": attempt.provider_reference, "status": "failed"}
        assert inbox.handle(inbox.receive("stripe", *double.signed(double.event("refund.failed", bounced))))
        refund.refresh_from_db()
        assert (refund.state, wallets.balance(attempt.person, "EUR")) == ("failed", 5 * MICRO)
        assert audit().is_clean

    def test_a_refund_made_at_stripe_itself_is_brought_before_a_person(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        attempt = attempts.refresh(begin(paid_at=double))
        made = {"object": "refund", "id": "re_9", "status": "succeeded", "payment_intent": attempt.provider_reference}
        for kind in ("refund.created", "charge.refund.updated"):
            assert inbox.handle(inbox.receive("stripe", *double.signed(double.event(kind, made))))
        assert attempt.number in Alert.objects.get().sentence

    def test_a_dispute_takes_the_money_and_one_that_is_won_brings_it_back(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        attempt = attempts.refresh(begin(paid_at=double))
        for status, balance in (
            ("needs_response", 0),
            ("under_review", 0),
            ("won", 5 * MICRO),
            ("needs_response", 5 * MICRO),
        ):
            event = double.event("charge.dispute.updated", dispute(attempt, status))
            assert inbox.handle(inbox.receive("stripe", *double.signed(event)))
            assert wallets.balance(attempt.person, "EUR") == balance
        assert audit().is_clean

    def test_a_dispute_in_another_currency_is_a_persons_matter(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        attempt = attempts.refresh(begin(paid_at=double))
        event = double.event("charge.dispute.created", dispute(attempt, "needs_response", currency="usd"))
        assert inbox.handle(inbox.receive("stripe", *double.signed(event)))
        assert "book it by hand" in Alert.objects.get().sentence
        assert not Dispute.objects.exists()


class TestLostNews:
    def test_a_dispute_whose_news_was_lost_is_heard_of_within_the_hour(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        attempt = attempts.refresh(begin(paid_at=double))
        double.event("payment_intent.succeeded", double.intent(attempt.provider_reference))
        double.event("charge.dispute.created", dispute(attempt, "needs_response"))
        assert inbox.ask_for_news() == 1
        assert Dispute.objects.get().state == Dispute.State.OPEN
        assert inbox.ask_for_news() == 0  # It was asked a moment ago.
        kept = InboxEvent.objects.get()
        assert (kept.handled_at, json.loads(bytes(kept.body))["id"]) == (clock.now(), kept.event_id)

    def test_what_came_is_not_told_again_and_what_is_of_nothing_known_waits(
        self, double: StripeDouble, rail: StripeProvider, settings: Any
    ) -> None:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
        attempt = attempts.refresh(begin(paid_at=double))
        event = double.event("charge.dispute.created", dispute(attempt, "needs_response"))
        stranger = dispute(attempt, "needs_response", payment_intent="pi_of_another_shop")
        double.event("charge.dispute.created", stranger)
        inbox.handle(inbox.receive("stripe", *double.signed(event)))
        assert inbox.ask_for_news() == 0
        assert InboxEvent.objects.count() == 1

    def test_a_rail_that_does_not_answer_is_asked_in_an_hour(self, double: StripeDouble, rail: StripeProvider) -> None:
        for trouble in (double.unreachable(), double.behaving("broken"), double.behaving("revoked")):
            with trouble:
                assert inbox._asked_for_news(rail) == 0

    def test_news_of_the_other_mode_is_refused_also_where_it_was_asked_for(
        self, double: StripeDouble, rail: StripeProvider
    ) -> None:
        double.event("charge.dispute.created", dispute(begin(), "needs_response"), livemode=True)
        assert inbox.ask_for_news() == 0
        assert not InboxEvent.objects.exists()
