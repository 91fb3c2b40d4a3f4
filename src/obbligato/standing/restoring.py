"""Bring rails back step by step: one per cent, ten, the whole; each after clean days, and back to none after a no.

A ruling or a company's own word makes restoration possible; a person begins it when the company complies.
"""

from datetime import datetime, timedelta

from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.payments.contract import Decline
from obbligato.payments.models import Attempt, RailBlock
from obbligato.standing import deadlines, holding, ruling, walking
from obbligato.standing.models import Incident, IncidentRail, ProviderStanding
from obbligato.standing.words import Due, Standing, State

STEPS_PER_MILLE = (10, 100, 1_000)
DAYS_A_STEP = timedelta(days=2)
CLEAN_DAYS = timedelta(days=7)
"""From the first payment it may carry again until it is active as before."""
BY_RULING = {State.RESTORATION_DUE, State.ENFORCEMENT}
MACHINE = "the store"


class NotDue(Refused):
    """Nothing says that this rail may be used again."""


@transaction.atomic
def begin(incident: Incident, *, by: str, why: str) -> Incident:
    """The company lets us in again: payments go there step by step. Raises NotDue, NoSuchStep, NoWhy.

    By a ruling, only the rails it is addressed to come back; where we cured what was asked, all of the incident's.
    Rails that a later ruling adds begin their own way while others are on theirs.
    """
    incident = walking.locked(incident)
    if incident.state in BY_RULING:
        rails = ruling.restored_rails(incident)
        if not rails:
            raise NotDue("No ruling in force is addressed to a company of this incident.")
    elif incident.state == State.RESTORED_CANARY:
        rails = added_rails(incident)
        if not rails:
            raise NotDue("No ruling in force adds a company to those on their way back.")
    else:
        rails = frozenset(incident.rails.values_list("provider", flat=True))
    if incident.state == State.RESTORED_CANARY:
        walking.note(incident, f"Their way back begins, too: {', '.join(sorted(rails))}. {walking.reason(why)}", by=by)
    else:
        incident = walking.walk(incident, State.RESTORED_CANARY, by=by, why=why)
    deadlines.meet(incident, Due.RESTORATION)
    for provider in sorted(rails):
        _put(incident, provider, STEPS_PER_MILLE[0], by, why)
    return incident


def added_rails(incident: Incident) -> frozenset[str]:
    """Rails of the incident that rulings in force restore, and that are still closed while others are on their way."""
    present = holding.present()
    return frozenset(
        name for name in ruling.restored_rails(incident) if name in present and present[name].state in holding.CLOSED
    )


@transaction.atomic
def resume(incident: Incident, *, by: str, why: str) -> Incident:
    """The no on the way back was nothing: begin again with the first step. Raises NotDue, NoWhy."""
    why, incident = walking.reason(why), walking.locked(incident)
    stopped = _stopped_canaries(incident)
    if not stopped:
        raise NotDue("No rail of this incident was stopped on its way back.")
    for provider in stopped:
        _put(incident, provider, STEPS_PER_MILLE[0], by, why)
    walking.note(incident, f"Begun again with the first step: {', '.join(stopped)}. {why}", by=by)
    return incident


@transaction.atomic
def suspend_again(incident: Incident, *, by: str, why: str) -> Incident:
    """The company closed a rail again on its way back: restoration is due once more, or contested.

    Raises NotDue, NoWhy. All rails of the incident that were on their way back are suspended with it.
    """
    incident = walking.locked(incident)
    if incident.state != State.RESTORED_CANARY:
        raise NotDue("No rail of this incident is on its way back.")
    after = State.RESTORATION_DUE if ruling.restored_rails(incident) else State.CONTESTED
    incident = walking.walk(incident, after, by=by, why=why)
    for row in holding.present().values():
        if row.incident_id == incident.pk and row.state == Standing.RESTORED_CANARY:
            holding.put(incident, row.provider, Standing.SUSPENDED, by=by, why=why)
    return incident


def advance_due() -> int:
    """Take each rail on its way back one step further whose clean days are over; gives how many."""
    due = [row for row in holding.present().values() if row.state == Standing.RESTORED_CANARY]
    return sum(_advanced(row) for row in sorted(due, key=lambda row: row.provider))


def next_share(share_per_mille: int) -> int:
    """The step after this one; the last is followed by itself."""
    return min((step for step in STEPS_PER_MILLE if step > share_per_mille), default=STEPS_PER_MILLE[-1])


@transaction.atomic
def _advanced(row: ProviderStanding) -> bool:
    now = clock.now()
    assert row.incident is not None  # Nothing comes back but from an incident.
    walking.locked(row.incident)
    if ProviderStanding.objects.filter(provider=row.provider, pk__gt=row.pk).exists() or not _is_clean(row):
        return False
    if row.share_per_mille < STEPS_PER_MILLE[-1]:
        if now < row.since + DAYS_A_STEP:
            return False
        _put(row.incident, row.provider, next_share(row.share_per_mille), MACHINE, "Its days at this share were clean.")
        return True
    if now < _begun_at(row) + CLEAN_DAYS:
        return False
    holding.put(row.incident, row.provider, Standing.ACTIVE, by=MACHINE, why="Seven clean days.")
    _close(row.incident)
    return True


def _put(incident: Incident, provider: str, share_per_mille: int, by: str, why: str) -> None:
    holding.put(incident, provider, Standing.RESTORED_CANARY, by=by, why=why, share_per_mille=share_per_mille)


def _is_clean(row: ProviderStanding) -> bool:
    """No no to its merchant since that step began, and nothing that keeps payments from it."""
    refused = Attempt.objects.filter(provider=row.provider, decline=Decline.MERCHANT, created_at__gte=row.since)
    blocked = RailBlock.objects.filter(provider=row.provider, lifted_at__isnull=True)
    return not (refused.exists() or blocked.exists())


def _begun_at(row: ProviderStanding) -> datetime:
    """When the present way back began: its first step."""
    first = ProviderStanding.objects.filter(provider=row.provider, share_per_mille=STEPS_PER_MILLE[0])
    return first.filter(state=Standing.RESTORED_CANARY).order_by("-pk")[0].since


def _close(incident: Incident) -> None:
    if walking.locked(incident).state != State.RESTORED_CANARY:
        return  # It was settled, or its other rail was suspended again.
    present = holding.present()
    rails = incident.rails.values_list("provider", flat=True)
    if not any(present[name].state == Standing.RESTORED_CANARY for name in rails if name in present):
        walking.walk(incident, State.CLOSED_RESTORED, by=MACHINE, why="Every rail that came back is active.")


def _stopped_canaries(incident: Incident) -> list[str]:
    present = holding.present()
    stopped = IncidentRail.objects.filter(incident=incident, is_stopped=True).order_by("provider")
    names = stopped.values_list("provider", flat=True)
    return [name for name in names if name in present and present[name].state == Standing.RESTORED_CANARY]
