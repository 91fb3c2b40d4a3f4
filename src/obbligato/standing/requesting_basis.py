"""Ask who decided, on what basis, which items, by which rule, and what appeal there is; and note what comes of it.

It changes no rail: an answer that never comes changes nothing either.
"""

from datetime import date

from django.db import transaction

from obbligato.kernel.refusals import Refused
from obbligato.standing import chain, deadlines, letters, walking, words
from obbligato.standing.models import Actor, Incident, Letter
from obbligato.standing.words import Basis, Due, Role, State

QUESTIONS = (
    "Who made the decision, by name and office?",
    "On what legal basis?",
    "Which items of our catalogue, payments or customers does it concern?",
    "Which rule exactly, and what fact broke it?",
    "What appeal is open to us, to whom, and until when?",
)
"""What every such letter asks, whatever its language."""


class NotYet(Refused):
    """The day for the answer is not over."""


def write(incident: Incident, *, language: str, to_name: str, to_email: str, answer_by: date, by: str) -> Letter:
    """The letter, ready to be read and sent. Raises letters.BadLetter."""
    return letters.write(
        incident,
        words.Letter.BASIS,
        language=language,
        to_name=to_name,
        to_email=to_email,
        answer_by=answer_by,
        by=by,
    )


def send(letter: Letter, *, by: str, is_by_mail: bool) -> Letter:
    """Send it, once: its questions stand unanswered beside whom it went to, and its day is watched.

    Raises NoSuchStep, letters.BadLetter, letters.MailRefused.
    """
    if letter.incident.state not in {State.CONFIRMED, State.BASIS_REQUESTED, State.BASIS_REFUSED}:
        raise walking.NoSuchStep("The basis is asked for when an incident was confirmed, and before it was contested.")
    if letters.send(letter, by=by, is_by_mail=is_by_mail):
        _asked(letter, by)
    return letter


@transaction.atomic
def record(incident: Incident, *, basis: Basis, instructing_party: str, cited_text: str, by: str, why: str) -> Incident:
    """An answer came that names a basis, in time or late. Raises NoSuchStep, NoWhy."""
    incident = walking.locked(incident)
    incident.basis, incident.instructing_party = basis, instructing_party.strip()[:200]
    incident.cited_text = cited_text.strip() or incident.cited_text
    incident.save()
    deadlines.meet(incident, Due.BASIS)
    return walking.walk(incident, State.BASIS_RECORDED, by=by, why=why)


@transaction.atomic
def refused(incident: Incident, *, by: str, why: str) -> Incident:
    """A person confirms that no basis was named until the day set. Raises NotYet, NoSuchStep, NoWhy."""
    if incident.state == State.BASIS_REQUESTED and not deadlines.is_overdue(incident, Due.BASIS):
        raise NotYet("It may still be answered: the day that was set is not over.")
    deadlines.meet(incident, Due.BASIS)
    return walking.walk(incident, State.BASIS_REFUSED, by=by, why=why)


@transaction.atomic
def _asked(letter: Letter, by: str) -> None:
    incident = letter.incident
    actor = Actor.objects.filter(incident=incident, name=letter.to_name).order_by("pk").first()
    actor = actor or chain.add_actor(incident, letter.to_name, role=Role.PROCESSOR, by=by)
    for question in QUESTIONS:
        chain.ask(actor, question, by=by)
    deadlines.set_day(incident, Due.BASIS, letter.answer_by, by=by, note=f"Asked: {letter.to_name}")
    if incident.state == State.CONFIRMED:
        walking.walk(incident, State.BASIS_REQUESTED, by=by, why=f"Letter to {letter.to_name}: {letter.subject}")
    else:
        walking.note(incident, f"Letter to {letter.to_name}: {letter.subject}", by=by)
