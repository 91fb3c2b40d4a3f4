"""Open an incident: by a machine's signal, which stops routing and no more, or by a letter that a person enters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Invalid
from obbligato.payments.alerting import alert
from obbligato.payments.contract import Method
from obbligato.payments.models import RailBlock
from obbligato.standing import confirming, holding, walking
from obbligato.standing.models import OPEN_STATES, Incident, IncidentRail, IncidentStep, Signal
from obbligato.standing.words import STOPPING, Basis, Kind, State

MACHINE = "the store"


class BadLetter(Invalid):
    """What was entered of a letter makes no sense."""


@dataclass(frozen=True)
class Said:
    """What a letter says. Days of notice are those of the contract; methods and countries those withheld."""

    kind: Kind
    instructing_party: str = ""
    basis: Basis = Basis.NONE_GIVEN
    cited_text: str = ""
    received_on: date | None = None
    effective_on: date | None = None
    agreed_days: int = 0
    methods: Sequence[str] = ()
    countries: Sequence[str] = ()


def look() -> int:
    """Take up every rail that closed itself to the store (a no to its merchant); gives how many were new.

    Payments keep nothing being sent there already. An open incident of that rail is given the signal; else one is
    opened, and there it stays until a person confirms or dismisses it.
    """
    found = RailBlock.objects.filter(
        lifted_at__isnull=True, signal__isnull=True, by__startswith=holding.BY_MACHINE
    ).order_by("pk")
    return sum(_taken_up(block) for block in found)


@transaction.atomic
def enter_letter(subject: str, said: Said, *, by: str) -> Incident:
    """A letter that closes or limits a rail, or all rails of a failure domain. Raises BadLetter, NoRails.

    Where it is in effect today, routing stops at once. Incidents that signals opened at the same rails become part of
    this one. What is not in effect yet, or limits only, waits to be confirmed.
    """
    providers = holding.members(subject)
    refuse_nonsense(said)
    incident = _opened(subject, said.kind, by=by)
    _describe(incident, said)
    IncidentStep.objects.create(incident=incident, after=State.DETECTED, by=by[:150], why=f"Entered: {subject}.")
    for provider in providers:
        IncidentRail.objects.create(incident=incident, provider=provider)
        if said.kind in STOPPING and is_in_effect(said.effective_on):
            holding.stop(incident, provider)
    for other in Incident.objects.filter(state=State.DETECTED, opened_by=MACHINE):
        if set(other.rails.values_list("provider", flat=True)) <= set(providers):
            Signal.objects.filter(incident=other).update(incident=incident)
            confirming.dismiss(other, by=by, why=f"It is part of {incident.number} now.")
    return incident


@transaction.atomic
def describe(incident: Incident, said: Said, *, by: str) -> Incident:
    """What the letter says that came after the signal. It changes no state. Raises BadLetter."""
    refuse_nonsense(said)
    incident = walking.locked(incident)
    _describe(incident, said)
    walking.note(incident, f"Described by a letter: {incident.get_kind_display()}.", by=by)
    return incident


def is_in_effect(effective_on: date | None) -> bool:
    """Whether a notice that takes effect on that day, or on none it names, does so today."""
    return effective_on is None or effective_on <= clock.today()


def refuse_nonsense(said: Said) -> None:
    """Raises BadLetter."""
    if said.received_on and said.received_on > clock.today():
        raise BadLetter("A letter cannot have come after today.")
    if unknown := sorted(set(said.methods) - set(Method)):
        raise BadLetter(f"There is no method “{unknown[0][:20]}”: {', '.join(sorted(Method))}.")
    if odd := [code for code in said.countries if not (len(code) == 2 and code.isalpha() and code.isupper())]:
        raise BadLetter(f"“{odd[0][:20]}” is not a country's code of two letters.")


@transaction.atomic
def _taken_up(block: RailBlock) -> bool:
    provider, subject = block.provider, f"rail:{block.provider}"
    known = Incident.objects.filter(rails__provider=provider, state__in=OPEN_STATES).order_by("pk").last()
    incident = known or _opened(subject, Kind.SUSPENSION, by=MACHINE)
    _, is_new = Signal.objects.get_or_create(block=block, defaults={"incident": incident})
    if known is None:
        why = f"{block.reason} ({block.by})"[:500]
        IncidentStep.objects.create(incident=incident, after=State.DETECTED, by=MACHINE, why=why, is_signal=True)
    holding.stop(incident, provider)
    alert("incident", f"{incident.number} {block.pk}", f"{provider} serves this store no more: {block.reason}")
    return is_new


def _opened(subject: str, kind: Kind, *, by: str) -> Incident:
    return Incident.objects.create(number=f"I-{chance.token(8)}", subject=subject[:80], kind=kind, opened_by=by[:150])


def _describe(incident: Incident, said: Said) -> None:
    incident.kind, incident.basis = said.kind, said.basis
    incident.instructing_party, incident.cited_text = said.instructing_party[:200], said.cited_text
    incident.notice_received_on, incident.notice_effective_on = said.received_on, said.effective_on
    incident.notice_agreed_days = said.agreed_days
    incident.methods_withheld, incident.countries_withheld = sorted(said.methods), sorted(said.countries)
    incident.save()
