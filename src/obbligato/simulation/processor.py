"""A card processor that does everything a real one may do to a store, by lot. It keeps its own books."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from obbligato.kernel import clock
from obbligato.payments.contract import (
    Capabilities,
    Decline,
    DisputeFact,
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
from obbligato.simulation.crashes import Fuse

WINDOW = timedelta(hours=24)
LIE = timedelta(minutes=30)
"""So long after a charge it may say that it knows nothing of it."""
ANSWERED = ("open", "captured", "declined")
NOES = (Decline.HARD, Decline.BUYER_FIX, Decline.TECHNICAL, Decline.UNMAPPED)
MOODS = {
    "well": (100, 0, 0, 0),
    "flaky": (60, 15, 15, 10),
    "silent": (10, 0, 60, 30),
    "down": (0, 100, 0, 0),
}
"""Weights of: answers; unreachable; takes it and does not answer; neither takes it nor answers."""


@dataclass
class Charge:
    """What the processor knows of one charge. Amounts in micro-units."""

    reference: str
    key: str
    amount_micro: int
    currency: str
    state: str
    made_at: datetime
    decline: str = ""
    captured_micro: int = 0
    refunds: dict[str, int] = field(default_factory=dict)
    disputes: dict[str, str] = field(default_factory=dict)


class FakeProcessor:
    """One account with a processor; `lot` is the world's own randomness."""

    label = description = "A processor of the simulation"

    def __init__(self, name: str, lot: Random, fuse: Fuse, *, domains: tuple[str, ...]) -> None:
        self.name = name
        self.capabilities = Capabilities(
            methods=frozenset({Method.CARD}),
            currencies=frozenset({"EUR"}),
            domains=domains,
            cost_basis_points=lot.randrange(50, 300),
            idempotency=WINDOW,
            settling=2 * LIE,
        )
        self.mood = "well"
        self.is_closed = False
        """Whether it will not serve the store any more."""
        self.charges: list[Charge] = []
        self.news: list[bytes] = []
        self.sent: list[str] = []
        """Keys of requests that reached it, in order."""
        self._lot, self._fuse, self._count = lot, fuse, 0
        self._by_reference: dict[str, Charge] = {}
        self._by_key: dict[str, Charge] = {}

    def request(self, request: Request) -> Fact:
        self._fuse.burn()
        fate = self._fate()
        if fate == "unreachable":
            raise NotSent
        if fate == "lost":
            raise NoAnswer
        self.sent.append(request.idempotency_key)
        fact = self._asked(request)
        self._fuse.burn()
        if fate == "unanswered":
            raise NoAnswer
        return fact

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        self._fuse.burn()
        if self._fate() != "answers":
            raise NoAnswer
        charge = self._found(reference, idempotency_key)
        if charge is None:
            return Fact("not_sent")
        is_young = clock.now() - charge.made_at < LIE
        return Fact("not_sent") if is_young and self._lot.random() < 0.2 else self._fact(charge)

    def refund(self, request: RefundRequest) -> RefundFact:
        self._fuse.burn()
        fate = self._fate()
        if fate == "unreachable":
            raise NotSent
        if fate == "lost":
            raise NoAnswer
        charge = self._found(request.reference, "")
        assert charge is not None, "a refund is of a charge"
        if self.is_closed:
            return RefundFact("failed", reason="The account is closed.")
        # It would send back more than it took, as some do: the store must never ask for that.
        charge.refunds[request.idempotency_key] = request.amount_micro
        self._fuse.burn()
        if fate == "unanswered":
            raise NoAnswer
        return RefundFact("done", self._refund_reference(request.idempotency_key))

    def lookup_refund(self, request: RefundRequest) -> RefundFact:
        self._fuse.burn()
        if self._fate() != "answers":
            raise NoAnswer
        charge = self._found(request.reference, "")
        if charge is None or request.idempotency_key not in charge.refunds:
            return RefundFact("not_sent")
        return RefundFact("done", self._refund_reference(request.idempotency_key))

    def void(self, reference: str) -> None:
        charge = self._found(reference, "")
        if charge is not None and charge.state == "open":
            charge.state = "voided"
            self._tell(charge)

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        return None

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        said = json.loads(body)
        return Event(
            id=said["id"],
            reference=said["reference"],
            idempotency_key=said.get("key", ""),
            charge=Fact(**said["charge"]) if "charge" in said else None,
            refund=RefundFact(**said["refund"]) if "refund" in said else None,
            refund_key=said.get("refund_key", ""),
            dispute=DisputeFact(**said["dispute"]) if "dispute" in said else None,
        )

    def finish(self, charge: Charge, outcome: str) -> None:
        """What the payer did on its page: captured, declined, expired, or captured another amount."""
        if charge.state != "open":
            return
        charge.state = "captured" if outcome == "other_amount" else outcome
        if charge.state == "captured":
            charge.captured_micro = charge.amount_micro - 10_000 * (outcome == "other_amount")
        if charge.state == "declined":
            charge.decline = self._lot.choice([Decline.HARD, Decline.BUYER_FIX])
        self._tell(charge)

    def dispute(self, charge: Charge, outcome: str) -> None:
        """The payer's bank takes the money back (open), or the case ends: won or lost."""
        reference = f"dp_{charge.reference}"
        if charge.state != "captured" or (outcome == "open") != (reference not in charge.disputes):
            return
        if charge.disputes.get(reference, "open") != "open":
            return
        amount = charge.captured_micro - sum(charge.refunds.values())
        if outcome == "open" and amount <= 0:
            return
        charge.disputes[reference] = outcome
        self._tell_of(charge, dispute={"state": outcome, "reference": reference, "amount_micro": max(1, amount)})

    def _asked(self, request: Request) -> Fact:
        if self.is_closed:
            return Fact("declined", reason="The account is closed.", decline=Decline.MERCHANT)
        charge = self._by_key.get(request.idempotency_key)
        # Its memory of keys ends with the window; then the same key is another charge.
        if charge is None or clock.now() >= charge.made_at + WINDOW:
            self._count += 1
            charge = Charge(
                reference=f"{self.name}_{self._count}",
                key=request.idempotency_key,
                amount_micro=request.amount_micro,
                currency=request.currency,
                state=self._lot.choices(ANSWERED, (70, 20, 10))[0],
                made_at=clock.now(),
            )
            if charge.state == "declined":
                charge.decline = self._lot.choice(NOES)
            if charge.state == "captured":
                charge.captured_micro = charge.amount_micro
            self.charges.append(charge)
            self._by_reference[charge.reference] = self._by_key[charge.key] = charge
            self._tell(charge)
        return self._fact(charge)

    def _found(self, reference: str, key: str) -> Charge | None:
        return self._by_reference.get(reference) if reference else self._by_key.get(key)

    def _fact(self, charge: Charge) -> Fact:
        state = {"open": "action_required", "captured": "succeeded"}.get(charge.state, charge.state)
        return Fact(
            state=state,
            reference=charge.reference,
            amount_micro=charge.captured_micro,
            currency=charge.currency,
            next_url=f"/pay/{charge.reference}",
            decline=charge.decline,
        )

    def _tell(self, charge: Charge) -> None:
        self._tell_of(charge, charge=self._fact(charge).__dict__)

    def _tell_of(self, of: Charge, **said: object) -> None:
        self._count += 1
        body = {"id": f"{self.name}_evt_{self._count}", "reference": of.reference, "key": of.key, **said}
        self.news.append(json.dumps(body).encode())

    def _fate(self) -> str:
        return self._lot.choices(("answers", "unreachable", "unanswered", "lost"), MOODS[self.mood])[0]

    @staticmethod
    def _refund_reference(key: str) -> str:
        return f"re_{key[:24]}"
