"""Make payments obey what a rail's standing is: stop it, limit it, give it back. It judges no incident."""

from django.db.models import Max

from obbligato.kernel import clock
from obbligato.kernel.refusals import Missing, Refused
from obbligato.payments import rails, registry
from obbligato.payments.limits import limiting
from obbligato.payments.limits.limiting import Terms
from obbligato.payments.models import RailBlock
from obbligato.standing.models import Incident, IncidentRail, ProviderStanding
from obbligato.standing.words import Standing

CLOSED = {Standing.ONBOARDING, Standing.SUSPENDED, Standing.TERMINATED}
NOTICE_HANDICAP_BASIS_POINTS = 2_000
BY_MACHINE, BY_INCIDENT = "attempt ", "incident "
"""How `RailBlock.by` begins where no person closed the rail by hand."""


class NoRails(Missing):
    """The store has no rail of that name or domain."""


class RailHeld(Refused):
    """An incident keeps payments from this rail."""


def members(subject: str) -> list[str]:
    """The rails that fail together under this subject. Raises NoRails. A single rail need not be offered any more."""
    found = sorted(one.name for one in registry.providers() if subject in rails.domains_of(one))
    if not found and subject.startswith("rail:") and len(subject) > len("rail:"):
        return [subject.removeprefix("rail:")[:32]]
    if not found:
        raise NoRails(f"No rail of this store belongs to “{subject[:80]}”.")
    return found


def subjects() -> list[str]:
    """Every rail and every failure domain of this store."""
    return sorted({domain for one in registry.providers() for domain in rails.domains_of(one)})


def put(
    incident: Incident | None, provider: str, state: Standing, *, by: str, why: str, **more: object
) -> ProviderStanding:
    """A rail's standing from now on; payments obey it at once. `more` are fields of ProviderStanding.

    Funds stay held until somebody says otherwise.
    """
    before = present().get(provider)
    kept = {"holds_funds": before.holds_funds if before else False} | more
    row = ProviderStanding.objects.create(
        incident=incident, provider=provider, state=state, by=by[:150], why=why[:500], **kept
    )
    if state in CLOSED:
        _stop(incident, provider)
    else:
        release(incident, provider, by=by)
    limiting.limit(provider, terms_of(row), reason=str(row), by=by)
    return row


def put_funds(row: ProviderStanding, *, are_held: bool, by: str, why: str) -> None:
    """A rail's standing goes on as it is, limits and days and all, but for whether funds are held there besides."""
    row.pk, row.holds_funds, row.by, row.why, row.since = None, are_held, by[:150], why[:500], clock.now()
    row.save(force_insert=True)


def stop(incident: Incident, provider: str) -> None:
    """Nothing new is sent to the rail because of this incident; its standing stays what it is."""
    _stop(incident, provider)


def release(incident: Incident | None, provider: str, *, by: str) -> None:
    """This incident no longer keeps payments from the rail; it is used again if no other incident and no hand does."""
    if incident is not None:
        IncidentRail.objects.filter(incident=incident, provider=provider).update(is_stopped=False)
    if IncidentRail.objects.filter(provider=provider, is_stopped=True).exists() or state_of(provider) in CLOSED:
        return
    block = RailBlock.objects.filter(provider=provider, lifted_at__isnull=True).first()
    if block is not None and block.by.startswith((BY_MACHINE, BY_INCIDENT)):
        rails.unblock(provider, by=by)


def refuse_while_held(provider: str) -> None:
    """Raises RailHeld where an incident or its standing keeps payments from it: it is given back there."""
    held = IncidentRail.objects.filter(provider=provider, is_stopped=True).select_related("incident").first()
    if held is not None:
        raise RailHeld(f"Incident {held.incident.number} keeps payments from {provider}; it is given back there.")
    if (state := state_of(provider)) in CLOSED:
        raise RailHeld(f"The standing of {provider} is “{state.label}”; that has to change first.")


def present() -> dict[str, ProviderStanding]:
    """The present standing of each rail that has one; a rail without any is active."""
    last = ProviderStanding.objects.values("provider").annotate(last=Max("pk")).values("last")
    return {row.provider: row for row in ProviderStanding.objects.filter(pk__in=last).select_related("incident")}


def state_of(provider: str) -> Standing:
    """A rail's present standing."""
    row = ProviderStanding.objects.filter(provider=provider).order_by("-pk").first()
    return Standing(row.state) if row else Standing.ACTIVE


def terms_of(row: ProviderStanding) -> Terms:
    """What a rail of this standing may carry."""
    return Terms(
        share_per_mille=row.share_per_mille,
        methods_withheld=tuple(row.methods_withheld),
        countries_withheld=tuple(row.countries_withheld),
        handicap_basis_points=NOTICE_HANDICAP_BASIS_POINTS if row.state == Standing.NOTICE_GIVEN else 0,
    )


def _stop(incident: Incident | None, provider: str) -> None:
    if incident is not None:
        IncidentRail.objects.update_or_create(incident=incident, provider=provider, defaults={"is_stopped": True})
    by = f"{BY_INCIDENT}{incident.number}" if incident else f"{BY_INCIDENT}of none"
    rails.block(provider, reason=str(incident) if incident else "Its contract is being set up.", by=by)
