"""A BTCPay Server on loopback, in the dialect of its Greenfield API v1, and a payer with coins."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from obbligato.kernel import clock
from obbligato.payments.contracts_file import Contract
from obbligato.payments.providers.btcpay.provider import BtcpayProvider
from tests.payments.contracts.company import Answer, Company, CompanyBench

KEY, STORE, SECRET = "secretapikey0123456789", "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776", "webhooksecret1"
RATE = Decimal("64392.23")
EXPIRES, WATCHED = timedelta(minutes=15), timedelta(days=1)


class Btcpay(Company):
    """One store's invoices and pull payments. A coin is worth 64,392.23 of any currency."""

    def __init__(self) -> None:
        super().__init__()
        self.invoices: dict[str, dict[str, Any]] = {}
        self.paid: dict[str, list[dict[str, str]]] = {}
        self.pulls: dict[str, dict[str, Any]] = {}
        self.payouts: dict[str, list[dict[str, Any]]] = {}
        self.is_lying = False
        self._deliveries = 0

    def refused(self, headers: dict[str, str]) -> Answer | None:
        if self.mood == "revoked" or headers.get("authorization") != f"token {KEY}":
            return 401, {"code": "unauthenticated", "message": "Authentication is required for accessing this endpoint"}
        return None

    def answer(self, verb: str, path: str, query: dict[str, list[str]], headers: dict[str, str], body: Any) -> Answer:
        parts = path.split("/")[3:]
        if parts[0] == "pull-payments":
            return 200, self.payouts[parts[1]]
        assert parts[:2] == ["stores", STORE], path
        if parts[2:] == ["pull-payments"]:
            return 200, [] if self.is_lying else list(self.pulls.values())
        if parts[2:] == ["invoices"]:
            return self._create(body) if verb == "POST" else (200, self._search(query))
        invoice = self.invoices.get(parts[3])
        if invoice is None or self.is_lying:
            return 404, {"code": "invoice-not-found", "message": "The invoice was not found"}
        self._age(invoice)
        if parts[4:] == ["payment-methods"]:
            on_chain = {"paymentMethodId": "BTC-CHAIN", "currency": "BTC", "rate": str(RATE), "activated": True}
            by_lightning = {**on_chain, "paymentMethodId": "BTC-LN", "payments": []}
            return 200, [{**on_chain, "payments": self.paid[invoice["id"]]}, by_lightning]
        if parts[4:] == ["status"]:
            return self._mark(invoice, body["status"])
        if parts[4:] == ["refund"]:
            return self._pull(invoice, body)
        return 200, invoice

    def pay(self, reference: str, share: str = "1", *, status: str = "Settled", coins: str = "") -> None:
        """Coins arrive, that share of what was asked for; the invoice becomes what BTCPay Server makes of it."""
        invoice = self.invoices[reference]
        self._age(invoice)
        asked = (Decimal(invoice["amount"]) * Decimal(share) / RATE).quantize(Decimal("1e-8"), ROUND_UP)
        count = len(self.paid[reference])
        self.paid[reference].append({"id": f"{reference}-{count}", "value": coins or str(asked), "fee": "0.0",
                                     "status": status, "destination": "bcrt1q", "receivedDate": 1})  # fmt: skip
        self.judge(reference)

    def judge(self, reference: str) -> None:
        invoice = self.invoices[reference]
        came = sum((Decimal(one["value"]) for one in self.paid[reference] if one["status"] != "Invalid"), Decimal(0))
        ratio = came * RATE / Decimal(invoice["amount"])
        is_settled = all(one["status"] == "Settled" for one in self.paid[reference])
        if invoice["status"] in {"New", "Processing"} and ratio >= 1:
            invoice["additionalStatus"] = "PaidOver" if ratio > Decimal("1.001") else "None"
            invoice["status"] = "Settled" if is_settled else "Processing"
        elif invoice["status"] == "Expired" and ratio >= 1:
            invoice["additionalStatus"] = "PaidLate"
        elif ratio > 0 and ratio < 1:
            invoice["additionalStatus"] = "PaidPartial"

    def confirm(self, reference: str) -> None:
        for one in self.paid[reference]:
            one["status"] = "Settled"
        self.judge(reference)

    def mark(self, reference: str, status: str) -> None:
        """Its operator decides by hand."""
        self.invoices[reference].update(status=status, additionalStatus="Marked")

    def claim(self, pull: str, amount: str, state: str = "Completed") -> None:
        self.payouts[pull].append({"id": "p1", "pullPaymentId": pull, "originalCurrency": "EUR",
                                   "originalAmount": amount, "state": state})  # fmt: skip

    def news(self, reference: str, kind: str = "InvoiceSettled", **more: object) -> bytes:
        self._deliveries += 1
        number = f"delivery{self._deliveries}"
        said = {
            "deliveryId": number, "webhookId": "hook", "originalDeliveryId": number, "type": kind,
            "timestamp": int(clock.now().timestamp()), "storeId": STORE, "invoiceId": reference,
            "metadata": self.invoices.get(reference, {}).get("metadata", {}), "isRedelivery": False,
        }  # fmt: skip
        return json.dumps({**said, **more}).encode()

    def _create(self, body: Any) -> Answer:
        reference, now = f"Inv{len(self.invoices):019d}", clock.now()
        self.paid[reference] = []
        self.invoices[reference] = {
            "id": reference, "storeId": STORE, "amount": body["amount"], "paidAmount": "0.0", "type": "Standard",
            "currency": body["currency"], "checkoutLink": f"{self.address}/i/{reference}", "archived": False,
            "createdTime": int(now.timestamp()), "expirationTime": int((now + EXPIRES).timestamp()),
            "monitoringExpiration": int((now + EXPIRES + WATCHED).timestamp()), "status": "New",
            "additionalStatus": "None", "metadata": body["metadata"], "checkout": body["checkout"],
        }  # fmt: skip
        return 200, self.invoices[reference]

    def _search(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = query["orderId"]
        return [] if self.is_lying else [one for one in self.invoices.values() if one["metadata"]["orderId"] in wanted]

    def _age(self, invoice: dict[str, Any]) -> None:
        if invoice["status"] == "New" and clock.now().timestamp() >= invoice["expirationTime"]:
            invoice["status"] = "Expired"

    def _mark(self, invoice: dict[str, Any], status: str) -> Answer:
        if invoice["status"] == status:
            words = "Status can only be marked to invalid or settled within certain conditions."
            return 422, [{"path": "status", "message": words}]
        invoice.update(status=status, additionalStatus="Marked")
        return 200, invoice

    def _pull(self, invoice: dict[str, Any], body: Any) -> Answer:
        if invoice["status"] != "Settled":
            return 400, {"code": "non-refundable", "message": "Cannot refund this invoice"}
        assert len(body["name"]) <= 50
        # Custom gives whatever it is told to, more than came in too.
        number = f"Pull{len(self.pulls)}"
        self.payouts[number] = []
        self.pulls[number] = {
            "id": number, "name": body["name"], "description": body["description"], "amount": body["customAmount"],
            "currency": body["customCurrency"], "archived": False, "expiresAt": None,
            "viewLink": f"{self.address}/pull-payments/{number}", "startsAt": 1, "autoApproveClaims": False,
        }  # fmt: skip
        return 200, self.pulls[number]


class BtcpayBench(CompanyBench):
    """The rail beside its company."""

    company: Btcpay
    currencies = ("EUR", "JPY", "KWD")

    def __init__(self, **keys: Any) -> None:
        self.company = Btcpay()
        own = {"server_address": self.company.address, "api_key": KEY, "store_id": STORE, "webhook_secrets": (SECRET,)}
        self.provider = BtcpayProvider(Contract("coins", "btcpay", {**own, **keys}))
        self.calling = self.provider.server

    def approve(self, reference: str) -> None:
        self.company.pay(reference)

    def refuse(self, reference: str) -> None:
        self.company.mark(reference, "Invalid")

    def charges(self) -> int:
        return len(self.company.invoices)

    def news_of(self, reference: str) -> tuple[dict[str, str], bytes]:
        body = self.company.news(reference)
        return signed(body), body


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"btcpay-sig": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


@contextmanager
def btcpay(**keys: Any) -> Iterator[BtcpayBench]:
    bench = BtcpayBench(**keys)
    try:
        yield bench
    finally:
        bench.company.close()
