"""What Stripe's numbers and words mean: amounts, refusals, and the states of payments, refunds and disputes."""

import inspect
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st
from stripe import PaymentIntent

from obbligato.kernel.money import minor_unit_micro
from obbligato.payments.contract import Decline
from obbligato.payments.models import Attempt, Dispute, Refund
from obbligato.payments.providers.stripe import amounts, charges, declines
from obbligato.payments.wire import NotWhole

State = Attempt.State
CURRENCIES = sorted({"EUR", "USD", "GBP", "CHF", "JPY", "KWD", "ISK", "HUF", "TWD", "CLP"} | amounts.WHOLE)


class TestAmounts:
    @pytest.mark.parametrize(
        ("micro", "currency", "number"),
        [
            (5_000_000, "EUR", 500),
            (10_000, "EUR", 1),
            (500_000_000, "JPY", 500),
            (5_000_000, "ISK", 500),  # Kronur have no parts any more, and are written as if they had.
            (5_000_000, "HUF", 500),
            (5_120_000, "KWD", 5120),
        ],
    )
    def test_it_is_written_as_stripe_writes_it(self, micro: int, currency: str, number: int) -> None:
        assert amounts.to_stripe(micro, currency) == number
        assert amounts.from_stripe(number, currency) == micro

    @pytest.mark.parametrize(("micro", "currency"), [(5_123_000, "KWD"), (1, "EUR"), (500_000, "JPY"), (10**6, "UGX")])
    def test_what_cannot_be_written_exactly_is_refused(self, micro: int, currency: str) -> None:
        with pytest.raises(NotWhole):
            amounts.to_stripe(micro, currency)

    @given(st.sampled_from(CURRENCIES), st.integers(1, 10**6))
    def test_every_amount_that_is_written_is_read_as_the_same(self, currency: str, times: int) -> None:
        micro = 10 * times * minor_unit_micro(currency)
        assert amounts.from_stripe(amounts.to_stripe(micro, currency), currency) == micro

    def test_whatever_people_write_in_whole_units_can_be_written(self) -> None:
        whole = [code for code, (digits, *_) in get_global("currency_fractions").items() if digits == 0]
        for currency in {*whole} - amounts.NEVER - {"DEFAULT"}:
            assert amounts.to_stripe(10**6, currency) in {1, 100}


class TestWords:
    def test_each_word_has_one_class(self) -> None:
        words = [word for group in declines.WORDS.values() for word in group.split()]
        assert len(words) == len(set(words)) == len(declines.TABLE)
        assert set(declines.SENTENCES) == set(Decline)

    def test_every_word_of_the_sdk_about_what_a_buyer_pays_with_is_mapped(self) -> None:
        known = re.findall(r'"([a-z_]+)"', inspect.getsource(PaymentIntent.LastPaymentError))
        about = ("expired_", "incorrect_", "invalid_cvc", "invalid_expiry", "invalid_number", "card_declined",
                 "bank_account_declined", "payment_method_provider", "processing_error", "refer_to_")  # fmt: skip
        found = {word for word in known if word.startswith(about)}
        assert len(found) > 12
        assert found <= set(declines.TABLE)

    @pytest.mark.parametrize(
        ("code", "decline_code", "decline"),
        [
            ("card_declined", "stolen_card", Decline.HARD),
            ("card_declined", "insufficient_funds", Decline.BUYER_FIX),
            ("card_declined", "issuer_not_available", Decline.TECHNICAL),
            ("card_declined", "a_word_of_next_year", Decline.BUYER_FIX),
            ("account_invalid", "", Decline.MERCHANT),
            ("account_closed", "", Decline.HARD),  # The buyer's account at her bank, not the store's.
            ("a_word_of_next_year", "", Decline.UNMAPPED),
        ],
    )
    def test_the_banks_word_counts_more_than_stripes(self, code: str, decline_code: str, decline: Decline) -> None:
        assert declines.class_of(code, decline_code) == decline

    def test_no_sentence_tells_a_stolen_card_from_a_lost_one(self) -> None:
        assert declines.sentence_of("card_declined", "stolen_card") == declines.sentence_of(
            "card_declined", "lost_card"
        )

    def test_an_amount_that_is_too_small_may_go_another_way(self) -> None:
        fact = declines.fact_of(refusal(400, code="amount_too_small"))
        assert (fact.state, fact.decline) == (State.NOT_SENT, Decline.UNMAPPED)

    @pytest.mark.parametrize(
        ("status", "error", "decline"),
        [
            (400, {"code": "parameter_unknown"}, Decline.UNMAPPED),
            (400, {"code": "capability_not_active"}, Decline.MERCHANT),
            (402, {"code": "card_declined", "decline_code": "lost_card"}, Decline.HARD),
            (403, {}, Decline.MERCHANT),
            (429, {"code": "lock_timeout"}, Decline.TECHNICAL),
        ],
    )
    def test_a_refusal_is_a_no_with_a_class(self, status: int, error: dict[str, str], decline: Decline) -> None:
        fact = declines.fact_of(refusal(status, **error))
        assert (fact.state, fact.decline, fact.reason) == (State.DECLINED, decline, declines.SENTENCES[decline])


def refusal(status: int, **error: str) -> Any:
    import stripe

    return stripe.APIError("No.", None, status, {"error": error})


def intent(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "pi_1", "status": status, "currency": "eur", "amount": 500, "amount_received": 0, **more}


class TestStates:
    def test_what_came_counts_and_not_what_was_asked_for(self) -> None:
        fact = charges.fact_of(intent("succeeded", amount_received=300))
        assert (fact.state, fact.amount_micro, fact.currency) == (State.SUCCEEDED, 3_000_000, "EUR")

    @pytest.mark.parametrize(
        ("reason", "state"),
        [("abandoned", State.EXPIRED), ("requested_by_customer", State.VOIDED), (None, State.VOIDED)],
    )
    def test_a_cancelled_payment_was_given_up_or_left_too_long(self, reason: str | None, state: str) -> None:
        assert charges.fact_of(intent("canceled", cancellation_reason=reason)).state == state

    def test_a_state_of_next_year_decides_nothing(self) -> None:
        assert charges.fact_of(intent("requires_patience")).state == State.ACTION_REQUIRED
        assert charges.refund_of({"id": "re_1", "status": "requires_patience"}).state == Refund.State.DISPATCHED

    def test_a_refused_card_leaves_its_mark(self) -> None:
        method = {"type": "card", "card": {"fingerprint": "f1"}}
        error = {"code": "card_declined", "decline_code": "lost_card", "payment_method": method}
        fact = charges.fact_of(intent("requires_payment_method", last_payment_error=error))
        assert (fact.instrument, fact.reason) == ("f1", declines.SENTENCES[Decline.HARD])
        for other in (None, {}, {"type": "link"}, {"type": "card", "card": None}):
            assert charges.fingerprint_of(other) == ""

    @pytest.mark.parametrize("nonsense", [{"amount_received": "5"}, {"amount_received": -5}, {"amount_received": True}])
    def test_what_is_no_number_is_no_amount(self, nonsense: dict[str, Any]) -> None:
        with pytest.raises(TypeError):
            charges.fact_of(intent("succeeded", **nonsense))
        with pytest.raises(TypeError):
            charges.fact_of(intent("succeeded", id=5))

    @pytest.mark.parametrize(
        ("status", "state"),
        [("succeeded", "done"), ("pending", "dispatched"), ("failed", "failed"), ("canceled", "failed")],
    )
    def test_a_refund_is_done_when_stripe_says_so(self, status: str, state: str) -> None:
        fact = charges.refund_of({"id": "re_1", "status": status})
        assert (fact.state, bool(fact.reason)) == (state, state == "failed")

    def test_a_dispute_takes_money_and_an_inquiry_does_not(self) -> None:
        said = {"id": "dp_1", "status": "needs_response", "amount": 500, "currency": "eur", "reason": "fraudulent"}
        fact = charges.dispute_of({**said, "evidence_details": {"due_by": 1_800_000_000}})
        assert fact is not None
        assert (fact.state, fact.amount_micro, fact.currency) == (Dispute.State.OPEN, 5_000_000, "EUR")
        assert fact.respond_by == datetime.fromtimestamp(1_800_000_000, UTC)
        lost = charges.dispute_of({**said, "status": "lost", "reason": None})
        assert lost is not None
        assert (lost.state, lost.respond_by) == (Dispute.State.LOST, None)
        for status in ("warning_needs_response", "warning_closed", "prevented"):
            assert charges.dispute_of({**said, "status": status}) is None
