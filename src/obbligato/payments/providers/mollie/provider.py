"""Our side of Mollie: asks for payments on its page and reports facts. News of it is only ever a reason to ask.

Mollie's news is not signed and says nothing but a payment's name (docs.mollie.com, Webhooks): it proves nothing.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from mollie.api.client import Client
from mollie.api.objects.payment import Payment

from obbligato.kernel import clock
from obbligato.kernel.sentences import Listed, Sentence
from obbligato.payments import reaching, wire
from obbligato.payments.contract import (
    Capabilities,
    Decline,
    DisputeFact,
    Event,
    Fact,
    Forged,
    Method,
    NoAnswer,
    PayPage,
    RefundFact,
    RefundRequest,
    Request,
)
from obbligato.payments.contracts_file import Contract
from obbligato.payments.models import Attempt, Refund
from obbligato.payments.providers.mollie import facts
from obbligato.payments.providers.mollie.account import Account
from obbligato.payments.reaching import No

METHODS = {
    "creditcard": (Method.CARD, Sentence("Card")),
    "bancontact": (Method.CARD, Sentence("Bancontact")),
    "applepay": (Method.WALLET, Sentence("Apple Pay")),
    "paypal": (Method.WALLET, Sentence("PayPal")),
    "ideal": (Method.BANK_TRANSFER, Sentence("iDEAL")),
    "eps": (Method.BANK_TRANSFER, Sentence("EPS")),
    "przelewy24": (Method.BANK_TRANSFER, Sentence("Przelewy24")),
    "banktransfer": (Method.BANK_TRANSFER, Sentence("Bank transfer")),
}
"""Mollie's words for what a single payment can be made by, and a buyer's. A direct debit needs a mandate first."""
CURRENCIES = frozenset({
    "AED", "AUD", "BGN", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "ISK", "JPY",
    "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SEK", "SGD", "THB", "TWD", "USD", "ZAR",
})  # fmt: skip
"""What Mollie takes (docs.mollie.com, Multicurrency); its decimals are those of ISO 4217 as CLDR has them."""
KEY = re.compile(r"(live|test)_\w{8,}", re.ASCII)
REMEMBERS = timedelta(hours=1)
"""How long Mollie knows an Idempotency-Key."""
LOOKS_BACK = timedelta(days=3)
"""How far a payment is looked for by our key. The page of an older one, whose name never came, nobody has ever seen."""
A_PAGE = 250


class MollieProvider:
    """One account with Mollie, or one of its profiles: Mollie gives each profile keys of its own."""

    def __init__(self, contract: Contract) -> None:
        """Open the rail. Raises BadContracts."""
        contract.only("api_key", "api_address", "methods", "organization_token")
        key = KEY.fullmatch(contract.key("api_key"))
        if key is None:
            contract.refuse("needs api_key, which begins with live_ or test_")
        strange = sorted((contract.currencies or frozenset()) - CURRENCIES)
        if strange:
            contract.refuse(f"names {', '.join(strange)}, which Mollie does not take")
        self.name = contract.name
        self.methods = _methods(contract)
        names = Listed(tuple(METHODS[one][1] for one in self.methods))
        is_live = key[1] == "live"
        self.label: str = Sentence("{names}", names=names) if is_live else Sentence("{names} (test mode)", names=names)
        self.description: str = Sentence("On the page of Mollie, a payment company.")
        self.account = Account(contract)
        self.capabilities = Capabilities(
            methods=frozenset(METHODS[one][0] for one in self.methods),
            currencies=contract.currencies or CURRENCIES,
            countries=contract.countries,
            domains=(*_domains(self.methods), *contract.domains),
            cost_fixed_micro=contract.cost_fixed_micro,
            cost_basis_points=contract.cost_basis_points,
            idempotency=REMEMBERS,
        )

    def request(self, request: Request) -> Fact:
        """A payment on Mollie's page; its no is a decline with a class."""
        body = {
            "amount": _amount(request.amount_micro, request.currency),
            "description": f"Top-up {request.number}",
            "redirectUrl": request.return_url,
            "method": [one for one in self.methods if METHODS[one][0] == request.method] or list(self.methods),
            "metadata": {"key": request.idempotency_key, "number": request.number},
        }
        if reaching.is_reachable(request.news_url):  # Mollie refuses an address it cannot reach; then asking must do.
            body["webhookUrl"] = request.news_url
        try:
            answer = self.account.call(lambda client: client.payments.create(body, request.idempotency_key))
        except No as no:
            return _declined(no)
        return facts.of_payment(answer, address=self.account.address)

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        since = clock.now() - LOOKS_BACK
        try:
            answer = self.account.call(
                partial(_got, reference) if reference else partial(_found, idempotency_key, since)
            )
        except No as no:
            if no.status in {404, 410}:
                return Fact(Attempt.State.NOT_SENT)
            raise NoAnswer from None
        if answer is None:
            return Fact(Attempt.State.NOT_SENT)
        return facts.of_payment(answer, address=self.account.address)

    def refund(self, request: RefundRequest) -> RefundFact:
        body = {
            "amount": _amount(request.amount_micro, request.currency),
            "description": "Sent back",
            "metadata": {"key": request.idempotency_key},
        }
        try:
            answer = self.account.call(
                lambda client: _payment(client, request.reference).refunds.create(body, request.idempotency_key)
            )
        except No as no:
            if no.status in {401, 409}:  # 409 is another of the same that may be under way.
                raise NoAnswer from None
            return RefundFact(Refund.State.FAILED, reason=f"Mollie: {no}")
        return facts.of_refund(answer)

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        try:
            answer = self.account.call(partial(_found_refund, request.reference, request.idempotency_key))
        except No as no:
            if no.status in {404, 410}:
                return RefundFact(Attempt.State.NOT_SENT)
            raise NoAnswer from None
        return RefundFact(Attempt.State.NOT_SENT) if answer is None else facts.of_refund(answer)

    def void(self, reference: str) -> None:
        """Cancel it where Mollie lets it be cancelled; else it expires."""
        try:
            self.account.call(lambda client: client.payments.delete(reference))
        except No as no:
            if no.status == 401:
                raise NoAnswer from None

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        return None

    def disputes(self, reference: str) -> list[DisputeFact]:
        """What of a payment was charged back, each as it now stands; one that was reversed is won. Raises NoAnswer."""
        try:
            answer = self.account.call(lambda client: client.payments.get(reference, embed="chargebacks"))
        except No:
            raise NoAnswer from None
        return facts.of_chargebacks(answer)

    def disputed(self) -> list[str]:
        """The payments of the newest chargebacks. Raises NotSent, NoAnswer."""
        try:
            answer = self.account.call(lambda client: dict(client.chargebacks.list(limit=A_PAGE)))
        except No:
            raise NoAnswer from None
        return facts.charged_back(answer)

    def balance(self, currency: str) -> int | None:
        """What all profiles of the organisation hold in that currency; None without a token that may ask for it."""
        if not self.account.may_ask_for_balances:
            return None
        try:
            answer = self.account.call_for_organization(
                lambda client: dict(client.balances.list(currency=currency, limit=A_PAGE))
            )
        except No:
            raise NoAnswer from None
        return facts.balance_micro(answer, currency)

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Which payment to ask about. It proves nothing, and its id is the payment's name: see `inbox.receive`."""
        try:
            found = parse_qs(body.decode("ascii"), max_num_fields=10).get("id", [])
        except ValueError:
            found = []
        if len(found) != 1 or not facts.REFERENCE.fullmatch(found[0]):
            raise Forged("It names no payment as Mollie does.")
        return Event(id=found[0], reference=found[0], is_proven=False)


def _methods(contract: Contract) -> tuple[str, ...]:
    given = contract.keys.get("methods", ("creditcard",))
    wanted = (given,) if isinstance(given, str) else given
    if not wanted or not set(wanted) <= set(METHODS):
        contract.refuse(f"has methods, of which there are: {', '.join(METHODS)}")
    return tuple(dict.fromkeys(wanted))


def _domains(methods: tuple[str, ...]) -> tuple[str, ...]:
    """What always fails with it. A rail that takes more than cards is not lost with a card network."""
    networks = ("network:visa", "network:mastercard") if set(methods) == {"creditcard"} else ()
    return ("processor:mollie", "country:nl", *networks)


def _amount(micro: int, currency: str) -> dict[str, str]:
    return {"currency": currency, "value": wire.to_decimal(micro, currency)}


def _declined(no: No) -> Fact:
    if no.status in {401, 403}:
        return Fact(Attempt.State.DECLINED, reason=f"Mollie: {no}", decline=Decline.MERCHANT)
    decline = Decline.DUPLICATE if no.status == 409 else Decline.TECHNICAL
    return Fact(Attempt.State.DECLINED, reason=f"Mollie: {no}", decline=decline)


def _payment(client: Client, reference: str) -> Payment:
    """A payment by its name alone, without asking for it."""
    return Payment({"id": reference}, client)


def _got(reference: str, client: Client) -> dict[str, Any]:
    return dict(client.payments.get(reference))


def _found(key: str, since: datetime, client: Client) -> dict[str, Any] | None:
    """The newest payments, one page after the other, until it is found or they are too old."""
    page = client.payments.list(limit=A_PAGE)
    while page is not None:
        for one in page["_embedded"]["payments"]:
            if facts.key_of(one) == key:
                return dict(one)
            if datetime.fromisoformat(one["createdAt"]) < since:
                return None
        page = page.get_next()
    return None


def _found_refund(reference: str, key: str, client: Client) -> dict[str, Any] | None:
    page = _payment(client, reference).refunds.list(limit=A_PAGE)
    while page is not None:
        for one in page["_embedded"]["refunds"]:
            if facts.key_of(one) == key:
                return dict(one)
        page = page.get_next()
    return None
