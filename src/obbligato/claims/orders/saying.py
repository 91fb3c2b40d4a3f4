"""Say what a paper closes, in whole sentences for people and in plain facts for the log. It decides nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from obbligato.catalog.restrictions import scopes
from obbligato.catalog.restrictions.models import Effect, Restriction
from obbligato.catalog.restrictions.scopes import WORLD
from obbligato.claims.orders.models import CourtOrder, OrderStep, Paper
from obbligato.kernel import clock
from obbligato.kernel.countries import COUNTRIES
from obbligato.transparency.announcing import announce

SAID_EARLY = {OrderStep.Kind.SERVED, OrderStep.Kind.QUERIED, OrderStep.Kind.COMPLETED, OrderStep.Kind.REJECTED}
"""Steps of a paper that nobody has verified: whose it says it is, is nobody's business yet."""
IN_LOG = {
    OrderStep.Kind.SERVED: "order.received",
    OrderStep.Kind.QUERIED: "order.queried",
    OrderStep.Kind.COMPLETED: "order.completed",
    OrderStep.Kind.VERIFIED: "order.verified",
    OrderStep.Kind.REJECTED: "order.rejected",
    OrderStep.Kind.WAITING: "order.waiting",
    OrderStep.Kind.IN_FORCE: "order.in_force",
    OrderStep.Kind.EFFECTIVE: "order.in_effect",
    OrderStep.Kind.AMENDED: "order.amended",
    OrderStep.Kind.EXPIRED: "order.expired",
    OrderStep.Kind.LIFTED: "order.lifted",
}


def step(kind: OrderStep.Kind, order: CourtOrder, paper: Paper, *, by: str, why: str) -> OrderStep:
    """Note what happened, and have the public log say it; what its issuer wrote and who did it are left out there."""
    made = OrderStep.objects.create(order=order, paper=paper, kind=kind, by=by[:150], why=why[:2_000])
    announce(IN_LOG[kind], subject=order.subject, facts=facts_of(order, paper, is_early=kind in SAID_EARLY))
    return made


def facts_of(order: CourtOrder, paper: Paper, *, is_early: bool) -> dict[str, Any]:
    """What everybody may know: of a paper that is not verified only its hash and what kind it says it is."""
    early = {"state": order.state, "paper": paper.kind, "document_sha256": paper.document_sha256}
    if is_early:
        return early
    return early | {
        "issuer": order.issuer,
        "issuer_kind": order.issuer_kind,
        "case_number": order.case_number,
        "legal_basis": paper.legal_basis,
        "force": paper.force,
        "recordings_count": len(paper.recordings),
        "territories": list(paper.territories),
        "effects": list(paper.effects),
        "ends_at": paper.ends_at.isoformat() if paper.ends_at else "",
    }


def sentence_of(order: CourtOrder) -> str:
    """What a buyer reads in the place of what is closed."""
    return f"By order of {order.issuer} (case {order.case_number}) this is not available where you are."


def scope_of(paper: Paper) -> str:
    """What a paper closes, in one sentence: 12 recordings for buyers in Germany: sale, preview, until 1 March 2027."""
    if paper.kind == Paper.Kind.LIFTING:
        return "It ends what the order closes."
    what = f"{len(paper.recordings):,} recording{'' if len(paper.recordings) == 1 else 's'}"
    begins = f", from {_day(paper.starts_at)}" if paper.starts_at else ""
    ends = f", until {_day(paper.ends_at)}" if paper.ends_at else ", until it is lifted"
    effects = ", ".join(str(effect.label) for effect in paper.effect_names)
    return f"It closes {what} for people {places(paper.territories)}: {effects}{begins}{ends}."


def difference_of(paper: Paper) -> str:
    """What would truly change if the paper took effect now, beside all other decisions and orders in effect."""
    now = clock.now()
    others = [
        restriction.scope()
        for restriction in Restriction.active().exclude(authority_kind="order", authority_number=paper.order.number)
    ]
    if paper.kind == Paper.Kind.LIFTING:
        return _left_closed(paper.order, others, now)
    scope = paper.scope(now)
    already = len(scope.recordings) - len(scopes.changed(scope, others, at=scope.starts_at))
    beside = f" Of these {already:,} are closed so already by others." if already else ""
    kept = "" if Effect.REDOWNLOAD in scope.effects else " Who owns them keeps them and can fetch them."
    return f"{scope_of(paper)}{beside}{kept}"


def places(territories: Sequence[str]) -> str:
    """In Germany and Austria; everywhere."""
    if WORLD in territories:
        return "everywhere"
    names = [COUNTRIES.get(code, code) for code in territories]
    return f"in {', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else f"in {names[0]}"


def _left_closed(order: CourtOrder, others: list[scopes.Scope], now: datetime) -> str:
    closed = [one.scope() for one in Restriction.active().filter(authority_kind="order", authority_number=order.number)]
    touched = frozenset[int]().union(*(scope.recordings for scope in closed))
    opened = frozenset[int]().union(*(scopes.changed(scope, others, at=now) for scope in closed))
    stay = f" {len(touched - opened):,} stay closed by others." if touched - opened else ""
    return f"It opens {len(opened):,} of {len(touched):,} recordings that this order closes.{stay}"


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y, %H:%M} UTC"
