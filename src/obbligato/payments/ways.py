"""Say what a buyer can choose to pay by: methods, each carried by one rail or several. It sends nothing anywhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence
from obbligato.payments import rails, registry, routing
from obbligato.payments.contract import Method, Provider
from obbligato.payments.limits.limiting import lot_of

WORDS = {
    Method.CARD: (Sentence("Card"), Sentence("Credit or debit card. What you buy is yours at once.")),
    Method.WALLET: (Sentence("Wallet app"), Sentence("The app on your telephone. What you buy is yours at once.")),
    Method.DIRECT_DEBIT: (
        Sentence("SEPA direct debit"),
        Sentence("From your bank account; it takes some days until it is certain."),
    ),
    Method.CRYPTO: (
        Sentence("Bitcoin"),
        Sentence("On the chain or by Lightning. The price in your currency holds for some minutes."),
    ),
    Method.BANK_TRANSFER: (
        Sentence("Bank transfer"),
        Sentence(
            "One to three banking days as a rule. Your order waits, and is paid by itself when the money is here."
        ),
    ),
}
"""Every method in the order they are offered, with its name and what to expect of it."""


@dataclass(frozen=True)
class Way:
    """One method, in words."""

    method: str
    label: str
    description: str


@dataclass(frozen=True)
class Ways:
    """What can be chosen now, and the names of what the store takes but cannot use at the moment."""

    usable: tuple[Way, ...]
    unusable: tuple[str, ...]


def ways(*, amount_micro: int, currency: str, country: str = "", person_id: int | None = None) -> Ways:
    """What could carry such a payment of hers now; by the router's judgement, so what is offered will be tried."""
    offered = registry.providers()
    known = rails.rails(draw_per_mille=0, lot=lot_of(person_id, clock.today()))
    able, unable = [], []
    for method in WORDS:
        members = [one for one in offered if method in one.capabilities.methods]
        if not members:
            continue
        asked = routing.Question(amount_micro, currency, method, country, rails=known)
        if routing.decide(asked).order:
            able.append(_way(method, members))
        elif any(rails.carries(one, currency) for one in members):
            unable.append(WORDS[method][0])
    return Ways(tuple(able), tuple(unable))


def _way(method: Method, members: Iterable[Provider]) -> Way:
    """In the rail's own words where there is but one: a practice card must not look like a real one."""
    only = list(members)
    label, description = (only[0].label, only[0].description) if len(only) == 1 else WORDS[method]
    return Way(method.value, label, description)
