"""Card companies of one network that exist while a dispute is played. They move no money and are called nowhere."""

from collections.abc import Mapping

from obbligato.kernel import chance
from obbligato.payments.contract import (
    Capabilities,
    Decline,
    Event,
    Fact,
    Forged,
    Method,
    PayPage,
    RefundFact,
    RefundRequest,
    Request,
)

NETWORK = "network:lantern"
CLOSED = Fact("declined", reason="Your merchant account is suspended.", decline=Decline.MERCHANT)


class Acquirer:
    """A card company without a payment page: what it is asked for, it captures, until it closes the account."""

    capabilities = Capabilities(frozenset({Method.CARD}), domains=(NETWORK,))

    def __init__(self, name: str, label: str) -> None:
        self.name, self.label = name, label
        self.description = "A card company of the demo. No real money moves."
        self.is_open = True
        self._made: dict[str, Fact] = {}

    def request(self, request: Request) -> Fact:
        if not self.is_open:
            return CLOSED
        fact = Fact("succeeded", f"{self.name}-{chance.token(6)}", request.amount_micro, request.currency)
        return self._made.setdefault(request.idempotency_key, fact)

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        return self._made.get(idempotency_key, Fact("not_sent"))

    def refund(self, request: RefundRequest) -> RefundFact:
        return RefundFact("done", f"{self.name}-{request.idempotency_key[:16]}")

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        return self.refund(request)

    def void(self, reference: str) -> None:
        """Nothing waits there."""

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        return None

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        raise Forged("The demo's card companies send no news.")
