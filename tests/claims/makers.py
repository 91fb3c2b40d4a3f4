"""Claims for tests: carol's notices about bob's releases, and the people who decide."""

from datetime import UTC, datetime, timedelta
from typing import Any

from obbligato.catalog.models import Recording, Release
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.models import Effect
from obbligato.claims import deciding, due, hearing, policies, receiving
from obbligato.claims.awards import awarding
from obbligato.claims.awards.models import Award
from obbligato.claims.deciding import Reasons
from obbligato.claims.documents import Sent
from obbligato.claims.elements import Counter
from obbligato.claims.models import Claim, Complaint, Supplier
from obbligato.claims.notices import Notice
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.sales.withheld import keeping
from tests.storefront.makers import a_silent_release

MONDAY = datetime(2026, 11, 2, 15, tzinfo=UTC)
PDF = b"%PDF-1.7 a mandate"
MANDATE = Sent("mandate.pdf", PDF, is_mandate=True)
COUNTER = Counter("Bob Seller", "2 Quiet Lane, Springfield", "It is mine.", True, True, True, "Bob Seller")


def a_notice(*places: str, **changed: Any) -> Notice:
    """A notice to which nothing is missing under any law."""
    said: dict[str, Any] = {
        "name": "Carol Claimant",
        "mail": "carol@example.org",
        "address": "1 Claim Street, Springfield",
        "work": "Piece 1",
        "explanation": "I recorded this myself and never licensed it.",
        "locators": places,
        "is_in_good_faith": True,
        "is_accurate": True,
        "signature": "Carol Claimant",
    }
    return Notice(**{**said, **changed})


def received(notice: Notice, *, sent: tuple[Sent, ...] = ()) -> Claim:
    """The one claim that a notice makes."""
    (claim,) = receiving.receive(notice, channel="form", origin="network test", sent=sent).claims
    return claim


def about(release: Release, **changed: Any) -> Claim:
    """A claim about a whole release."""
    return received(a_notice(f"/releases/{release.slug}", **changed))


def fresh(claim: Claim) -> Claim:
    """As the database has it now."""
    return Claim.objects.get(pk=claim.pk)


def closed(claim: Claim, territory: str = "FR") -> bool:
    """Whether something it is about may not be sold there now."""
    pks = deciding.recordings_of(claim)
    return bool(in_effect.refusals(pks, territory=territory, effect=Effect.SELL))


def heard(claim: Claim) -> Claim:
    """Through the hearing, without a word of the supplier."""
    due.move_due(10)
    clock.advance(timedelta(days=7))
    due.move_due(10)
    return fresh(claim)


def disabled() -> Claim:
    """A claim under § 512 by which a release is closed."""
    in_the_us()
    claim = about(a_silent_release(), asks_for_us=True)
    deciding.restrict(claim, reasons(), by="dana")
    return fresh(claim)


def complained(claim: Claim) -> Complaint:
    """By the claimant, and the supplier was heard about it without a word of hers."""
    made = hearing.complain(claim, "The contract ended.", who=Who.CLAIMANT)
    clock.advance(timedelta(days=7))
    due.move_due(10)
    return made


def in_the_us() -> None:
    """The store has a designated agent in the United States."""
    policies.declare(is_large=False, us_agent="Agent, 1 Main Street, Springfield", by="dana")


def large() -> None:
    """The store is a medium enterprise or larger."""
    policies.declare(is_large=True, us_agent="", by="dana")


def reasons(**changed: Any) -> Reasons:
    """A statement of reasons without a personal word in it."""
    said: dict[str, Any] = {
        "ground": "illegal",
        "legal_ground": "Directive 2001/29/EC, Article 3",
        "facts": "The recording offered is the claimant's own.",
        "explanation": "It was offered without the authorisation of its producer.",
        "territories": ("WORLD",),
    }
    return Reasons(**{**said, **changed})


def awarded(claim: Claim, *, proposed_by: str = "dana", by: str = "erin") -> Award:
    """What waits for it is Carol's, as two persons say, by the first thing that decides it."""
    (ground, *_) = awarding.grounds_of(claim)
    asked = awarding.propose(claim, winner="Carol", ground=ground, by=proposed_by, reason="A registration.")
    return awarding.confirm(asked, by=by)


def a_supplier(release: Release) -> Supplier:
    """Where the label's people are reached."""
    return Supplier.objects.create(label=release.label, mail="bob@label.example", language="fr")


def recordings_of(release: Release) -> list[int]:
    """Their ids."""
    found = Recording.objects.filter(tracks__edition__release=release)
    return sorted(found.values_list("pk", flat=True))


def in_escrow() -> int:
    """What waits for claims, in micro-units, when sales have followed."""
    while waiting := keeping.due(10):
        for one in waiting:
            keeping.follow(one)
    return sum(accounts.balance_micro(one) for one in Account.objects.filter(kind=Account.Kind.ESCROW))
