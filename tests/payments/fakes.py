"""Providers that misbehave on purpose. They are real providers to everything that asks them."""

from obbligato.payments.contract import Fact, NoAnswer, NotSent, Request


class Unreachable:
    """Nothing ever reaches it, and that is certain."""

    name = label = description = "unreachable"

    def request(self, request: Request) -> Fact:
        raise NotSent

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        raise NoAnswer


class Silent:
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


class Broken:
    """It has a bug, in our own code."""

    name = label = description = "broken"

    def request(self, request: Request) -> Fact:
        raise NoAnswer

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        raise ZeroDivisionError
