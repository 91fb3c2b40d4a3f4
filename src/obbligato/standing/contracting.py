"""A contract with a company begins: being set up, then active. It undoes nothing of an incident that is open."""

from django.db import transaction

from obbligato.standing import holding, walking
from obbligato.standing.models import ENDED, IncidentRail, ProviderStanding
from obbligato.standing.words import Standing

BEGINNINGS = (Standing.ONBOARDING, Standing.ACTIVE)


@transaction.atomic
def begin(provider: str, state: Standing, *, by: str, why: str) -> ProviderStanding:
    """A new contract of a rail, ONBOARDING or ACTIVE: what closed incidents left stopped is over.

    Raises RailHeld where an open incident is about the rail, NoWhy.
    """
    assert state in BEGINNINGS
    why = walking.reason(why)
    about = IncidentRail.objects.filter(provider=provider)
    held = about.exclude(incident__state__in=ENDED).select_related("incident").first()
    if held is not None:
        raise holding.RailHeld(f"Incident {held.incident.number} is about {provider}: it has to end first.")
    about.update(is_stopped=False)
    return holding.put(None, provider, state, by=by, why=why, holds_funds=False)
