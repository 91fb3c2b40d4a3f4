"""Providers that misbehave on purpose. They are real providers to everything that asks them."""

from collections.abc import Mapping
from datetime import timedelta

from obbligato.payments.contract import (
    Capabilities,
    Decline,
    Event,
    Fact,
    Forged,
    Method,
    NoAnswer,
    NotSent,
    PayPage,
    RefundFact,
    RefundRequest,
    Request,
)

CARDS = Capabilities(methods=frozenset({Method.CARD}), idempotency=None, settling=timedelta(hours=1))


class Fake:
    """One that can be asked; what it answers is its children's matter."""

    name = label = description = "fake"
    capabilities = CARDS

    def request(self, request: Request) -> Fact:
        raise NoAnswer

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        raise NoAnswer

    def refund(self, request: RefundRequest) -> RefundFact:
        raise NoAnswer

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        raise NoAnswer

    def void(self, reference: str) -> None:
        raise NoAnswer

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        return None

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        raise Forged("A fake sends no news.")


class Unreachable(Fake):
    """Nothing ever reaches it, and that is certain."""

    name = label = description = "unreachable"

    def request(self, request: Request) -> Fact:
        raise NotSent

    def refund(self, request: RefundRequest) -> RefundFact:
        raise NotSent


class Silent(Fake):
    """It may have got the request; it says nothing until asked `answers_after` times, and then that it captured."""

    name = label = description = "silent"

    def __init__(self, answers_after: int) -> None:
        self.left = answers_after
        self.asked: Request | None = None

    def request(self, request: Request) -> Fact:
        self.asked = request
        raise NoAnswer

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        self.left -= 1
        if self.left >= 0 or self.asked is None:
            raise NoAnswer
        return Fact("succeeded", "ref-1", self.asked.amount_micro, self.asked.currency)


class Broken(Fake):
    """It has a bug, in our own code."""

    name = label = description = "broken"

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        raise ZeroDivisionError


class Saying(Fake):
    """It gives one answer to every request, and counts them; asked again, it says the same."""

    def __init__(self, name: str, fact: Fact, capabilities: Capabilities = CARDS) -> None:
        self.name = self.label = self.description = name
        self.fact, self.capabilities = fact, capabilities
        self.requests: list[Request] = []
        self.refunds: dict[str, RefundFact] = {}
        self.refund_fact = RefundFact("done", "re-1")

    def request(self, request: Request) -> Fact:
        self.requests.append(request)
        return self.fact

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        return self.fact

    def refund(self, request: RefundRequest) -> RefundFact:
        self.refunds.setdefault(request.idempotency_key, self.refund_fact)
        if self.refund_fact.state == "unknown":
            raise NoAnswer
        return self.refunds[request.idempotency_key]

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        return self.refund_fact if request.idempotency_key in self.refunds else RefundFact("not_sent")


def captured(euros: int = 5, reference: str = "ch_1") -> Fact:
    """It captured so many euros."""
    return Fact("succeeded", reference, euros * 1_000_000, "EUR")


def declined(decline: Decline) -> Fact:
    """It said no, for such a reason."""
    return Fact("declined", "", reason="No.", decline=decline)
