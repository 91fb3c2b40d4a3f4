"""Our side of a BTCPay Server: makes invoices and reports facts. It holds no coins and knows no wallet's keys.

BTCPay Server knows no idempotency keys. Each invoice carries our key as its order's id, by which it is found again.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence
from obbligato.payments import wire
from obbligato.payments.contract import (
    Capabilities,
    Decline,
    Event,
    Fact,
    Method,
    NoAnswer,
    NotSent,
    PayPage,
    RefundFact,
    RefundRequest,
    Request,
)
from obbligato.payments.contracts_file import Contract
from obbligato.payments.models import Attempt, Refund
from obbligato.payments.providers.btcpay import facts, news
from obbligato.payments.providers.btcpay.server import Server
from obbligato.payments.reaching import No

UNKNOWN_INVOICE = "invoice-not-found"
NOTHING_LEFT = "Of this payment there is no such amount left to send back."


class BtcpayProvider:
    """One store on one BTCPay Server."""

    label: str = Sentence("Bitcoin")
    description: str = Sentence("On chain or by Lightning, to the store itself.")

    def __init__(self, contract: Contract) -> None:
        """Open the rail. Raises BadContracts."""
        contract.only("server_address", "api_key", "store_id", "webhook_secrets")
        contract.secrets("webhook_secrets")
        self.name = contract.name
        self.server = Server(contract)
        self._contract = contract
        self.capabilities = Capabilities(
            methods=frozenset({Method.CRYPTO}),
            currencies=contract.currencies,
            countries=contract.countries,
            domains=(f"server:{urlsplit(self.server.address).hostname}", "network:bitcoin", *contract.domains),
            cost_fixed_micro=contract.cost_fixed_micro,
            cost_basis_points=contract.cost_basis_points,
            takes_any_amount=True,
        )

    def request(self, request: Request) -> Fact:
        """An invoice on the server's own page; its no is a decline with a class."""
        body = {
            "amount": wire.to_decimal(request.amount_micro, request.currency),
            "currency": request.currency,
            "metadata": {"orderId": request.idempotency_key, "itemDesc": f"Top-up {request.number}"},
            "checkout": {"redirectURL": request.return_url, "redirectAutomatically": True},
        }
        try:
            made = self.server.post("invoices", body=body)
        except No as no:
            decline = Decline.MERCHANT if no.status in {401, 403} else Decline.TECHNICAL
            return Fact(Attempt.State.DECLINED, reason=f"BTCPay Server: {no}", decline=decline)
        return self._judged(_a_dict(made), [])

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        try:
            invoice = self._invoice(reference) if reference else self._found(idempotency_key)
            return self._fact(invoice) if invoice else Fact(Attempt.State.NOT_SENT)
        except No:
            raise NoAnswer from None

    def refund(self, request: RefundRequest) -> RefundFact:
        """A pull payment: the buyer says where to at its page. The server would give more than came in; we do not."""
        try:
            known = self._pull_payments(request.reference)
            if _named(known, request) is not None:
                return self._refund_known(request)
            invoice = self._invoice(request.reference)
            came_micro = self._fact(invoice).amount_micro if invoice else 0
            gone_micro = sum(self._gone_micro(one, request.currency) for one in known)
            if request.amount_micro > came_micro - gone_micro:
                return RefundFact(Refund.State.FAILED, reason=NOTHING_LEFT)
            made = _a_dict(self.server.post("invoices", request.reference, "refund", body=_pull_payment(request)))
        except No as no:
            if no.status == 401:
                raise NoAnswer from None
            return RefundFact(Refund.State.FAILED, reason=f"BTCPay Server: {no}")
        return self._refund_fact(made, [], request)

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        try:
            found = _named(self._pull_payments(request.reference), request)
            if found is None:
                return RefundFact(Attempt.State.NOT_SENT)
            return self._refund_fact(found, self._payouts(found), request)
        except No:
            raise NoAnswer from None

    def void(self, reference: str) -> None:
        """Mark it invalid, unless anything was paid: then it is too late, and asking will tell."""
        try:
            invoice = self._invoice(reference)
            if invoice and invoice.get("status") == "New" and not self._paid(invoice):
                self.server.post("invoices", reference, "status", body={"status": "Invalid"})
        except No as no:
            if no.status in {401, 403}:
                raise NoAnswer from None

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        return None

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        return news.read(headers, body, secrets=self._contract.secrets("webhook_secrets"), store=self.server.store)

    def _invoice(self, reference: str) -> dict[str, Any] | None:
        try:
            invoice = self.server.of_store("invoices", reference)
        except No as no:
            if no.code == UNKNOWN_INVOICE:
                return None
            raise
        return _a_dict(invoice)

    def _found(self, key: str) -> dict[str, Any] | None:
        for one in _dicts(self.server.of_store("invoices", orderId=key, includeArchived="true", take="10")):
            metadata = one.get("metadata")
            if isinstance(metadata, dict) and metadata.get("orderId") == key:
                return one
        return None

    def _fact(self, invoice: dict[str, Any]) -> Fact:
        is_fresh = (invoice.get("status"), invoice.get("additionalStatus", "None")) == ("New", "None")
        return self._judged(invoice, [] if is_fresh else self._paid(invoice))

    def _judged(self, invoice: dict[str, Any], paid: list[dict[str, Any]]) -> Fact:
        return facts.of_invoice(invoice, paid, address=self.server.address, now=clock.now())

    def _paid(self, invoice: dict[str, Any]) -> list[dict[str, Any]]:
        """What was paid by each payment method."""
        methods = _dicts(self.server.of_store("invoices", str(invoice.get("id")), "payment-methods"))
        return [one for one in methods if one.get("payments")]

    def _pull_payments(self, reference: str) -> list[dict[str, Any]]:
        every = _dicts(self.server.of_store("pull-payments", includeArchived="true"))
        return [one for one in every if one.get("description") == _description(reference)]

    def _payouts(self, pull: dict[str, Any]) -> list[dict[str, Any]]:
        return _dicts(self.server.get("pull-payments", str(pull.get("id")), "payouts", includeCancelled="true"))

    def _refund_known(self, request: RefundRequest) -> RefundFact:
        """What became of one that was made before: that this cannot be told now is no sign that it was not made."""
        try:
            return self.lookup_refund(request)
        except NotSent:
            raise NoAnswer from None

    def _refund_fact(self, pull: dict[str, Any], payouts: list[dict[str, Any]], request: RefundRequest) -> RefundFact:
        address, now = self.server.address, clock.now()
        return facts.of_refund(pull, payouts, request.amount_micro, address=address, now=now)

    def _gone_micro(self, pull: dict[str, Any], currency: str) -> int:
        """What of an earlier refund is gone or may still go."""
        amount_micro = facts.amount_of(pull.get("amount"), currency)
        fact = facts.of_refund(pull, self._payouts(pull), amount_micro, address=self.server.address, now=clock.now())
        return 0 if fact.state == Refund.State.FAILED else amount_micro


def _pull_payment(request: RefundRequest) -> dict[str, str]:
    return {
        "name": _name(request),
        "description": _description(request.reference),
        "refundVariant": "Custom",
        "customAmount": wire.to_decimal(request.amount_micro, request.currency),
        "customCurrency": request.currency,
    }


def _name(request: RefundRequest) -> str:
    """By which it is found again; a pull payment's name has at most fifty letters."""
    return f"Refund {request.idempotency_key[:40]}"


def _description(reference: str) -> str:
    return f"Sent back from invoice {reference}"


def _named(known: list[dict[str, Any]], request: RefundRequest) -> dict[str, Any] | None:
    return next((one for one in known if one.get("name") == _name(request)), None)


def _a_dict(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise NoAnswer
    return answer


def _dicts(answer: object) -> list[dict[str, Any]]:
    if not isinstance(answer, list):
        raise NoAnswer
    return [_a_dict(one) for one in answer]
