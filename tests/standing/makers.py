"""Two card companies of one network, a bank, and incidents as far as a test wants them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from obbligato.kernel import clock
from obbligato.payments import registry, top_ups
from obbligato.payments.contract import Capabilities, Decline, Fact, Method
from obbligato.payments.models import Attempt
from obbligato.people.models import Person
from obbligato.standing import confirming, contesting, detecting, documents, requesting_basis, restoring, ruling
from obbligato.standing.detecting import Said
from obbligato.standing.models import Document, Incident, Ruling, RulingWord
from obbligato.standing.ruling import Decided
from obbligato.standing.words import Basis, Kind, Outcome, Paper, Word
from tests.payments.fakes import Saying, captured

CARDS = Capabilities(frozenset({Method.CARD, Method.DIRECT_DEBIT}), domains=("network:one",))
GONE = Fact("declined", reason="Your account was closed.", decline=Decline.MERCHANT)
NETWORK = "network:one"


@contextmanager
def rails() -> "Iterator[tuple[Saying, Saying]]":
    """North and south, of one network, and a clock that stands still."""
    north, south = Saying("north", captured(), CARDS), Saying("south", captured(reference="ch_2"), CARDS)
    with clock.stopped(clock.now()), registry.instead(north, south):
        yield north, south


def pay(person: Person, key: str, *, provider: str = "") -> Attempt:
    """Five euros by a card."""
    return top_ups.start(
        person, amount_micro=5_000_000, currency="EUR", key=key, return_url="/", method="card", provider=provider
    )


def an_incident(subject: str = NETWORK, kind: Kind = Kind.SUSPENSION, **said: object) -> Incident:
    """A letter that dana entered."""
    return detecting.enter_letter(subject, Said(kind, **said), by="dana")  # type: ignore[arg-type]


def confirmed(subject: str = NETWORK, kind: Kind = Kind.SUSPENSION, **said: object) -> Incident:
    """And confirmed."""
    return confirming.confirm(an_incident(subject, kind, **said), by="dana", why="They said so on the telephone.")


def before_a_court(subject: str = NETWORK) -> Incident:
    """Asked, refused, contested and sued."""
    incident = confirmed(subject)
    tomorrow = clock.today() + timedelta(days=1)
    letter = requesting_basis.write(
        incident, language="en", to_name="North Payments", to_email="", answer_by=tomorrow, by="dana"
    )
    requesting_basis.send(letter, by="dana", is_by_mail=False)
    incident.refresh_from_db()
    incident = requesting_basis.record(
        incident, basis=Basis.ALLEGATION, instructing_party="A trade body", cited_text="", by="dana", why="A mail."
    )
    incident = contesting.contest(incident, by="dana", why="An allegation is no basis.")
    return contesting.sue(incident, case_number="12 O 34/26", by="dana", why="Filed today.")


def a_document(incident: Incident, content: bytes = b"The court has decided.") -> Document:
    return documents.keep(incident, content, kind=Paper.RULING, title="Ruling", name="ruling.pdf", by="dana")


def a_ruling(
    incident: Incident,
    *,
    outcome: Outcome = Outcome.FAVOURABLE,
    speaks_for_us: bool = True,
    addressees: tuple[tuple[str, str], ...] = (("North Payments Ltd", "north"), ("South Acquiring Ltd", "south")),
) -> Ruling:
    """Entered by dana, seen by nobody else."""
    decided = Decided(
        court="District Court",
        case_number="12 O 34/26",
        decided_on=clock.today(),
        outcome=outcome,
        operative_part="The defendants shall perform the contract.",
        speaks_for_us=speaks_for_us,
        addressees=addressees,
    )
    return ruling.record(incident, decided, a_document(incident), by="dana")


def said(found: Ruling, *states: Word) -> RulingWord:
    """Each entered by dana and checked by erin, in this order; gives the last."""
    document = a_document(found.incident)
    for state in states:
        word = found.words.filter(checked_at__isnull=True, state=state).first() or ruling.say(
            found, state, on=clock.today(), document=document, by="dana"
        )
        word = ruling.check(word, by="erin", remark="Asked at the court's registry.")
    return word


def in_force(incident: Incident, **what: object) -> Ruling:
    """A ruling that was decided and is in force, both checked."""
    found = a_ruling(incident, **what)  # type: ignore[arg-type]
    said(found, Word.DECIDED, Word.IN_FORCE)
    incident.refresh_from_db()
    return found


def coming_back() -> Incident:
    """Both rails on the first step of their way back."""
    incident = before_a_court()
    in_force(incident)
    return restoring.begin(incident, by="dana", why="They wrote that the accounts are open.")
