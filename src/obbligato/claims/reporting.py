"""Count what became of orders, notices, decisions and complaints in a year (DSA Articles 15 and 24).

It names nobody and holds no words of anyone. Medians are of whole hours.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from django.db.models import F, Min

from obbligato.claims.models import Claim, ClaimStep, Complaint, Misuse, StatementOfReasons
from obbligato.claims.orders.models import CourtOrder, OrderStep
from obbligato.claims.regimes.choosing import REGIMES
from obbligato.claims.regimes.steps import LABELS, State
from obbligato.claims.suspensions.models import SupplierWord
from obbligato.kernel import clock
from obbligato.kernel.refusals import Missing

DECIDED = (
    State.REFUSED,
    State.NO_ACTION,
    State.RESTRICTED,
    State.DISABLED,
    State.ANSWERED,
    State.UPHELD,
    State.REVERSED,
    State.RESTORED,
    State.COURT_ORDER,
)
"""States that a decision, or an order, brings a claim into."""
HOUR = timedelta(hours=1)


class NoSuchYear(Missing):
    """The store has no figures of that year."""


@dataclass(frozen=True)
class Figure:
    """One number of a year, the provision that asks for it, and what it counts."""

    article: str
    what: str
    number: int
    unit: str = ""


def years() -> list[int]:
    """The years that there are figures of, the last first: from the first notice or order on."""
    today = clock.today().year
    first = (
        Claim.objects.aggregate(at=Min("received_at"))["at"],
        CourtOrder.objects.aggregate(at=Min("received_at"))["at"],
    )
    return list(range(today, min(one.year if one else today for one in first) - 1, -1))


def figures_of(year: int) -> list[Figure]:
    """All figures of a calendar year (UTC), those that are nought too. Raises NoSuchYear."""
    if year not in years():
        raise NoSuchYear("There are no figures of that year.")
    return [*_orders(year), *_notices(year), *_decisions(year), *_complaints(year), *_misuse(year)]


def _orders(year: int) -> Iterator[Figure]:
    known = Counter(CourtOrder.objects.filter(received_at__year=year).values_list("issuer_kind", flat=True))
    for kind in CourtOrder.Issuer:
        yield Figure("15(1)(a)", f"Orders received, issuer: {kind.label}", known[kind.value])
    effective = OrderStep.objects.filter(kind=OrderStep.Kind.EFFECTIVE, at__year=year)
    yield Figure("15(1)(a)", "Orders that took effect", effective.count())


def _notices(year: int) -> Iterator[Figure]:
    received = Claim.objects.filter(received_at__year=year)
    yield Figure("15(1)(b)", "Notices received", received.count())
    yield Figure("15(1)(b)", "Notices received, from trusted flaggers", received.filter(is_trusted=True).count())
    laws = Counter(received.values_list("regime_name", flat=True))
    for name, regime in REGIMES.items():
        yield Figure("15(1)(b)", f"Notices received, law: {regime.label}", laws[name])
    rights = Counter(received.values_list("rights", flat=True))
    for value in Claim.Rights:
        yield Figure("15(1)(b)", f"Notices received, right: {value.name.lower()}", rights[value.value])


def _decisions(year: int) -> Iterator[Figure]:
    decided = ClaimStep.objects.filter(target__in=[one.value for one in DECIDED]).exclude(source=F("target"))
    kinds = Counter(decided.filter(at__year=year).values_list("target", flat=True))
    for state in DECIDED:
        yield Figure("15(1)(b)", f"Decisions: {LABELS[state]}", kinds[state.value])
    first = decided.order_by().values("claim").annotate(first=Min("at")).filter(first__year=year)
    waits = first.values_list("claim__received_at", "first")
    yield from _median("15(1)(b)", "From a notice to the first decision about it", waits)
    stated = StatementOfReasons.objects.filter(made_at__year=year)
    grounds = Counter(stated.values_list("ground", flat=True))
    for ground in StatementOfReasons.Ground:
        yield Figure("15(1)(c)", f"Statements of reasons, ground: {ground.value}", grounds[ground.value])
    found = stated.filter(is_detected_automatically=True)
    yield Figure("15(1)(e)", "Statements of reasons about what a program had found", found.count())
    yield Figure("15(1)(e)", "Decisions made by a program", 0)


def _complaints(year: int) -> Iterator[Figure]:
    sides = Counter(Complaint.objects.filter(received_at__year=year).values_list("who", flat=True))
    for who in ("claimant", "supplier"):
        yield Figure("15(1)(d)", f"Complaints received, from: {who}", sides[who])
    decided = Complaint.objects.filter(decided_at__year=year)
    for is_upheld, words in ((True, "the decision was reversed"), (False, "the decision stands")):
        yield Figure("15(1)(d)", f"Complaints decided: {words}", decided.filter(is_upheld=is_upheld).count())
    yield from _median("15(1)(d)", "From a complaint to its decision", decided.values_list("received_at", "decided_at"))


def _misuse(year: int) -> Iterator[Figure]:
    words = SupplierWord.objects.filter(at__year=year)
    suspended = words.filter(until__isnull=False).count()
    yield Figure("24(1)(b)", "Suspensions for manifestly illegal content", suspended)
    yield Figure("23(1)", "Warnings for manifestly illegal content", words.count() - suspended)
    noted = Misuse.objects.filter(at__year=year)
    paused = noted.filter(suspended_until__isnull=False).count()
    yield Figure("24(1)(b)", "Suspensions for manifestly unfounded notices", paused)
    yield Figure("23(2)", "Warnings for manifestly unfounded notices", noted.count() - paused)


def _median(article: str, what: str, waits: Iterable[tuple[datetime, datetime | None]]) -> Iterator[Figure]:
    """Nothing where nothing was waited for."""
    hours = [(until - since) // HOUR for since, until in waits if until]
    if hours:
        yield Figure(article, f"{what}, median", median_low(hours), "hours")
