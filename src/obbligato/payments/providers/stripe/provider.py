"""Our side of Stripe: makes payments that a buyer finishes in Stripe's fields, and reports what Stripe says of them.

It never sees a card, and never takes what it asked for as what came.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import stripe

from obbligato.kernel.sentences import Sentence
from obbligato.payments import calling
from obbligato.payments.contract import (
    Decline,
    Event,
    Fact,
    Method,
    NoAnswer,
    PayPage,
    RefundFact,
    RefundRequest,
    Request,
)
from obbligato.payments.contracts_file import Contract
from obbligato.payments.models import Attempt, Refund
from obbligato.payments.providers.stripe import charges, declines, finding, news, opening
from obbligato.payments.providers.stripe.amounts import to_stripe
from obbligato.payments.providers.stripe.calls import V1, Account, Replayed
from obbligato.payments.wire import NotWhole

LABELS = {"card": Sentence("Card"), "sepa_debit": Sentence("SEPA direct debit")}
State = Attempt.State


class StripeProvider:
    """One account at Stripe."""

    description: str = Sentence(
        "You type it in on this site, into fields of the payment company; the store never sees it."
    )

    def __init__(self, contract: Contract, *, seconds: float = calling.TOTAL_SECONDS) -> None:
        terms = opening.terms_of(contract)
        self.name = contract.name
        self.label: str = _label([LABELS[one] for one in terms.types])
        self.capabilities = terms.capabilities
        self._types, self._shown_key = terms.types, terms.shown_key
        self._news = news.Reader(terms.signing_keys, is_live=terms.is_live)
        self._account = Account(
            terms.key, rail=self.name, address=terms.address, version=terms.version, seconds=seconds
        )

    def request(self, request: Request) -> Fact:
        try:
            amount = to_stripe(request.amount_micro, request.currency)
        except NotWhole as no:
            return Fact(State.NOT_SENT, reason=str(no), decline=Decline.UNMAPPED)
        try:
            return self._account.ask(lambda v1: self._made(v1, request, amount))
        except Replayed:
            return self._after_a_kept_failure(request)
        except stripe.StripeError as no:
            return declines.fact_of(no)

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        try:
            return self._account.ask(lambda v1: finding.fact_of(v1, reference, idempotency_key))
        except stripe.StripeError as no:
            raise NoAnswer from no

    def refund(self, request: RefundRequest) -> RefundFact:
        amount = to_stripe(request.amount_micro, request.currency)
        try:
            return self._account.ask(lambda v1: _refunded(v1, request, amount))
        except stripe.StripeError as no:
            if declines.fact_of(no).decline == Decline.DUPLICATE:
                raise NoAnswer from no
            return RefundFact(
                Refund.State.FAILED, reason=Sentence("Stripe did not send it back; the money is in the wallet.")
            )

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        try:
            return self._account.ask(lambda v1: finding.refund_fact_of(v1, request))
        except stripe.StripeError as no:
            raise NoAnswer from no

    def void(self, reference: str) -> None:
        try:
            self._account.ask(lambda v1: v1.payment_intents.cancel(reference).to_dict())
        except stripe.StripeError:
            pass  # It is paid, on its way, given up already or unknown: asking tells which.

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        try:
            intent = self._account.ask(lambda v1: finding.intent_of(v1, reference))
        except stripe.StripeError as no:
            raise NoAnswer from no
        if intent is None or intent["status"] not in charges.PAYABLE:
            return None
        facts = {
            "publishable_key": self._shown_key,
            "client_secret": str(intent["client_secret"]),
            "return_url": request.return_url,
        }
        return PayPage("payment_element", facts)

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        return self._news.read(headers, body)

    def news_since(self, moment: datetime) -> Iterator[tuple[Event, bytes]]:
        since = int(moment.timestamp())
        try:
            told = self._account.ask(lambda v1: finding.events_since(v1, since))
        except stripe.StripeError as no:
            raise NoAnswer from no
        for one in told:
            yield self._news.event_of(one), json.dumps(one).encode()

    def balance(self, currency: str) -> int | None:
        """Less than nothing is what the store owes Stripe, as after refunds of money that was paid out."""
        try:
            told = self._account.ask(lambda v1: v1.balance.retrieve().to_dict())
        except stripe.StripeError as no:
            raise NoAnswer from no
        return charges.balance_micro(told, currency)

    def _made(self, v1: V1, request: Request, amount: int) -> Fact:
        intent = v1.payment_intents.create(
            {
                "amount": amount,
                "currency": request.currency.lower(),
                "allowed_payment_method_types": self._types_for(request),
                "metadata": {charges.KEY: request.idempotency_key, "number": request.number},
            },
            {"idempotency_key": request.idempotency_key},
        )
        return charges.fact_of(intent.to_dict())

    def _types_for(self, request: Request) -> list[str]:
        """What she may pay by; Stripe leaves out what the currency does not allow."""
        return ["sepa_debit"] if request.method == Method.DIRECT_DEBIT else list(self._types)

    def _after_a_kept_failure(self, request: Request) -> Fact:
        """Asking under this key gives the old failure for a day: only looking tells what came of the request."""
        fact = self.lookup("", request.idempotency_key)
        if fact.state != State.NOT_SENT:
            return fact
        return Fact(State.NOT_SENT, reason=declines.SENTENCES[Decline.TECHNICAL], decline=Decline.UNMAPPED)


def _refunded(v1: V1, request: RefundRequest, amount: int) -> RefundFact:
    made = v1.refunds.create(
        {
            "payment_intent": request.reference,
            "amount": amount,
            "metadata": {charges.KEY: request.idempotency_key},
        },
        {"idempotency_key": request.idempotency_key},
    )
    return charges.refund_of(made.to_dict())


def _label(kinds: Sequence[Sentence]) -> Sentence:
    """One of what LABELS has, or both."""
    return kinds[0] if len(kinds) == 1 else Sentence("{one} or {other}", one=kinds[0], other=kinds[1])
