"""Set and end what a rail may carry for now. It blocks and chooses nothing: the router obeys what stands here."""

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from obbligato.kernel import clock
from obbligato.payments.contract import Provider
from obbligato.payments.limits.models import RailLimit

WHOLE = 1_000
"""Per mille of the traffic: no limit."""


@dataclass(frozen=True)
class Terms:
    """What a rail may carry: a share of those who pay in per mille, no such methods, from no such countries."""

    share_per_mille: int = WHOLE
    methods_withheld: tuple[str, ...] = ()
    countries_withheld: tuple[str, ...] = ()
    handicap_basis_points: int = 0
    """Taken from its score, so that others are preferred to it."""

    def admits(self, lot: int) -> bool:
        """Whether somebody with this lot (0 to 999) is among the share; exactly so many lots are."""
        return lot < self.share_per_mille


FREE = Terms()


@transaction.atomic
def limit(provider: str, terms: Terms, *, reason: str, by: str) -> RailLimit | None:
    """From now on these terms and no others hold for a rail; None where they leave it free."""
    unlimit(provider, by=by)
    if terms == FREE:
        return None
    return RailLimit.objects.create(
        provider=provider,
        share_per_mille=terms.share_per_mille,
        methods_withheld=list(terms.methods_withheld),
        countries_withheld=list(terms.countries_withheld),
        handicap_basis_points=terms.handicap_basis_points,
        reason=reason[:300],
        by=by[:150],
    )


def unlimit(provider: str, *, by: str) -> None:
    """Whatever limited a rail is over. One that is free stays so."""
    RailLimit.objects.filter(provider=provider, ended_at__isnull=True).update(ended_at=clock.now(), ended_by=by[:150])


def limits() -> dict[str, Terms]:
    """The terms of each rail that has any now."""
    return {
        row.provider: Terms(
            row.share_per_mille,
            tuple(row.methods_withheld),
            tuple(row.countries_withheld),
            row.handicap_basis_points,
        )
        for row in RailLimit.objects.filter(ended_at__isnull=True)
    }


def method_left(provider: Provider) -> str:
    """The method a rail is asked for by whoever named none: the first by name that is not withheld from it."""
    withheld = limits().get(provider.name, FREE).methods_withheld
    return min(provider.capabilities.methods - set(withheld), default=min(provider.capabilities.methods))


def lot_of(person_id: int | None, day: date) -> int:
    """Somebody's lot (0 to 999) of a day: the pages she sees and the router agree whether she is among a small share.

    Who is not known yet has the last one.
    """
    if person_id is None:
        return WHOLE - 1
    return int.from_bytes(hashlib.sha256(f"{person_id}:{day.isoformat()}".encode()).digest()) % WHOLE
