"""Play a dispute in the demo store: two card companies walk out on a third party's word, and come back by a ruling.

Every act is a verb of the store, as the desk calls it. All names are made up. It is played once.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from obbligato.casefiles import building, making, verify
from obbligato.casefiles.models import CaseFile
from obbligato.catalog.models import Track
from obbligato.demo.acquirers import NETWORK, Acquirer
from obbligato.kernel import chance, clock
from obbligato.kernel.money import MICRO, Money, plain_amount
from obbligato.kernel.refusals import Refused
from obbligato.payments import registry, top_ups
from obbligato.payments.bank import importing, own_account
from obbligato.payments.models import Attempt
from obbligato.payments.vouchers import issuing, redeeming
from obbligato.payments.vouchers.models import VoucherBatch
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.models import Order
from obbligato.sales.offers import on_sale
from obbligato.sales.quoting import format_named
from obbligato.standing import (
    chain,
    confirming,
    contesting,
    demanding,
    detecting,
    documents,
    funds,
    holding,
    naming_items,
    requesting_basis,
    restoring,
    ruling,
)
from obbligato.standing.detecting import Said
from obbligato.standing.models import Incident, Ruling, RulingWord
from obbligato.standing.ruling import Decided
from obbligato.standing.words import Basis, Kind, Outcome, Paper, Role, Word
from obbligato.transparency import keys

Tell = Callable[[str, str], None]
"""Says a plain sentence and the address of the page that shows it."""
NORTH, SOUTH = "northgate", "southbank"
COMPANIES = {NORTH: "Northgate Payments Ltd", SOUTH: "Southbank Acquiring Ltd"}
BODY = "Society for Old Melodies"
FIRST, SECOND = "dana", "erin"
CITED = "Rule 5.12 of the Lantern network: a complaint about items on sale was received. No court is named."
MAIL = """From: compliance@northgate.example
To: the store
Subject: Suspension of your account

{cited} Your account is suspended from today. We are not able to say more.
"""
OPERATIVE = (
    "The defendants are ordered to perform the contracts of 2 January as agreed. All other claims are dismissed."
)
FORMAT = "flac"
PURCHASES = 3


class PlayedAlready(Refused):
    """The dispute was played in this store before."""


class NoBuyer(Refused):
    """The demo store has nobody who could buy."""


class OwnsAll(Refused):
    """Nothing is left that she could buy."""


@dataclass
class Stage:
    """Who plays, and where it is told."""

    tell: Tell
    alice: Person
    north: Acquirer = field(default_factory=lambda: Acquirer(NORTH, "Northgate card"))
    south: Acquirer = field(default_factory=lambda: Acquirer(SOUTH, "Southbank card"))


def play(tell: Tell) -> CaseFile:
    """From the first sale by card to a verified case file; the rails are then on their way back.

    Raises PlayedAlready, NoBuyer, OwnsAll, NoBankAccount.
    """
    alice = Person.objects.filter(username="alice").first()
    own_account.holder()
    if alice is None:
        raise NoBuyer("There is no demo store in this folder yet: alice is missing.")
    if before := Incident.objects.filter(subject=NETWORK).first():
        raise PlayedAlready(f"The dispute was played here before: {settings.SITE_URL}{_page(before)}")
    stage = Stage(tell, alice)
    if len(_wanted(stage)) < PURCHASES:
        raise OwnsAll(
            "Alice owns nearly all there is in this store. OBBLIGATO_DATA can name another folder to play it in."
        )
    # The stage is set.
    with _companies(stage):
        _sell_by_card(stage)
        incident = _walk_out(stage)
        _sell_on(stage)
        _ask(stage, incident)
        _rule(stage, incident)
        _return(stage, incident)
        return _file(stage, incident)


@contextmanager
def _companies(stage: Stage) -> Iterator[None]:
    with registry.also(stage.north, stage.south):
        yield


def _sell_by_card(stage: Stage) -> None:
    for company in (stage.north, stage.south):
        _pay_by(stage, company.name, 5)
    stage.tell("Alice pays by card at two companies, and both take it.", reverse("admin:payments_attempt_changelist"))


def _walk_out(stage: Stage) -> Incident:
    """Both say no; a machine stops them and asks; dana enters the letter and confirms."""
    stage.north.is_open = stage.south.is_open = False
    for company in (stage.north, stage.south):
        _pay_by(stage, company.name, 5)
    detecting.look()
    stage.tell(
        "Both close the store's accounts on one day. Nothing more is sent there; a person has to look.",
        reverse("admin:standing_incident_changelist"),
    )
    today = clock.today()
    said = Said(
        Kind.SUSPENSION,
        instructing_party="The Lantern network",
        basis=Basis.ALLEGATION,
        cited_text=CITED,
        received_on=today,
        effective_on=today,
        agreed_days=60,
    )
    incident = detecting.enter_letter(NETWORK, said, by=FIRST)
    mail = MAIL.format(cited=CITED).replace("\n", "\r\n").encode()
    documents.keep(incident, mail, kind=Paper.LETTER_IN, title="The closing letter", name="closing.eml", by=FIRST)
    incident = confirming.confirm(incident, by=FIRST, why="Both wrote the same letter.")
    held = Money(2 * MICRO, settings.CURRENCY)
    funds.hold_back(incident, NORTH, held, by=FIRST, why="The letter says so.")
    stage.tell(
        f"Dana confirms it: both are suspended, sixty days of notice short, and {held} are held back.", _page(incident)
    )
    return incident


def _sell_on(stage: Stage) -> None:
    """By what is in the wallet, by a voucher, by a bank transfer: no card company is needed."""
    first = _buy(stage)
    stage.tell(f"Sales go on. Alice buys from her balance: {first.total}.", first.get_absolute_url())
    issued = issuing.make(
        kind=VoucherBatch.Kind.SOLD,
        face_micro=5 * MICRO,
        currency=settings.CURRENCY,
        count=1,
        key=chance.token(16),
        by=FIRST,
        reason="Sold for cash, receipt 17.",
    )
    redeeming.redeem(stage.alice, issued.codes[0], currency=settings.CURRENCY, key=chance.token(16), address="the demo")
    second = _buy(stage)
    stage.tell(f"She redeems a voucher, and buys again: {second.total}.", second.get_absolute_url())
    attempt = _transfer(stage)
    third = _buy(stage)
    words = f"A bank transfer of {attempt.amount} comes in by the bank's statement, and pays for {third.total}."
    stage.tell(words, third.get_absolute_url())


def _ask(stage: Stage, incident: Incident) -> None:
    """Who decided, by what rule; what they answered is no decision; it is contested and brought before a court."""
    named = [_tracks()[0].recording.title, "A melody that nobody sells here"]
    naming_items.name(incident, named, by=FIRST)
    network = chain.add_actor(incident, "The Lantern network", role=Role.NETWORK, rule_cited="Rule 5.12", by=FIRST)
    chain.add_actor(incident, BODY, role=Role.THIRD_PARTY, names_as_decider="The Lantern network", by=FIRST)
    chain.ask(network, "Who decided, and which court has said so?", by=FIRST)
    letter = requesting_basis.write(
        incident,
        language="en",
        to_name=COMPANIES[NORTH],
        to_email="",
        answer_by=clock.today() + timedelta(days=14),
        by=FIRST,
    )
    requesting_basis.send(letter, by=FIRST, is_by_mail=False)
    stage.tell("Dana asks for the legal basis, by a letter that the store wrote for her.", _page(incident))
    requesting_basis.record(
        incident,
        basis=Basis.ALLEGATION,
        instructing_party="The Lantern network",
        cited_text=CITED,
        by=FIRST,
        why="They name a third party's complaint, and nobody who decided.",
    )
    contesting.contest(incident, by=FIRST, why="An allegation is no basis.")
    contesting.sue(incident, case_number="12 O 34/26", by=FIRST, why="Filed at the District Court.")
    stage.tell(
        "They name an allegation. It is contested, and a court has it. Every item stays on sale.", _page(incident)
    )


def _rule(stage: Stage, incident: Incident) -> None:
    """Decided changes nothing; in force counts when a second person has checked it."""
    incident.refresh_from_db()
    paper = OPERATIVE.encode()
    document = documents.keep(incident, paper, kind=Paper.RULING, title="The ruling", name="ruling.txt", by=FIRST)
    decided = Decided(
        court="District Court",
        case_number="12 O 34/26",
        decided_on=clock.today(),
        outcome=Outcome.FAVOURABLE,
        operative_part=OPERATIVE,
        speaks_for_us=True,
        addressees=[(name, rail) for rail, name in COMPANIES.items()],
    )
    found = ruling.record(incident, decided, document, by=FIRST)
    _check(found)
    stage.tell(
        f"A court has ruled, not in force yet: {NORTH} is still {holding.state_of(NORTH).label.lower()}.",
        _page(incident),
    )
    ruling.say(found, Word.IN_FORCE, on=clock.today(), document=document, by=FIRST)
    stage.tell("It is said to be in force. Dana entered that, so nothing has changed so far.", _page(incident))
    _check(found)
    stage.tell("Erin has asked at the court's registry and checked it: restoration is due.", _page(incident))


def _return(stage: Stage, incident: Incident) -> None:
    incident.refresh_from_db()
    found = incident.rulings.get()
    letter = demanding.write(
        found,
        language="en",
        to_name=COMPANIES[NORTH],
        to_email="",
        answer_by=clock.today() + timedelta(days=7),
        by=FIRST,
    )
    demanding.send(letter, by=FIRST, is_by_mail=False)
    stage.tell("The store demands what the operative part says, and no more.", _page(incident))
    stage.north.is_open = stage.south.is_open = True
    restoring.begin(incident, by=FIRST, why="Both wrote that the accounts are open.")
    share = holding.present()[NORTH].share_per_mille
    stage.tell(
        f"They comply. {share / 10:g} % of card payments go there; in two clean days ten per cent, in two more all,"
        " and after seven the rails are active as before.",
        reverse("admin:standing_now"),
    )


def _file(stage: Stage, incident: Incident) -> CaseFile:
    case = building.build(incident.number, "court", by=FIRST)
    verdict = verify.check_archive(case.file, keys.signing_key().verifier)
    with making.opened(case):
        stage.tell(f"The case file is built: {case.file_name}. {verdict}", _page(incident))
    stage.tell("What the public log says of all that.", reverse("transparency"))
    return case


def _check(found: Ruling) -> RulingWord:
    word = found.words.get(checked_at=None)
    return ruling.check(word, by=SECOND, remark="Asked at the court's registry.")


def _pay_by(stage: Stage, provider: str, amount: int) -> None:
    """Whatever comes of it: a no is a part of the play."""
    try:
        top_ups.start(
            stage.alice,
            amount_micro=amount * MICRO,
            currency=settings.CURRENCY,
            key=chance.token(16),
            return_url="/",
            provider=provider,
        )
    except top_ups.NoRail:
        pass


def _transfer(stage: Stage) -> Attempt:
    """Alice sets out to pay by transfer, and the statement of the store's bank has it."""
    own_account.remember()
    attempt = top_ups.start(
        stage.alice,
        amount_micro=5 * MICRO,
        currency=settings.CURRENCY,
        key=chance.token(16),
        return_url="/",
        provider="bank_transfer",
    )
    cells = [
        clock.today().isoformat(), plain_amount(attempt.amount_micro, attempt.currency), attempt.currency, "Alice",
        attempt.provider_reference, chance.token(6),
    ]  # fmt: skip
    heads = "booked_on,amount,currency,payer_name,remittance,entry_reference"
    content = f"{heads}\n{','.join(cells)}\n".encode()
    importing.import_file(io.BytesIO(content), name="statement.csv", by=FIRST)
    attempt.refresh_from_db()
    return attempt


def _buy(stage: Stage) -> Order:
    """The next track that she does not own, from her wallet."""
    track = _wanted(stage)[0]
    country = stage.alice.country or settings.HOME_COUNTRY
    basket = baskets.basket_with(None, stage.alice)
    baskets.add_track(basket, track, format_named(FORMAT), territory=country)
    total_micro = baskets.contents(basket).total_micro
    return checkout.buy(basket, stage.alice, expected_total_micro=total_micro, country=country)


def _wanted(stage: Stage) -> list[Track]:
    owned = set(stage.alice.purchases.values_list("track__recording", flat=True))
    return [one for one in _tracks() if one.recording_id not in owned]


def _tracks() -> list[Track]:
    """The tracks of what is on sale, in a steady order."""
    editions = list(on_sale().order_by("pk").values_list("edition", flat=True))
    found = Track.objects.filter(edition__in=editions).select_related("recording", "edition__release")
    return list(found.order_by("edition", "disc", "position"))


def _page(incident: Incident) -> str:
    return reverse("admin:standing_incident_change", args=[incident.pk])
