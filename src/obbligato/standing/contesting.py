"""Go on against what was done, or end it by agreement: cured, contested, before a court, enforced, settled.

What changes a rail here is a settlement alone.
"""

from django.db import transaction

from obbligato.kernel.refusals import Invalid
from obbligato.standing import holding, restoring, walking
from obbligato.standing.models import Incident
from obbligato.standing.words import Standing, State


class NoCaseNumber(Invalid):
    """Proceedings have a number."""


@transaction.atomic
def cure(incident: Incident, *, by: str, why: str) -> Incident:
    """We did what was asked, and wait for the company to let us in again. Raises NoSuchStep, NoWhy."""
    return walking.walk(incident, State.CURED_PENDING, by=by, why=why)


@transaction.atomic
def contest(incident: Incident, *, by: str, why: str) -> Incident:
    """We hold that there is no basis for it. Raises NoSuchStep, NoWhy."""
    return walking.walk(incident, State.CONTESTED, by=by, why=why)


@transaction.atomic
def sue(incident: Incident, *, case_number: str, by: str, why: str) -> Incident:
    """A court has it, under this number. Raises NoCaseNumber, NoSuchStep, NoWhy."""
    if not case_number.strip():
        raise NoCaseNumber("Please give the number of the case.")
    incident = walking.locked(incident)
    incident.case_number = case_number.strip()[:100]
    incident.save(update_fields=["case_number"])
    return walking.walk(incident, State.PROCEEDINGS, by=by, why=why)


@transaction.atomic
def enforce(incident: Incident, *, by: str, why: str) -> Incident:
    """The ruling is in force and not obeyed: enforcement was asked for. Raises NoSuchStep, NoWhy."""
    return walking.walk(incident, State.ENFORCEMENT, by=by, why=why)


@transaction.atomic
def settle(incident: Incident, *, is_restored: bool, by: str, why: str) -> Incident:
    """Both sides agree: the rails come back step by step, or their contract is over. Raises NoSuchStep, NoWhy."""
    incident = walking.walk(incident, State.SETTLED, by=by, why=why)
    state = Standing.RESTORED_CANARY if is_restored else Standing.TERMINATED
    share = restoring.STEPS_PER_MILLE[0 if is_restored else -1]
    for provider in incident.rails.order_by("provider").values_list("provider", flat=True):
        holding.put(incident, provider, state, by=by, why=why, share_per_mille=share)
    return incident
