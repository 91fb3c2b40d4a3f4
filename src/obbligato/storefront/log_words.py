"""Say entries of the public log to people: a sentence for each kind, and what its leaf holds. It judges nothing.

A sentence tells what was done and no more: no entry makes music lawful or unlawful beyond what a ruling itself orders.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from obbligato.claims.wording import ACTS
from obbligato.transparency.models import Entry

SENTENCES: dict[str, Promise] = {
    "claim.received": _("A notice about rights in music was received."),
    "decision.made": _("A decision was made, with a statement of reasons."),
    "supplier.warned": _("Somebody who often supplies what turned out illegal was warned."),
    "supplier.suspended": _("For a time nothing new of a supplier is published."),
    "supplier.appealed": _("A supplier asked that a warning or a suspension is looked at again."),
    "supplier.decided_again": _("A warning or a suspension of a supplier was looked at again by another person."),
    "restriction.lifted": _("A restriction of music ended."),
    "order.received": _("An order of a court or an authority was received."),
    "order.verified": _("A second person checked that an order is authentic."),
    "order.queried": _("The issuer of an order was asked about it."),
    "order.rejected": _("A paper that was sent as an order turned out not to be one that can be followed."),
    "order.completed": _("The issuer of an order said what had been missing."),
    "order.waiting": _("An order waits until it is in force."),
    "order.in_force": _("An order came into force."),
    "order.in_effect": _("An order took effect, within its scope."),
    "order.amended": _("An order was amended."),
    "order.expired": _("An order expired."),
    "order.lifted": _("An order was lifted."),
    "incident.detected": _("A payment company seems to have stopped or limited its service; nobody confirmed it yet."),
    "incident.confirmed": _("It was confirmed that a payment company stopped or limited its service."),
    "incident.dismissed": _("What had looked like an incident at a payment company was none."),
    "incident.basis_requested": _("A payment company was asked who decided, and on what legal basis."),
    "incident.basis_recorded": _("The basis that a payment company named was recorded."),
    "incident.basis_refused": _("A payment company did not name a basis in time."),
    "incident.cured_pending": _("What a payment company asked for was done; it has to restore its service."),
    "incident.contested": _("What a payment company did was contested."),
    "incident.proceedings": _("Proceedings about what a payment company did have begun."),
    "incident.ruled": _("A ruling about what a payment company did was given."),
    "incident.restoration_due": _("By a ruling in force, a payment company has to restore its service."),
    "incident.restored_canary": _("A payment company's service is coming back step by step."),
    "incident.enforcement": _("A ruling about a payment company is being enforced."),
    "incident.closed_upheld": _("An incident was closed; what the payment company did stands."),
    "incident.closed_restored": _("A payment company's service is as it was, and the incident was closed."),
    "incident.settled": _("An incident at a payment company was settled."),
    "ruling.verified": _("A second person checked that a ruling is authentic."),
    "ruling.in_force": _("A ruling is in force, between its addressees and in what it orders."),
    "ruling.appealed": _("An appeal against a ruling was lodged."),
    "ruling.reversed": _("A ruling was reversed."),
    "casefile.built": _("A case file about an incident was built; its SHA-256 stands here."),
    "routing.changed": _("How payments are spread over companies was changed."),
}
FAMILIES: dict[str, Promise] = {
    "claim": _("Notices"),
    "decision": _("Decisions"),
    "supplier": _("Suppliers"),
    "restriction": _("Restrictions"),
    "order": _("Orders"),
    "incident": _("Incidents at payment companies"),
    "ruling": _("Rulings"),
    "casefile": _("Case files"),
    "routing": _("Routing of payments"),
}


@dataclass(frozen=True)
class Shown:
    """A leaf as a page shows it: facts by name, and the personal ones by name and commitment."""

    leaf: str
    facts: Sequence[tuple[str, str]]
    personal: Sequence[tuple[str, str]]


def sentence(kind: str) -> str:
    """What an entry of this kind tells, a claim's act as its page does; the kind itself where we have no words."""
    return str(SENTENCES.get(kind) or ACTS.get(kind.removeprefix("claim.")) or kind)


def family(kind: str) -> str:
    """The first word of a kind as a heading."""
    first = kind.partition(".")[0]
    return str(FAMILIES.get(first, first))


def shown(entry: Entry) -> Shown:
    """What its leaf holds."""
    leaf = bytes(entry.leaf).decode()
    said = json.loads(leaf)
    facts = [(name.replace("_", " "), _written(value)) for name, value in said["facts"].items()]
    return Shown(leaf, facts, [(name.replace("_", " "), number) for name, number in said["personal"].items()])


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
