"""Know each rail: its health from technical outcomes, what forbids it, its share of the volume. It never pays."""

from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.db.models import Avg, Count, F, Q, Sum

from obbligato.kernel import clock
from obbligato.kernel.refusals import Missing
from obbligato.payments import health, pausing, registry
from obbligato.payments.contract import Provider
from obbligato.payments.limits.limiting import FREE, Terms, limits
from obbligato.payments.models import Attempt, RailBlock, RailHealth
from obbligato.payments.routing import FULL, Rail

MEMORY = timedelta(days=30)
LEAST_ANSWERS = 20
"""With fewer answers a rail's success rate says nothing, and is taken for whole."""


class NoSuchBlock(Missing):
    """The rail is not blocked."""


def rails(*, draw_per_mille: int, lot: int = 0) -> tuple[Rail, ...]:
    """Every rail as the router wants to know it, for a payment with this lot (0 to 999); sorted by name.

    `lot` is that of the person who pays, for rails that carry a share of people only.
    """
    now = clock.now()
    offered = sorted(registry.providers(), key=lambda one: one.name)
    known = {row.provider: row.known for row in RailHealth.objects.all()}
    blocks = dict(RailBlock.objects.filter(lifted_at__isnull=True).values_list("provider", "reason"))
    answers, shares, terms = _answers(), shares_basis_points(offered), limits()
    return tuple(
        _rail(
            one,
            is_admitted=not pausing.is_asked_for(one.name)
            and health.admits(known.get(one.name, health.Health()), now, draw_per_mille=draw_per_mille),
            block=blocks.get(one.name, ""),
            answers=answers.get(one.name, (FULL, 0)),
            share=max((shares[domain] for domain in domains_of(one)), default=0),
            terms=terms.get(one.name, FREE),
            lot=lot,
        )
        for one in offered
    )


def domains_of(provider: Provider) -> tuple[str, ...]:
    """What fails together with it; the rail itself is the first of its domains."""
    return (f"rail:{provider.name}", *provider.capabilities.domains)


def shares_basis_points(offered: list[Provider]) -> Counter[str]:
    """Each failure domain's share of what was captured in thirty days."""
    made = Attempt.objects.filter(settled_at__gte=clock.now() - MEMORY, state=Attempt.State.SUCCEEDED).order_by()
    volumes = dict(made.values_list("provider").annotate(total=Sum("amount_micro")))
    whole = sum(volumes.values())
    shares: Counter[str] = Counter()
    for provider in offered:
        for domain in domains_of(provider):
            shares[domain] += volumes.get(provider.name, 0) * FULL // whole if whole else 0
    return shares


def note_outcome(provider: str, outcome: str) -> None:
    """One more technical outcome of a rail: health.GOOD, FAILED or UNKNOWN."""
    _change(provider, lambda known: health.after(known, outcome, clock.now()))


def note_probe(provider: str) -> None:
    """A payment goes to a rail that is half open."""
    _change(provider, lambda known: health.probed(known, clock.now()))


def block(provider: str, *, reason: str, by: str) -> RailBlock:
    """Send nothing to a rail from now on. One that is blocked already keeps its reason."""
    made, _ = RailBlock.objects.get_or_create(
        provider=provider, lifted_at=None, defaults={"reason": reason[:300], "by": by[:150]}
    )
    return made


def unblock(provider: str, *, by: str) -> RailBlock:
    """Let a rail be used again; its health begins anew. Raises NoSuchBlock."""
    found = RailBlock.objects.filter(provider=provider, lifted_at__isnull=True).first()
    if found is None:
        raise NoSuchBlock(f"{provider} is not blocked.")
    found.lifted_at, found.lifted_by = clock.now(), by[:150]
    found.save(update_fields=["lifted_at", "lifted_by"])
    RailHealth.objects.filter(provider=provider).delete()
    return found


def lost_with(currencies: list[str]) -> dict[str, list[str]]:
    """For each failure domain, the currencies that could not be paid in if it were lost tonight."""
    blocked = set(RailBlock.objects.filter(lifted_at__isnull=True).values_list("provider", flat=True))
    return lost_among([one for one in registry.providers() if one.name not in blocked], currencies)


def lost_among(offered: list[Provider], currencies: list[str]) -> dict[str, list[str]]:
    """The same among these rails, whatever may be blocked just now."""
    members: dict[str, set[str]] = defaultdict(set)
    for one in offered:
        for domain in domains_of(one):
            members[domain].add(one.name)
    return {
        domain: [
            currency
            for currency in currencies
            if not any(one.name not in lost and carries(one, currency) for one in offered)
        ]
        for domain, lost in sorted(members.items())
    }


def carries(provider: Provider, currency: str) -> bool:
    """Whether it can be paid in that currency there at all."""
    return provider.capabilities.currencies is None or currency in provider.capabilities.currencies


def _rail(
    provider: Provider,
    *,
    is_admitted: bool,
    block: str,
    answers: tuple[int, int],
    share: int,
    terms: Terms,
    lot: int,
) -> Rail:
    able = provider.capabilities
    return Rail(
        name=provider.name,
        methods=tuple(sorted(able.methods)),
        currencies=None if able.currencies is None else tuple(sorted(able.currencies)),
        countries=None if able.countries is None else tuple(sorted(able.countries)),
        least_micro=able.least_micro,
        most_micro=able.most_micro,
        domains=able.domains,
        cost_fixed_micro=able.cost_fixed_micro,
        cost_basis_points=able.cost_basis_points,
        is_admitted=is_admitted,
        block=block,
        success_basis_points=answers[0],
        latency_ms=answers[1],
        share_basis_points=share,
        is_within_share=terms.admits(lot),
        methods_withheld=terms.methods_withheld,
        countries_withheld=terms.countries_withheld,
        handicap_basis_points=terms.handicap_basis_points,
    )


def _answers() -> dict[str, tuple[int, int]]:
    """Each rail's success rate in basis points of what its provider decided, and how long its first answer took."""
    made = Attempt.objects.filter(created_at__gte=clock.now() - MEMORY).order_by()
    rows = made.values("provider").annotate(
        captured=Count("pk", filter=Q(state=Attempt.State.SUCCEEDED)),
        failed=Count("pk", filter=Q(state=Attempt.State.NOT_SENT) | Q(decline="technical")),
        wait=Avg(F("answered_at") - F("dispatched_at")),
    )
    found = {}
    for row in rows:
        decided = row["captured"] + row["failed"]
        rate = FULL if decided < LEAST_ANSWERS else row["captured"] * FULL // decided
        found[row["provider"]] = (rate, int(row["wait"].total_seconds() * 1000) if row["wait"] else 0)
    return found


@transaction.atomic
def _change(provider: str, changed: "health.Change") -> None:
    row, _ = RailHealth.objects.select_for_update().get_or_create(provider=provider)
    after = changed(row.known)
    if after != row.known:
        for name, value in asdict(after).items():
            setattr(row, name, value)
        row.save()
