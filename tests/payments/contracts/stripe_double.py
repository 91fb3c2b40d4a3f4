"""Stripe as the tests meet it: localstripe, with the promises that it does not keep, and every way to fail.

It keeps idempotency keys (also a failure's answer), refuses to send back more than came, searches, tells its news
again, and signs it.
"""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2 as httpx

from obbligato.kernel import clock
from tests.payments.contracts import localstripe

SECRET_KEY, SHOWN_KEY = "sk_test_of_the_double", "pk_test_of_the_double"
SIGNING_KEY, NEXT_SIGNING_KEY = "whsec_of_the_double", "whsec_of_its_next_year"
GOOD_CARD, REFUSED_CARD, STRONG_CARD = "4242424242424242", "4000000000000341", "4000002500003155"
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
CONTRACT = f"""
[stripe]
provider = "stripe"
secret_key = "{SECRET_KEY}"
publishable_key = "{SHOWN_KEY}"
webhook_secrets = ["{SIGNING_KEY}", "{NEXT_SIGNING_KEY}"]
methods = ["card", "sepa_debit"]
cost_percent = "0"
"""
Said = dict[str, Any]


class Refusal(Exception):
    """It says no."""

    def __init__(self, status: int, **error: object) -> None:
        super().__init__(status)
        self.status, self.body = status, {"error": {"type": "invalid_request_error", **error}}


class StripeDouble:
    """One account. `mode` is how it behaves: well, or in one of the ways that the methods below name."""

    def __init__(self) -> None:
        self._local = httpx.Client(
            base_url=localstripe.address(), headers={"Authorization": f"Bearer {SECRET_KEY}"}, timeout=20
        )
        self.mode, self.search_lags = "well", False
        self.intents: list[str] = []
        self.events: list[Said] = []
        self.requests: list[tuple[str, str]] = []
        self.asked: list[Said] = []
        self.on_their_way: set[str] = set()
        """Debits that a bank was asked for; localstripe's have arrived at once."""
        self._cancelled_as: dict[str, str] = {}
        self._kept: dict[str, tuple[str, int, Said]] = {}
        self._lock, self._released = threading.Lock(), threading.Event()
        self._listen(0)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def contract(self) -> str:
        """The table for the file of rails."""
        return f'{CONTRACT}api_address = "{self.address}"\n'

    def close(self) -> None:
        self._released.set()
        self._hang_up()
        self._local.close()

    @contextmanager
    def behaving(self, mode: str) -> Iterator[None]:
        """For a while: silent, reset, dripping; broken, html, odd, endless; failing_before or failing_after doing as
        asked; revoked, closed, limited, busy, puzzled; searchless."""
        self.mode = mode
        try:
            yield
        finally:
            self.mode = "well"
            self._released.set()
            self._released = threading.Event()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Nobody listens at its address."""
        self._hang_up()
        try:
            yield
        finally:
            self._listen(self._port)

    def pay(self, reference: str, card: str = GOOD_CARD, *, iban: str = "") -> tuple[int, Said]:
        """The payer confirms with a card or an account, as Stripe's fields do."""
        kind = {"type": "sepa_debit", "sepa_debit": {"iban": iban}} if iban else _card(card)
        if iban:
            self.on_their_way.add(reference)
        method = self.local("POST", "/v1/payment_methods", kind)[1]["id"]
        self.local("POST", f"/v1/payment_intents/{reference}", {"payment_method": method, "latest_charge": None})
        status, said = self.local("POST", f"/v1/payment_intents/{reference}/confirm", {})
        return status, self.shown(said) if status == 200 else said

    def authenticate(self, reference: str, *, passed: bool) -> None:
        """The payer's bank asked whether it is her."""
        path = f"/v1/payment_intents/{reference}/_authenticate"
        secret = self.intent(reference)["client_secret"]
        self.local("POST", path, {"success": passed, "client_secret": secret})

    def intent(self, reference: str) -> Said:
        """A payment as it shows it."""
        return self.shown(self.local("GET", f"/v1/payment_intents/{reference}")[1])

    def refunds(self, reference: str) -> list[Said]:
        """What was sent back of a payment."""
        made: list[Said] = self.local("GET", f"/v1/refunds?payment_intent={reference}")[1]["data"]
        return made

    def event(self, kind: str, thing: Said, **more: object) -> Said:
        """News of something, kept to be told again."""
        now = int(clock.now().timestamp())
        number = f"evt_{hashlib.sha256(f'{id(self)}{len(self.events)}'.encode()).hexdigest()[:20]}"
        made = {"id": number, "object": "event", "type": kind, "created": now, "livemode": False}
        self.events.append({**made, "data": {"object": thing}, **more})
        return self.events[-1]

    def signed(self, event: object, *, key: str = SIGNING_KEY, at: int | None = None) -> tuple[dict[str, str], bytes]:
        """Headers and body as it would send them."""
        body = event if isinstance(event, bytes) else json.dumps(event, indent=2).encode()
        moment = int(clock.now().timestamp()) if at is None else at
        signature = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return {"stripe-signature": f"t={moment},v1={signature},v0=nothing"}, body

    def local(self, method: str, path: str, body: Said | None = None) -> tuple[int, Said]:
        """Ask localstripe itself."""
        answer = self._local.request(method, path, json=body) if body is not None else self._local.request(method, path)
        return answer.status_code, answer.json()

    def answer(self, method: str, address: str, body: str, key: str) -> tuple[int, Said, bool]:
        """Status, body, and whether it is the kept answer of a key."""
        path, sent = urlsplit(address).path, f"{address}?{body}"
        with self._lock:
            if key in self._kept:
                before, status, said = self._kept[key]
                if before != sent:
                    return 400, {"error": {"type": "idempotency_error", "message": "Another request."}}, False
                return status, said, True
            try:
                if self.mode == "failing_before":
                    raise Refusal(500, type="api_error")
                status, said = self._done(method, address, path, nested(body))
                if self.mode == "failing_after":
                    raise Refusal(500, type="api_error")
            except Refusal as no:
                status, said = no.status, no.body
            if key:
                self._kept[key] = (sent, status, said)
            return status, said, False

    def _done(self, method: str, address: str, path: str, asked: Said) -> tuple[int, Said]:
        parts = path.strip("/").split("/")[1:]
        query = nested(urlsplit(address).query)
        match (method, *parts):
            case ("POST", "payment_intents"):
                self.asked.append(dict(asked))
                allowed = asked.pop("allowed_payment_method_types")
                status, said = self.local("POST", path, {**asked, "payment_method_types": allowed})
                self.intents.append(said["id"])
                return status, self.shown(said)
            case ("GET", "payment_intents", "search") if self.mode == "searchless":
                raise Refusal(400, message="Search is not available in your country.")
            case ("GET", "payment_intents", "search"):
                wanted = query["query"].removeprefix("metadata['key']:'").removesuffix("'")
                known = [] if self.search_lags else map(self.intent, self.intents)
                return 200, _page("search_result", [one for one in known if one["metadata"]["key"] == wanted], path)
            case ("GET", "payment_intents"):
                return 200, _page("list", [self.intent(one) for one in reversed(self.intents)], path)
            case ("GET", "events"):
                since, types = int(query["created"]["gte"]), query["types"]
                told = [one for one in self.events if one["created"] >= since and one["type"] in types]
                return 200, _page("list", told[::-1], path)
            case ("POST", "payment_intents", reference, "cancel"):
                return self._cancelled(reference, path, asked)
            case ("POST", "payment_intents", reference, "confirm"):
                card = asked["payment_method_data"]["card"]["number"]
                return self.pay(reference, card)
            case ("GET", "balance"):
                return 200, self._balance()
            case ("POST", "refunds"):
                return self._refunded(path, asked)
        status, said = self.local(method, f"{path}?{urlsplit(address).query}")
        if status == 404:
            raise Refusal(404, code="resource_missing")
        return status, self.shown(said)

    def _cancelled(self, reference: str, path: str, asked: Said) -> tuple[int, Said]:
        if reference not in self.intents:
            raise Refusal(404, code="resource_missing")
        if self.intent(reference)["status"] in {"canceled", "succeeded", "processing"}:
            raise Refusal(400, code="payment_intent_unexpected_state")
        self._cancelled_as[reference] = asked.get("cancellation_reason", "")
        return 200, self.shown(self.local("POST", path, {})[1])

    def _refunded(self, path: str, asked: Said) -> tuple[int, Said]:
        reference, amount = asked["payment_intent"], int(asked["amount"])
        if sum(one["amount"] for one in self.refunds(reference)) + amount > self.intent(reference)["amount_received"]:
            raise Refusal(400, code="charge_already_refunded")
        return self.local("POST", path, asked)

    def _balance(self) -> Said:
        """All of it pending, but what it keeps for itself: 50 cents of each payment."""
        paid = [one for one in map(self.intent, self.intents) if one["amount_received"]]
        sent_back = sum(part["amount"] for one in paid for part in self.refunds(one["id"]))
        held = sum(one["amount_received"] - 50 for one in paid) - sent_back
        told = {
            "pending": [{"amount": held + 100, "currency": "eur"}],
            "available": [{"amount": -100, "currency": "eur"}],
        }
        return {"object": "balance", **told}

    def shown(self, said: Said) -> Said:
        """With the fields that localstripe leaves out."""
        if said.get("object") != "payment_intent":
            return said
        if said["status"] == "succeeded" and said["id"] in self.on_their_way:
            said = {**said, "status": "processing"}
        received = said["amount"] if said["status"] == "succeeded" else 0
        error = said["last_payment_error"]
        if error and said["latest_charge"]:
            paid_by = self.local("GET", f"/v1/payment_methods/{said['latest_charge']['payment_method']}")[1]
            error = {**error, "payment_method": paid_by}
        reason = self._cancelled_as.get(said["id"]) or None
        return {**said, "amount_received": received, "last_payment_error": error, "cancellation_reason": reason}

    def _listen(self, port: int) -> None:
        handler = type("Handler", (_Handler,), {"double": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _hang_up(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_until_released(self) -> None:
        self._released.wait(30)


class _Handler(BaseHTTPRequestHandler):
    double: StripeDouble
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve("")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def log_message(self, *_: object) -> None:
        """It keeps no log."""

    def _serve(self, body: str) -> None:
        double, mode = self.double, self.double.mode
        double.requests.append((self.command, self.path))
        refusal = self._refusal(mode, body)
        if refusal is not None:
            self._send(*refusal, **({"Retry-After": "60"} if mode == "limited" else {}))
            return
        key = self.headers.get("Idempotency-Key", "")
        status, said, is_kept = double.answer(self.command, self.path, body, key)
        text = json.dumps(said).encode()
        if mode == "silent":
            double.wait_until_released()
            self.close_connection = True
        elif mode == "reset":
            self._send(status, text, says_bytes=len(text) + 100)
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif mode == "dripping":
            self._drip(text)
        else:
            self._send(status, text, **({"Idempotent-Replayed": "true"} if is_kept else {}))

    def _refusal(self, mode: str, body: str) -> tuple[int, bytes] | None:
        is_known = self.headers.get("Authorization") == f"Bearer {SECRET_KEY}" or f"key={SHOWN_KEY}" in body
        if mode == "revoked" or not is_known:
            return 401, b'{"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}'
        return {
            "broken": (500, HTML),
            "html": (200, HTML),
            "odd": (200, b'{"id": 1}'),
            "closed": (403, b'{"error": {"type": "invalid_request_error", "code": "account_invalid"}}'),
            "limited": (429, b'{"error": {"type": "invalid_request_error", "code": "rate_limit"}}'),
            "endless": (200, b'"' + b"x" * 30_000_000),
            "puzzled": (400, b'{"error": {"type": "invalid_request_error", "code": "parameter_unknown"}}'),
            "busy": (409, b'{"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}}'),
        }.get(mode)

    def _send(self, status: int, text: bytes, says_bytes: int = 0, **headers: str) -> None:
        kind = "text/html" if text.startswith(b"<") else "application/json"
        with suppress(OSError):
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Access-Control-Allow-Origin": "*", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(says_bytes or len(text)))
            self.end_headers()
            self.wfile.write(text)

    def _drip(self, text: bytes) -> None:
        """A byte at a time: each comes soon enough, and the whole never."""
        with suppress(OSError):
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            for one in text:
                self.wfile.write(bytes([one]))
                time.sleep(0.1)
        self.close_connection = True


def nested(form: str) -> Said:
    """`a[b]=1&c[0]=2` as {"a": {"b": "1"}, "c": ["2"]}."""
    found: Said = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        *parents, last = name.replace("]", "").split("[")
        place = found
        for one in parents:
            place = place.setdefault(one, {})
        place[last] = value
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return list(inner.values()) if all(name.isdigit() for name in inner) else inner


def _card(number: str) -> Said:
    return {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}}


def _page(kind: str, data: list[Said], path: str) -> Said:
    return {"object": kind, "data": data, "has_more": False, "url": path}


if __name__ == "__main__":
    print(StripeDouble().contract)
    threading.Event().wait()
