"""One of everything the back office shows."""

from django.test import override_settings

from obbligato.casefiles import building
from obbligato.catalog.models import Release
from obbligato.claims import misuse
from obbligato.claims.awards.models import Award
from obbligato.claims.models import TrustedFlagger
from obbligato.claims.orders import verifying
from obbligato.claims.orders.naming import recordings_named
from obbligato.claims.suspensions.models import SupplierWord
from obbligato.payments import attempts, crediting, disputes, rails, reconciling, refunds, sandbox_desk, top_ups
from obbligato.payments.alerting import alert
from obbligato.payments.bank import assigning, own_account
from obbligato.payments.bank.models import BankEntry
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Attempt, Credit, Dispute, SandboxCharge
from obbligato.payments.vouchers import bonuses, freezing, issuing, redeeming
from obbligato.payments.vouchers.models import VoucherBatch
from obbligato.people import tokens
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, clawing_back, refunding
from obbligato.sales.documents import invoicing, locating
from obbligato.sales.documents.models import LocationEvidence
from obbligato.sales.guests import welcoming
from obbligato.sales.models import Order, Settlement
from obbligato.sales.quoting import format_named
from obbligato.standing import confirming, detecting
from obbligato.standing.detecting import Said
from obbligato.standing.words import Kind
from tests import makers
from tests.catalog.uploads.makers import an_upload, send
from tests.claims import makers as claims_makers
from tests.claims.orders.makers import served
from tests.payments.bank.makers import IBAN, Line, table, take
from tests.sales.documents.makers import BUYER, selling


def some_claims(release: Release) -> None:
    """A claim about the release, and what the store knows of those who claim."""
    claims_makers.large()
    claims_makers.a_supplier(release)
    claim = claims_makers.about(release)
    TrustedFlagger.objects.create(name="Flag", domain="flag.example", awarded_by="A coordinator")
    misuse.warn(claim.mail, gravity="None yet.", intent="None seen.", by="dana")
    Award.objects.create(claim=claim, winner="Carol", ground="order O-1", reason="A judgment.", asked_by="erin")
    SupplierWord.objects.create(
        number="S-1", label=claim.label, claim=claim, closed_count=1, share_per_mille=1_000, gravity="Grave.",
        intent="Unknown.", reason="Two copies.", by="erin",
    )  # fmt: skip


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
    closing = detecting.enter_letter("rail:faraway", Said(Kind.SUSPENSION, cited_text="<b>Rule 5</b>"), by="dana")
    confirming.confirm(closing, by="dana", why="They said so on the telephone.")
    building.build(closing.number, "court", by="dana")
    alert("event_changed", "evt_1", "The same news came again and said something else.")
    _bank_entries()
    some_vouchers()
    welcoming.welcome("carol@example.org", "FR")
    some_claims(release)
    send(an_upload(alice), "Album/01.flac")
    verifying.ask_issuer(served(recordings_named(release.slug)), question="What is its legal basis?", by="erin")
    assert reconciling.reconcile()[0].difference is not None, "The sandbox knows nothing of that dispute."
    return makers.dana()


def _bank_entries() -> None:
    """Two transfers without a reference, of which one is sent back."""
    with override_settings(BANK_IBAN=IBAN, BANK_NAME="Test Label"):
        own_account.remember()
        take(table([Line("7.00", "For the music"), Line("2.00", "=1+1", reference="B2")]), "november.csv")
        assigning.send_back(BankEntry.objects.get(bank_reference="B2"), by="dana")


def some_vouchers() -> list[str]:
    """The codes of two sold vouchers, one redeemed in part and one frozen; and a bonus on payments from now on."""
    issued = issuing.make(
        kind=VoucherBatch.Kind.SOLD, face_micro=3_000_000, currency="EUR", count=2, key="a form's key of 128 bits",
        by="dana", reason="For the table.",
    )  # fmt: skip
    visitor = Person.objects.create_user("visitor", "visitor@example.org", "a long password")
    redeeming.redeem(visitor, issued.codes[0], currency="EUR", key="v", address="192.0.2.1", most_micro=1_000_000)
    freezing.freeze(issued.batch.vouchers.get(place=2), key="f", by="dana", reason="It was lost.")
    bonuses.set_tier(currency="EUR", from_micro=50_000_000, bonus_micro=5_000_000, by="dana")
    return list(issued.codes)


def an_order(person: Person, release: Release, format_name: str = "mp3-320") -> Order:
    """A placed order of one release, not yet paid."""
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name), territory="FR")
    total = baskets.contents(basket).total_micro
    return checkout.place_order(basket, person, expected_total_micro=total, country="FR")
