"""A person says that an incident is one, or that it is none. Only her word makes a standing of it."""

from typing import Any

from django.db import transaction

from obbligato.kernel import clock
from obbligato.standing import holding, walking
from obbligato.standing.models import Incident, ProviderStanding
from obbligato.standing.words import STOPPING, Kind, Standing, State


@transaction.atomic
def confirm(incident: Incident, *, by: str, why: str) -> Incident:
    """The incident is one: each of its rails has the standing its kind and dates mean. Raises NoSuchStep, NoWhy."""
    incident = walking.walk(incident, State.CONFIRMED, by=by, why=why)
    state, more = _meant(incident)
    present = holding.present()
    for provider in incident.rails.order_by("provider").values_list("provider", flat=True):
        if state is None and provider in present:
            holding.put_funds(present[provider], are_held=True, by=by, why=why)
        else:
            holding.put(incident, provider, state or Standing.ACTIVE, by=by, why=why, **more)
    return incident


@transaction.atomic
def dismiss(incident: Incident, *, by: str, why: str) -> Incident:
    """The incident is none: its rails are used again, unless another incident or a hand keeps them. Raises NoSuchStep,
    NoWhy.
    """
    incident = walking.walk(incident, State.DISMISSED, by=by, why=why)
    for provider in incident.rails.values_list("provider", flat=True):
        holding.release(incident, provider, by=by)
    return incident


@transaction.atomic
def end_due() -> int:
    """Notices that ran out: nothing more is sent there. A person confirmed the day before; gives how many."""
    over = [
        row
        for row in holding.present().values()
        if row.state == Standing.NOTICE_GIVEN and row.until is not None and row.until <= clock.today()
    ]
    for row in over:
        holding.put(row.incident, row.provider, _ending(row), by="the store", why="The notice ran out.")
    return len(over)


def _meant(incident: Incident) -> tuple[Standing | None, dict[str, Any]]:
    """The standing that an incident's kind and dates mean, None for the one it was; and what else its row says."""
    effective_on = incident.notice_effective_on
    if incident.kind == Kind.RESTRICTION:
        withheld = {
            "methods_withheld": incident.methods_withheld,
            "countries_withheld": incident.countries_withheld,
        }
        return Standing.RESTRICTED, withheld
    if incident.kind not in STOPPING:
        return None, {"holds_funds": True}
    if effective_on is not None and effective_on > clock.today():
        return Standing.NOTICE_GIVEN, {"until": effective_on}
    return (Standing.TERMINATED if incident.kind == Kind.TERMINATION else Standing.SUSPENDED), {}


def _ending(row: ProviderStanding) -> Standing:
    is_termination = row.incident is not None and row.incident.kind == Kind.TERMINATION
    return Standing.TERMINATED if is_termination else Standing.SUSPENDED
