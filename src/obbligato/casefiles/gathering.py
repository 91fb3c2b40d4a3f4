"""Everything known of an incident at a moment, as values that say what each is. It only reads, and judges nothing."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from obbligato.casefiles import rulings
from obbligato.casefiles.profiles import EXHIBITED, WITHHELD, Profile, Sort, Told
from obbligato.people.models import Person
from obbligato.standing import chain, chronology, funds
from obbligato.standing.chronology import Event
from obbligato.standing.models import Actor, Document, Incident, NamedItem, Question
from obbligato.standing.requesting_basis import QUESTIONS
from obbligato.standing.words import Paper, Role

MACHINE, BY_ATTEMPT = "the store", "attempt "
ORGANISATIONS = {Role.PROCESSOR, Role.ACQUIRER, Role.NETWORK, Role.AUTHORITY, Role.COURT}
FOLDERS = {
    Paper.LETTER_IN: "correspondence", Paper.LETTER_OUT: "correspondence", Paper.CONTRACT: "contract",
    Paper.RULING: "rulings", Paper.OTHER: "other",
}  # fmt: skip
EXTENSION = re.compile(r"\.[a-z0-9]{1,5}")


def gather(incident: Incident, profile: Profile, *, through: int) -> dict[str, Any]:
    """What a case file for that reader is made of; what she is not shown is told as such, and taken out later.

    Money is that of the transfers up to `through`.
    """
    documents = list(incident.documents.order_by("added_at", "pk"))
    numbers = {one.pk: f"A-{place}" for place, one in enumerate(documents, 1)}
    rails = sorted(incident.rails.values_list("provider", flat=True))
    return {
        "incident": _facts(incident),
        "rails": rails,
        "timeline": _timeline(incident, documents, numbers),
        "chain": [_link(actor) for actor in incident.actors.order_by("pk")],
        "demands": [
            {
                "at": moment(one.noted_at),
                "by": Told(Sort.PERSON, one.demanded_by, "Somebody"),
                "what": Told(Sort.WORDS, one.what),
                "basis": one.get_basis_display(),
                "answer": Told(Sort.WORDS, one.answer),
                "answered_at": moment(one.answered_at),
            }
            for one in incident.demands.order_by("pk")
        ],
        "items": [_item(one) for one in incident.items.select_related("recording").order_by("pk")],
        "claims": rulings.register_of(incident),
        "rulings": rulings.rulings_of(incident, numbers),
        "orders": rulings.orders_about(incident),
        "not_decided": rulings.not_decided(incident),
        "money": [vars(one) for one in funds.of(incident, through=through)],
        "exhibits": [_exhibit(one, numbers[one.pk], profile) for one in documents],
    }


def names_around(incident: Incident) -> set[str]:
    """Names and addresses that texts about it may hold: of the store's people, and of whom letters went to."""
    found = set(incident.letters.values_list("to_name", flat=True)) - _companies(incident)
    found |= set(incident.letters.values_list("to_email", flat=True))
    for claim in rulings.claims_about(incident):
        found |= {claim.name, claim.mail, claim.address, claim.signature}
    for person in Person.objects.filter(is_staff=True).order_by("pk"):
        found |= {person.username, person.email, person.first_name, person.last_name, person.get_full_name()}
    return found - {""}


def moment(at: datetime | None) -> str:
    """A moment as the file says it: RFC 3339 in UTC to the second; empty where there is none."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _facts(incident: Incident) -> dict[str, Any]:
    return {
        "number": incident.number,
        "kind": incident.get_kind_display(),
        "subject": Told(Sort.PLAIN, incident.subject),
        "state": incident.get_state_display(),
        "opened_at": moment(incident.opened_at),
        "instructing_party": _named(incident, incident.instructing_party, "Somebody they named"),
        "basis": incident.get_basis_display(),
        "is_adjudicated": incident.adjudicated,
        "cited_text": Told(Sort.WORDS, incident.cited_text),
        "notice_received_on": _day(incident.notice_received_on),
        "notice_effective_on": _day(incident.notice_effective_on),
        "notice_agreed_days": incident.notice_agreed_days,
        "notice_given_days": incident.notice_given_days,
        "notice_shortfall_days": incident.notice_shortfall_days,
        "methods_withheld": list(incident.methods_withheld),
        "countries_withheld": list(incident.countries_withheld),
        "case_number": Told(Sort.PLAIN, incident.case_number),
        "unanswered_questions": len(chain.unanswered(incident)),
    }


def _timeline(incident: Incident, documents: list[Document], numbers: Mapping[int, str]) -> list[dict[str, Any]]:
    waiting = iter(documents)  # The chronology has them in the same order.
    told = []
    for event in chronology.events(incident):
        exhibit = numbers[next(waiting).pk] if event.sort == chronology.Sort.DOCUMENT else ""
        told.append(
            {
                "at": moment(event.at),
                "sort": event.sort.value,
                "what": _what(event),
                "by": _operator(event.by),
                "why": Told(_sort_of_why(event), event.why),
                "exhibit": exhibit,
            }
        )
    return told


def _what(event: Event) -> str | Told:
    if event.sort == chronology.Sort.LETTER:
        return Told(Sort.WORDS, event.what, "A letter of the store was sent")
    if event.sort == chronology.Sort.DOCUMENT:
        return Told(Sort.WORDS, event.what, f"{event.what.partition(':')[0]}: kept")
    if event.sort == chronology.Sort.NOTE:
        return Told(Sort.INTERNAL, event.what)
    return Told(Sort.PLAIN, event.what)


def _sort_of_why(event: Event) -> Sort:
    is_theirs = event.sort in {chronology.Sort.LETTER, chronology.Sort.SIGNAL}
    return Sort.WORDS if is_theirs else Sort.INTERNAL


def _operator(by: str) -> str | Told:
    """Who acted: a program by its name, a payment by its number; no login has a space in it."""
    if by.startswith(BY_ATTEMPT):
        return Told(Sort.INTERNAL, by, "A payment")
    return by if by == MACHINE else Told(Sort.PERSON, by, "Operator")


def _link(actor: Actor) -> dict[str, Any]:
    return {
        "name": _named(actor.incident, actor.name, actor.get_role_display()),
        "role": actor.get_role_display(),
        "rule_cited": Told(Sort.WORDS, actor.rule_cited),
        "names_as_decider": _named(actor.incident, actor.names_as_decider, "Somebody they named"),
        "questions": [_question(one) for one in actor.questions.order_by("pk")],
    }


def _question(question: Question) -> dict[str, Any]:
    is_usual = question.text in QUESTIONS
    return {
        "text": question.text if is_usual else Told(Sort.WORDS, question.text, "A question of the store"),
        "asked_at": moment(question.asked_at),
        "answer": Told(Sort.WORDS, question.answer),
        "answered_at": moment(question.answered_at),
    }


def _named(incident: Incident, name: str, role: str) -> str | Told:
    """A company by its name; whoever may be a human being as a person."""
    return Told(Sort.PLAIN, name) if name in _companies(incident) else Told(Sort.PERSON, name, role)


def _companies(incident: Incident) -> set[str]:
    """Whom a ruling is addressed to, and companies of the chain; but to whom a letter went may be a person."""
    in_chain = set(incident.actors.filter(role__in=ORGANISATIONS).values_list("name", flat=True))
    addressees = set(incident.rulings.values_list("addressees__name", flat=True))
    return (in_chain - set(incident.letters.values_list("to_name", flat=True))) | (addressees - {None})


def _item(item: NamedItem) -> dict[str, Any]:
    recording = item.recording
    return {
        "named": Told(Sort.PLAIN, item.text),
        "is_in_catalogue": recording is not None,
        "isrc": recording.isrc if recording else "",
        "title": Told(Sort.PLAIN, recording.title if recording else ""),
        "finding": Told(Sort.PLAIN, item.finding),
        "licence_basis": item.licence_basis,
        "licence_evidence": Told(Sort.WORDS, item.licence_evidence),
        "checked_at": moment(item.checked_at),
        "checked_by": _operator(item.checked_by),
    }


def _exhibit(document: Document, number: str, profile: Profile) -> dict[str, Any]:
    kind = Paper(document.kind)
    is_in = kind in EXHIBITED[profile]
    suffix = PurePath(document.original_name).suffix.lower()
    extension = suffix if EXTENSION.fullmatch(suffix) else ".bin"
    return {
        "number": number,
        "kind": kind.label,
        "title": Told(Sort.WORDS, document.title),
        "name": Told(Sort.WORDS, document.original_name),
        "added_at": moment(document.added_at),
        "sha256": document.sha256,
        "size_bytes": document.size_bytes,
        "path": f"{FOLDERS[kind]}/{number}{extension}" if is_in else "",
        "withheld": "" if is_in else WITHHELD,
    }
