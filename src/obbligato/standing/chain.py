"""Who is said to have decided, by what rule; what each was asked and answered; demands for data. It moves no state."""

from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid
from obbligato.standing import walking
from obbligato.standing.models import Actor, DataDemand, Incident, Question
from obbligato.standing.words import Basis, Role


class NoWords(Invalid):
    """A name, a question or an answer is missing."""


def add_actor(
    incident: Incident, name: str, *, role: Role, by: str, rule_cited: str = "", names_as_decider: str = ""
) -> Actor:
    """One more link of the chain. A third party that complains is one: it is no claim, and touches no sale.

    Raises NoWords.
    """
    return Actor.objects.create(
        incident=incident,
        name=_words(name, "The actor needs a name.")[:200],
        role=role,
        rule_cited=rule_cited.strip()[:500],
        names_as_decider=names_as_decider.strip()[:200],
        added_by=by[:150],
    )


def ask(actor: Actor, text: str, *, by: str) -> Question:
    """What an actor is asked. Raises NoWords."""
    return Question.objects.create(actor=actor, text=_words(text, "What is asked?")[:500], asked_by=by[:150])


def answer(question: Question, text: str, *, by: str) -> Question:
    """What she answered; a second answer stands as a note beside the first. Raises NoWords."""
    text = _words(text, "What was answered?")
    with transaction.atomic():
        question = Question.objects.select_for_update().select_related("actor__incident").get(pk=question.pk)
        if question.answered_at is not None:
            walking.note(question.actor.incident, f"{question.actor}, once more to “{question}”: {text}", by=by)
            return question
        question.answer, question.answered_at, question.noted_by = text, clock.now(), by[:150]
        question.save()
    return question


def unanswered(incident: Incident) -> list[Question]:
    """Every question nobody has answered, the oldest first."""
    found = Question.objects.filter(actor__incident=incident, answered_at__isnull=True)
    return list(found.select_related("actor").order_by("asked_at", "pk"))


def note_demand(incident: Incident, what: str, *, demanded_by: str, basis: Basis, by: str) -> DataDemand:
    """Somebody demands data of customers. It is written down; nothing is handed out. Raises NoWords."""
    return DataDemand.objects.create(
        incident=incident,
        what=_words(what, "What was demanded?")[:500],
        demanded_by=_words(demanded_by, "Who demanded it?")[:200],
        basis=basis,
        noted_by=by[:150],
    )


def answer_demand(demand: DataDemand, text: str, *, by: str) -> DataDemand:
    """What was answered to it. Raises NoWords."""
    demand.answer, demand.answered_by = _words(text, "What was answered?")[:500], by[:150]
    demand.answered_at = clock.now()
    demand.save()
    return demand


def _words(text: str, lacking: str) -> str:
    if not text.strip():
        raise NoWords(lacking)
    return text.strip()
