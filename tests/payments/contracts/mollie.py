"""Mollie on loopback, in the dialect of its Payments API v2, and a payer at its page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from obbligato.kernel import clock
from obbligato.payments.contracts_file import Contract
from obbligato.payments.providers.mollie.provider import MollieProvider
from tests.payments.contracts.company import Answer, Company, CompanyBench

KEY, TOKEN = "test_secretsecretsecret", "access_secretsecret"
WINDOW = timedelta(hours=1)


class Mollie(Company):
    """One profile's payments, refunds and chargebacks."""

    media_type = "application/hal+json"

    def __init__(self) -> None:
        super().__init__()
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, list[dict[str, Any]]] = {}
        self.chargebacks: dict[str, list[dict[str, Any]]] = {}
        self.balances: list[dict[str, Any]] = []
        self.is_lying = False
        """Whether it says “not found” of what it has."""
        self._answered: dict[str, tuple[datetime, Answer]] = {}

    def refused(self, headers: dict[str, str]) -> Answer | None:
        if self.mood == "revoked" or headers.get("authorization") not in {f"Bearer {KEY}", f"Bearer {TOKEN}"}:
            return problem(401, "Unauthorized Request", "Missing authentication, or failed to authenticate")
        return None

    def answer(self, verb: str, path: str, query: dict[str, list[str]], headers: dict[str, str], body: Any) -> Answer:
        key = headers.get("idempotency-key", "")
        known = self._answered.get(key)
        if verb == "POST" and known is not None and clock.now() < known[0] + WINDOW:
            return known[1]
        if path == "/v2/balances":
            assert (headers["authorization"], query["testmode"]) == (f"Bearer {TOKEN}", ["true"])
            return 200, {"_embedded": {"balances": self.balances}, "count": len(self.balances), "_links": {}}
        assert headers["authorization"] == f"Bearer {KEY}"
        answer = self._answer(verb, path.split("/")[2:], query, body)
        if verb == "POST":
            self._answered[key] = (clock.now(), answer)
        return answer

    def pay(self, reference: str, value: str = "") -> None:
        payment = self.payments[reference]
        payment.update(status="paid", paidAt=clock.now().isoformat())
        if value:
            payment["amount"] = {**payment["amount"], "value": value}

    def fail(self, reference: str, reason: str) -> None:
        self.payments[reference].update(status="failed", details={"failureReason": reason})

    def charge_back(self, reference: str, value: str, currency: str = "EUR") -> dict[str, Any]:
        made = {
            "resource": "chargeback", "id": f"chb_{reference[3:]}{len(self.chargebacks.get(reference, []))}",
            "amount": {"currency": currency, "value": value}, "paymentId": reference, "reversedAt": None,
            "createdAt": clock.now().isoformat(), "reason": {"code": "AC01", "description": "Account unknown"},
        }  # fmt: skip
        self.chargebacks.setdefault(reference, []).append(made)
        return made

    def _answer(self, verb: str, parts: list[str], query: dict[str, list[str]], body: Any) -> Answer:
        if parts == ["chargebacks"]:
            every = [one for of_payment in self.chargebacks.values() for one in of_payment]
            return 200, {"_embedded": {"chargebacks": every}, "count": len(every), "_links": {"next": None}}
        if parts == ["payments"]:
            return self._create(body) if verb == "POST" else self._list(query)
        payment = self.payments.get(parts[1])
        if payment is None or self.is_lying:
            return problem(404, "Not Found", "No payment exists with this token.")
        if len(parts) == 3:
            return self._refund(payment, body) if verb == "POST" else self._list_refunds(payment)
        if verb == "DELETE":
            if not payment["isCancelable"] or payment["status"] not in {"open", "canceled"}:
                return problem(422, "Unprocessable Entity", "The payment cannot be canceled")
            payment["status"] = "canceled"
        shown = dict(payment)
        if query.get("embed") == ["chargebacks"]:
            shown["_embedded"] = {"chargebacks": self.chargebacks.get(parts[1], [])}
        return 200, shown

    def _create(self, body: Any) -> Answer:
        if "localhost" in body.get("webhookUrl", ""):
            return problem(422, "Unprocessable Entity", "The webhook URL is invalid because it is unreachable")
        reference = f"tr_{len(self.payments):010d}"
        self.payments[reference] = {
            "resource": "payment", "id": reference, "mode": "test", "createdAt": clock.now().isoformat(),
            "status": "open", "isCancelable": True, "amount": body["amount"], "description": body["description"],
            "method": None, "metadata": body["metadata"], "redirectUrl": body["redirectUrl"], "profileId": "pfl_1",
            "_links": {"checkout": {"href": f"https://www.mollie.example/checkout/{reference}", "type": "text/html"}},
        }  # fmt: skip
        return 201, self.payments[reference]

    def _list(self, query: dict[str, list[str]]) -> Answer:
        newest = list(reversed(self.payments.values()))
        limit = min(int(query["limit"][0]), 3)  # Small pages, so that there are some.
        names = [one["id"] for one in newest]
        start = names.index(query["from"][0]) if "from" in query else 0
        page, rest = newest[start : start + limit], newest[start + limit :]
        follow = f"{self.address}/v2/payments?from={rest[0]['id']}&limit={limit}" if rest else None
        links = {"next": {"href": follow, "type": "application/hal+json"} if follow else None}
        shown = [] if self.is_lying else page
        return 200, {"_embedded": {"payments": shown}, "count": len(shown), "_links": links}

    def _refund(self, payment: dict[str, Any], body: Any) -> Answer:
        made = self.refunds.setdefault(payment["id"], [])
        gone = sum((Decimal(one["amount"]["value"]) for one in made if one["status"] != "failed"), Decimal(0))
        if payment["status"] != "paid" or gone + Decimal(body["amount"]["value"]) > Decimal(payment["amount"]["value"]):
            return problem(422, "Unprocessable Entity", "The specified amount cannot be refunded", "amount")
        made.append({
            "resource": "refund", "id": f"re_{payment['id'][3:]}{len(made)}", "amount": body["amount"],
            "status": "pending", "metadata": body["metadata"], "paymentId": payment["id"],
            "description": body["description"], "createdAt": clock.now().isoformat(),
        })  # fmt: skip
        return 201, made[-1]

    def _list_refunds(self, payment: dict[str, Any]) -> Answer:
        found = self.refunds.get(payment["id"], [])
        return 200, {"_embedded": {"refunds": found}, "count": len(found), "_links": {"next": None}}


def problem(status: int, title: str, detail: str, field: str = "") -> Answer:
    return status, {"status": status, "title": title, "detail": detail, **({"field": field} if field else {})}


class MollieBench(CompanyBench):
    """The rail beside its company."""

    company: Mollie
    currencies = ("EUR", "JPY", "HUF")

    def __init__(self, **keys: Any) -> None:
        self.company = Mollie()
        address = {"api_address": self.company.address}
        self.provider = MollieProvider(Contract("cards", "mollie", {"api_key": KEY, **address, **keys}))
        self.calling = self.provider.account

    def approve(self, reference: str) -> None:
        self.company.pay(reference)

    def refuse(self, reference: str) -> None:
        self.company.fail(reference, "insufficient_funds")

    def charges(self) -> int:
        return len(self.company.payments)

    def news_of(self, reference: str) -> tuple[dict[str, str], bytes]:
        return {"content-type": "application/x-www-form-urlencoded"}, f"id={reference}".encode()


@contextmanager
def mollie(**keys: Any) -> Iterator[MollieBench]:
    bench = MollieBench(**keys)
    try:
        yield bench
    finally:
        bench.company.close()
