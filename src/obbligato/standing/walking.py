"""Bring an incident from one state to the next, with a who and a why. It knows the table and no reason for a step."""

from obbligato.kernel.refusals import Refused
from obbligato.standing import steps
from obbligato.standing.models import Incident, IncidentStep, Note
from obbligato.standing.words import State
from obbligato.transparency.announcing import announce

UNSAID = {State.DETECTED, State.DISMISSED}
"""What nobody has confirmed is nothing to tell the public."""


class NoSuchStep(Refused):
    """The incident is not where this could be done."""


class NoWhy(Refused):
    """An act has a reason in words."""


def walk(incident: Incident, after: State, *, by: str, why: str) -> Incident:
    """Take one step, within the transaction of the act. Raises NoSuchStep, NoWhy.

    The incident's row is locked until that transaction ends.
    """
    why = reason(why)
    incident = locked(incident)
    if not steps.is_allowed(incident.state, after):
        raise NoSuchStep(f"From “{incident.get_state_display()}” an incident cannot become “{after.label}”.")
    IncidentStep.objects.create(incident=incident, before=incident.state, after=after, by=by[:150], why=why)
    incident.state = after
    incident.save(update_fields=["state"])
    if after not in UNSAID:
        tell(incident, by=by)
    return incident


def locked(incident: Incident) -> Incident:
    """The incident as it is now, and nobody else's to change."""
    return Incident.objects.select_for_update().get(pk=incident.pk)


def note(incident: Incident, text: str, *, by: str) -> Note:
    """Something that was done or heard and is no step."""
    return Note.objects.create(incident=incident, text=text[:500], by=by[:150])


def reason(why: str) -> str:
    """The words, cleaned. Raises NoWhy where there are none."""
    if not why.strip():
        raise NoWhy("Please say why, in words.")
    return why.strip()[:500]


def tell(incident: Incident, *, by: str) -> None:
    """Have the public log say where the incident stands. Words that people wrote freely stay out of it."""
    facts = {
        "kind": incident.kind,
        "subject": incident.subject,
        "state": incident.state,
        "basis": incident.basis,
        "adjudicated": incident.adjudicated,
        "rails": sorted(incident.rails.values_list("provider", flat=True)),
    }
    announce(f"incident.{incident.state}", subject=f"incident:{incident.number}", facts=facts, personal={"by": by})
