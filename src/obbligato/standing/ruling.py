"""Record what a court decided and what became of it; nothing of it counts before a second person has checked it.

A ruling that is not in force, or speaks to others, changes no standing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.payments import two_people
from obbligato.standing import effect, holding, walking
from obbligato.standing.effect import Facts, Known
from obbligato.standing.models import Addressee, Document, Incident, ProviderStanding, Ruling, RulingWord
from obbligato.standing.words import Outcome, Standing, State, Word
from obbligato.transparency.announcing import announce

REOPENED_FROM = {
    State.RULED,
    State.RESTORATION_DUE,
    State.ENFORCEMENT,
    State.RESTORED_CANARY,
    State.CLOSED_RESTORED,
    State.CLOSED_UPHELD,
}


class BadRuling(Invalid):
    """The ruling lacks something without which it is none."""


class NotNow(Refused):
    """This cannot be said of the ruling now."""


@dataclass(frozen=True)
class Decided:
    """What a ruling says. Each addressee is a legal entity and the rail for which it is our counterparty, or ""."""

    court: str
    case_number: str
    decided_on: date
    outcome: Outcome
    operative_part: str
    speaks_for_us: bool
    addressees: Sequence[tuple[str, str]]
    obligations: str = ""


@transaction.atomic
def record(incident: Incident, decided: Decided, document: Document, *, by: str) -> Ruling:
    """A ruling as a document has it, to be checked by a second person. It changes nothing. Raises BadRuling."""
    _refuse_incomplete(incident, decided)
    ruling = Ruling.objects.create(
        incident=incident,
        number=f"R-{chance.token(8)}",
        court=decided.court.strip()[:200],
        case_number=decided.case_number.strip()[:100],
        decided_on=decided.decided_on,
        outcome=decided.outcome,
        operative_part=decided.operative_part.strip(),
        obligations=decided.obligations.strip(),
        speaks_for_us=decided.speaks_for_us,
        entered_by=by[:150],
    )
    for name, provider in decided.addressees:
        Addressee.objects.create(ruling=ruling, name=name.strip()[:200], provider=provider[:32])
    say(ruling, Word.DECIDED, on=decided.decided_on, document=document, by=by)
    return ruling


@transaction.atomic
def say(ruling: Ruling, state: Word, *, on: date, document: Document, by: str) -> RulingWord:
    """What became of a ruling, by a document, to be checked by a second person. Raises NotNow."""
    incident = walking.locked(ruling.incident)
    if ruling.words.filter(checked_at__isnull=True).exists():
        raise NotNow("Something else that was said of this ruling waits to be checked.")
    if state not in effect.NEXT[effect.last_word(known(ruling))]:
        raise NotNow(f"“{state.label}” cannot follow what was last said of this ruling.")
    if on > clock.today():
        raise NotNow("The day is still to come.")
    walking.note(incident, f"Said of {ruling}, not checked yet: {state.label}.", by=by)
    return RulingWord.objects.create(ruling=ruling, state=state, on=on, document=document, entered_by=by[:150])


@transaction.atomic
def check(word: RulingWord, *, by: str, remark: str) -> RulingWord:
    """The second person has looked at it, at the court and not in the mail: now it counts.

    `remark` says how she made sure. Raises SecondPersonNeeded, NotNow, NoWhy.
    """
    word, incident = _waiting(word, by)
    was_restored = restored_rails(incident)
    word.checked_by, word.checked_at, word.remark = by[:150], clock.now(), walking.reason(remark)
    word.save()
    _tell(word, by)
    why = f"{word.ruling}: {word.get_state_display()} since {word.on:%Y-%m-%d}, checked by {by}."
    if incident.state in {State.PROCEEDINGS, *REOPENED_FROM}:
        incident = _follow(incident, was_restored, by, why)
        restored = restored_rails(incident)
        _take_back(incident, was_restored - restored, by, why)
        if word.state == Word.IN_FORCE and incident.state == State.RULED:
            walking.note(
                incident, f"{why} It speaks to none of this incident's companies, or not for this store.", by=by
            )
        elif word.state == Word.IN_FORCE and was_restored and (added := restored - was_restored):
            walking.note(incident, f"{why} Restoration is due for {', '.join(sorted(added))}, too.", by=by)
    return word


@transaction.atomic
def reject(word: RulingWord, *, by: str, remark: str) -> RulingWord:
    """The second person does not believe it: it was never said, and stays to be read.

    Raises SecondPersonNeeded, NotNow, NoWhy.
    """
    word, incident = _waiting(word, by)
    word.checked_by, word.checked_at, word.remark = by[:150], clock.now(), walking.reason(remark)
    word.is_rejected = True
    word.save()
    walking.note(incident, f"Not believed of {word.ruling}: {word.get_state_display()}. {remark}", by=by)
    return word


def known(ruling: Ruling) -> list[Known]:
    """What was said of it so far, in its order."""
    return [
        Known(Word(word.state), word.checked_at is not None and not word.is_rejected)
        for word in ruling.words.order_by("pk")
    ]


def restored_rails(incident: Incident) -> frozenset[str]:
    """Which rails of the incident have to be restored by rulings in force."""
    rails = incident.rails.values_list("provider", flat=True)
    found = [effect.restores(_facts(ruling), known(ruling), rails) for ruling in incident.rulings.all()]
    return frozenset().union(*found)


def _is_upheld(incident: Incident) -> bool:
    return any(effect.upholds(_facts(ruling), known(ruling)) for ruling in incident.rulings.all())


def _facts(ruling: Ruling) -> Facts:
    rails = frozenset(ruling.addressees.exclude(provider="").values_list("provider", flat=True))
    return Facts(Outcome(ruling.outcome), ruling.speaks_for_us, rails)


def _follow(incident: Incident, was_restored: frozenset[str], by: str, why: str) -> Incident:
    """Bring the incident to where the rulings that count by now say it stands, each way by the table."""
    restored, is_upheld, is_ruled = restored_rails(incident), _is_upheld(incident), _is_ruled(incident)
    has_fallen = {
        State.PROCEEDINGS: False,
        State.RULED: not is_ruled,
        State.CLOSED_UPHELD: bool(restored) or not is_upheld,
    }
    if has_fallen.get(State(incident.state), bool(was_restored) and not restored):
        incident = walking.walk(incident, State.PROCEEDINGS, by=by, why=why)
    if incident.state == State.PROCEEDINGS and is_ruled:
        incident = walking.walk(incident, State.RULED, by=by, why=why)
    if incident.state == State.RULED and (restored or is_upheld):
        after = State.RESTORATION_DUE if restored else State.CLOSED_UPHELD
        incident = walking.walk(incident, after, by=by, why=why)
    return incident


def _is_ruled(incident: Incident) -> bool:
    """Whether a ruling is believed to be there that was not reversed."""
    last = {effect.last_word(known(ruling)) for ruling in incident.rulings.all()}
    return bool(last - {None, Word.REVERSED})


def _take_back(incident: Incident, lost: frozenset[str], by: str, why: str) -> None:
    """What only a reversed ruling held up falls: its rails are suspended again."""
    present = holding.present()
    for provider in sorted(lost):
        if _is_back(present.get(provider), incident):
            holding.put(incident, provider, Standing.SUSPENDED, by=by, why=why)


def _is_back(row: ProviderStanding | None, incident: Incident) -> bool:
    is_of_it = row is not None and row.incident_id == incident.pk
    return row is not None and is_of_it and row.state in {Standing.RESTORED_CANARY, Standing.ACTIVE}


def _waiting(word: RulingWord, by: str) -> tuple[RulingWord, Incident]:
    incident = walking.locked(word.ruling.incident)
    word = RulingWord.objects.select_for_update(of=("self",)).select_related("ruling").get(pk=word.pk)
    two_people.refuse_the_same(by, word.entered_by, "check")
    if word.checked_at is not None:
        raise NotNow("It was checked already.")
    return word, incident


def _refuse_incomplete(incident: Incident, decided: Decided) -> None:
    if incident.state not in {State.PROCEEDINGS, *REOPENED_FROM}:
        raise BadRuling("A ruling belongs to an incident that is before a court: note the proceedings first.")
    if not (decided.court.strip() and decided.case_number.strip() and decided.operative_part.strip()):
        raise BadRuling("A ruling has a court, a case number and an operative part.")
    if not any(name.strip() for name, _ in decided.addressees):
        raise BadRuling("A ruling speaks to somebody: please name its addressees.")


def _tell(word: RulingWord, by: str) -> None:
    ruling = word.ruling
    facts = {
        "incident": ruling.incident.number,
        "court": ruling.court,
        "case_number": ruling.case_number,
        "outcome": ruling.outcome,
        "speaks_for_us": ruling.speaks_for_us,
        "addressed_rails": sorted(ruling.addressees.exclude(provider="").values_list("provider", flat=True)),
        "state": word.state,
        "on": word.on.isoformat(),
        "document_sha256": word.document.sha256,
    }
    kind = "ruling.verified" if word.state == Word.DECIDED else f"ruling.{word.state}"
    personal = {"entered_by": word.entered_by, "checked_by": by}
    announce(kind, subject=f"ruling:{ruling.number}", facts=facts, personal=personal)
