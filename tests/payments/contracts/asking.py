"""What tests of a rail ask for, alone and through the store."""

from typing import Any

from obbligato.config import upkeep
from obbligato.kernel import chance
from obbligato.kernel.money import MICRO
from obbligato.payments import inbox, top_ups
from obbligato.payments.contract import RefundRequest, Request
from obbligato.payments.models import Attempt
from obbligato.people.models import Person
from tests.payments.contracts.bench import RemoteBench


def begin(person: Person) -> Attempt:
    """She begins to fill her wallet with twelve euros."""
    pages = "https://store.example.org/wallet/top-ups/{number}"
    return top_ups.start(person, amount_micro=12 * MICRO, currency="EUR", key="k", return_url=pages)


def asked(**values: Any) -> Request:
    """Twelve euros, under a key of its own."""
    return Request(chance.token(32), 12 * MICRO, "EUR", "https://store.example.org/x", **{"number": "n1", **values})


def refund_of(reference: str, euros: int = 5) -> RefundRequest:
    """So much back, under a key of its own."""
    return RefundRequest(chance.token(32), reference, euros * MICRO, "EUR")


def hear(bench: RemoteBench, reference: str) -> None:
    """Its company's news comes, and the store has its next round."""
    inbox.receive(bench.provider.name, *bench.news_of(reference))
    upkeep.round_of_upkeep()


def state(attempt: Attempt) -> str:
    """What is known of it now."""
    attempt.refresh_from_db()
    return attempt.state
