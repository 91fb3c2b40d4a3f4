"""One of everything the back office shows."""

from obbligato.catalog.models import Release
from obbligato.payments import attempts, crediting, disputes, inbox, rails, refunds, sandbox_desk, top_ups
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Attempt, Credit, Dispute, SandboxCharge
from obbligato.people import tokens
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, clawing_back, refunding
from obbligato.sales.documents import invoicing, locating
from obbligato.sales.documents.models import LocationEvidence
from obbligato.sales.models import Order, Settlement
from obbligato.sales.quoting import format_named
from tests import makers
from tests.sales.documents.makers import BUYER, selling


def a_busy_store() -> Person:
    """A store where alice bought, topped up and is signed in to a program; returns dana, who operates it."""
    release = makers.a_release()
    alice = makers.alice("5")
    order = an_order(alice, release)
    checkout.pay(order)
    line = order.lines.first()
    assert line is not None
    Settlement.objects.create(line=line, actual_bytes=line.size_bytes, returned_micro=0)
    top_ups.start(
        alice, provider="sandbox", amount_micro=10_000_000, currency="EUR", key="k", return_url="http://testserver/"
    )
    sandbox_desk.decide(SandboxCharge.objects.get().reference, "approve")
    attempts.refresh_open(alice)
    tokens.new_token(alice, note="player")
    attempt = Attempt.objects.get()
    refunds.ask(attempt, amount_micro=1_000_000, key="r", by="alice", reason="Too much.")
    disputes.note_fact(attempt, DisputeFact("open", "dp_1", 2_000_000, "fraudulent"))
    crediting.give(
        alice, amount_micro=1_000_000, currency="EUR", kind=Credit.Kind.GOODWILL, key="c", by="dana", reason="Sorry."
    )
    with selling():
        invoicing.issue(order, **BUYER)
    refunding.refund(order, {line.pk: 10_000}, key="f", by="dana", reason="It skips.")
    clawing_back.follow(Dispute.objects.get())
    LocationEvidence.objects.create(order=order, kind="address", country="DE", source="the proxy")
    locating.locate(order)
    rails.block("faraway", reason="The account was closed.", by="dana")
    inbox.alert("event_changed", "evt_1", "The same news came again and said something else.")
    return makers.dana()


def an_order(person: Person, release: Release, format_name: str = "mp3-320") -> Order:
    """A placed order of one release, not yet paid."""
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name), territory="FR")
    total = baskets.contents(basket).total_micro
    return checkout.place_order(basket, person, expected_total_micro=total, country="FR")
